//! Boxes: length, kind, content.

use oz_core::{Error, Result};

use crate::video::reader::Reader;

/// One box. Content that lies beyond the end of the file is missing, and `complete` says so.
#[derive(Debug, Clone)]
pub(super) struct Box4<'a> {
    pub(super) kind: [u8; 4],
    /// Position of the box in what holds it.
    pub(super) start: usize,
    pub(super) body: &'a [u8],
    pub(super) complete: bool,
}

impl<'a> Box4<'a> {
    /// The boxes inside.
    pub(super) fn children(&self) -> Boxes<'a> {
        boxes(self.body)
    }

    /// The first box of `kind` inside.
    pub(super) fn child(&self, kind: &[u8; 4]) -> Result<Option<Self>> {
        for found in self.children() {
            let found = found?;
            if found.kind == *kind {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The box at the end of a path of kinds.
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

    /// The content of a full box: version, flags, and the rest.
    pub(super) fn full(&self) -> Result<(u8, u32, Reader<'a>)> {
        let mut reader = Reader::new(self.body);
        let word = reader.u32()?;
        Ok(((word >> 24) as u8, word & 0x00FF_FFFF, reader))
    }
}

/// The boxes in `bytes`, one after the other.
pub(super) fn boxes(bytes: &[u8]) -> Boxes<'_> {
    Boxes { bytes, at: 0 }
}

/// Iterator over boxes. Each step moves at least eight bytes forward; it ends at the first impossible length.
#[derive(Debug, Clone)]
pub(super) struct Boxes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Boxes<'a> {
    type Item = Result<Box4<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = &self.bytes[self.at..];
        // QuickTime closes some lists with four zero bytes; no box is that short.
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
    fn read(&mut self, rest: &'a [u8]) -> Result<Box4<'a>> {
        let mut reader = Reader::new(rest);
        let short = reader.u32()?;
        let kind = reader.array()?;
        let (header, length) = match short {
            0 => (8, rest.len() as u64),
            1 => (16, reader.u64()?),
            _ => (8, u64::from(short)),
        };
        if length < header {
            return Err(Error::corrupt("a box is shorter than its header"));
        }
        let end = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
        let found = Box4 {
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
    fn lengths_are_short_long_or_open() {
        let bytes = b"\0\0\0\x09abcd!\0\0\0\x01long\0\0\0\0\0\0\0\x11?\0\0\0\0restxyz";
        let found: Vec<_> = boxes(bytes).map(|b| b.unwrap().body).collect();
        assert_eq!(found, [b"!".as_slice(), b"?", b"xyz"]);
    }

    #[test]
    fn a_box_beyond_the_end_is_incomplete_and_the_last() {
        let mut found = boxes(b"\0\0\0\xFFmdatabc");
        let first = found.next().unwrap().unwrap();
        assert!(!first.complete && first.body == b"abc");
        assert!(found.next().is_none());
    }

    #[test]
    fn an_impossible_length_ends_the_walk() {
        let mut found = boxes(b"\0\0\0\x03abcd\0\0\0\x08next");
        assert_eq!(found.next().unwrap().unwrap_err().code(), "media.corrupt");
        assert!(found.next().is_none());
    }
}
