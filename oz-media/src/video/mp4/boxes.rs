//! Boxes of ISO base media: length, type and content.

use oz_core::{Error, Result};

use crate::video::reader::Reader;

/// Box of ISO base media.
#[derive(Debug, Clone)]
pub(super) struct IsoBox<'a> {
    pub(super) kind: [u8; 4],
    /// Position of the box in its parent.
    pub(super) start: usize,
    /// Content, as far as it is present.
    pub(super) body: &'a [u8],
    /// Whether the content is completely present.
    pub(super) complete: bool,
}

impl<'a> IsoBox<'a> {
    /// Child boxes.
    pub(super) fn children(&self) -> Boxes<'a> {
        boxes(self.body)
    }

    /// First child of type `kind`.
    pub(super) fn child(&self, kind: &[u8; 4]) -> Result<Option<Self>> {
        for found in self.children() {
            let found = found?;
            if found.kind == *kind {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Descendant at `path`, taking the first child of each type.
    pub(super) fn descendant(&self, path: &[&[u8; 4]]) -> Result<Option<Self>> {
        let mut at = self.clone();
        for kind in path {
            match at.child(kind)? {
                Some(next) => at = next,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }

    /// Version, flags and remaining content of a full box.
    pub(super) fn full(&self) -> Result<(u8, u32, Reader<'a>)> {
        let mut reader = Reader::new(self.body);
        let word = reader.u32()?;
        Ok(((word >> 24) as u8, word & 0x00FF_FFFF, reader))
    }
}

/// Boxes in `bytes`.
pub(super) fn boxes(bytes: &[u8]) -> Boxes<'_> {
    Boxes { bytes, at: 0 }
}

/// Iterator over boxes. Each step advances by at least eight bytes; an invalid length ends it.
#[derive(Debug, Clone)]
pub(super) struct Boxes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Boxes<'a> {
    type Item = Result<IsoBox<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.bytes[self.at..];
        // QuickTime terminates some lists with four zero bytes, which is shorter than any box.
        if rest.len() < 8 {
            return None;
        }

        let found = self.read(rest);
        if found.is_err() {
            self.at = self.bytes.len();
        }
        Some(found)
    }
}

impl<'a> Boxes<'a> {
    fn read(&mut self, rest: &'a [u8]) -> Result<IsoBox<'a>> {
        let mut reader = Reader::new(rest);
        let short = reader.u32()?;
        let kind = reader.array()?;
        let (header, length) = match short {
            0 => (8, rest.len() as u64),
            1 => (16, reader.u64()?),
            _ => (8, u64::from(short)),
        };

        if length < header {
            return Err(Error::corrupt("a box of the MP4 file is shorter than its header"));
        }

        let end = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
        let found = IsoBox {
            kind,
            start: self.at,
            body: &rest[header as usize..end],
            complete: length <= rest.len() as u64,
        };
        self.at += end;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_long_and_open_lengths_are_read() {
        let bytes = b"\0\0\0\x09abcd!\0\0\0\x01long\0\0\0\0\0\0\0\x11?\0\0\0\0restxyz";
        let found: Vec<_> = boxes(bytes).map(|b| b.unwrap().body).collect();
        assert_eq!(found, [b"!".as_slice(), b"?", b"xyz"]);
    }

    #[test]
    fn box_beyond_the_end_is_incomplete_and_last() {
        let mut found = boxes(b"\0\0\0\xFFmdatabc");
        let first = found.next().unwrap().unwrap();
        assert!(!first.complete && first.body == b"abc");
        assert!(found.next().is_none());
    }

    #[test]
    fn invalid_length_ends_the_iteration() {
        let mut found = boxes(b"\0\0\0\x03abcd\0\0\0\x08next");
        assert_eq!(found.next().unwrap().unwrap_err().code(), "media.corrupt");
        assert!(found.next().is_none());
    }
}
