//! EBML elements: ID, length and content.

use oz_core::{Error, Result};

/// IDs of the elements that are read.
pub(super) mod id {
    pub(crate) const SEGMENT: u32 = 0x1853_8067;
    pub(crate) const CLUSTER: u32 = 0x1F43_B675;
    pub(crate) const INFO: u32 = 0x1549_A966;
    pub(crate) const TIMESTAMP_SCALE: u32 = 0x002A_D7B1;
    pub(crate) const TRACKS: u32 = 0x1654_AE6B;
    pub(crate) const TRACK_ENTRY: u32 = 0xAE;
    pub(crate) const TRACK_NUMBER: u32 = 0xD7;
    pub(crate) const TRACK_TYPE: u32 = 0x83;
    pub(crate) const CODEC_ID: u32 = 0x86;
    pub(crate) const CODEC_PRIVATE: u32 = 0x63A2;
    pub(crate) const CONTENT_ENCODINGS: u32 = 0x6D80;
    pub(crate) const VIDEO: u32 = 0xE0;
    pub(crate) const PIXEL_WIDTH: u32 = 0xB0;
    pub(crate) const PIXEL_HEIGHT: u32 = 0xBA;
    pub(crate) const COLOUR: u32 = 0x55B0;
    pub(crate) const MATRIX: u32 = 0x55B1;
    pub(crate) const RANGE: u32 = 0x55B9;
    pub(crate) const PROJECTION: u32 = 0x7670;
    pub(crate) const POSE_YAW: u32 = 0x7673;
    pub(crate) const POSE_ROLL: u32 = 0x7675;
    pub(crate) const TIMESTAMP: u32 = 0xE7;
    pub(crate) const SIMPLE_BLOCK: u32 = 0xA3;
    pub(crate) const BLOCK_GROUP: u32 = 0xA0;
    pub(crate) const BLOCK: u32 = 0xA1;
}

/// EBML element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) id: u32,
    /// Position of the content in the parsed bytes.
    pub(super) start: usize,
    /// Content, as far as it is present.
    pub(super) body: &'a [u8],
    /// Stated length of the content in bytes.
    pub(super) length: u64,
    /// Whether the content is completely present.
    pub(super) complete: bool,
    /// Whether the length is unknown, as in live recordings.
    pub(super) open: bool,
}

impl<'a> Element<'a> {
    /// Position after the content.
    pub(super) fn end(&self) -> usize {
        self.start + self.body.len()
    }

    /// Child elements.
    pub(super) fn children(&self) -> impl Iterator<Item = Result<Element<'a>>> + use<'a> {
        let body = self.body;
        let base = self.start;
        let mut at = 0;
        std::iter::from_fn(move || {
            let found = element(body, at).transpose()?;
            at = found.as_ref().map_or(body.len(), Element::end);
            Some(found.map(|found| Element { start: base + found.start, ..found }))
        })
    }

    /// First child with this ID.
    pub(super) fn child(&self, id: u32) -> Result<Option<Element<'a>>> {
        for found in self.children() {
            let found = found?;
            if found.id == id {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Content as an unsigned integer of up to eight bytes.
    pub(super) fn unsigned(&self) -> Result<u64> {
        if self.body.len() > 8 {
            return Err(Error::corrupt("an integer of the Matroska file has more than eight bytes"));
        }
        Ok(self.body.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte)))
    }

    /// Content as a floating-point number; an empty element is zero.
    pub(super) fn float(&self) -> Result<f64> {
        match *self.body {
            [] => Ok(0.0),
            [a, b, c, d] => Ok(f64::from(f32::from_be_bytes([a, b, c, d]))),
            [a, b, c, d, e, f, g, h] => Ok(f64::from_be_bytes([a, b, c, d, e, f, g, h])),
            _ => Err(Error::corrupt("a float of the Matroska file has an invalid length")),
        }
    }
}

/// Element at `at`; `None` at the end, or when its header is incomplete.
pub(super) fn element(bytes: &[u8], at: usize) -> Result<Option<Element<'_>>> {
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(&first) = rest.first() else { return Ok(None) };
    let id_length = first.leading_zeros() as usize + 1;
    if id_length > 4 {
        return Err(Error::corrupt("an element ID of the Matroska file has more than four bytes"));
    }
    let Some(id) = rest.get(..id_length) else { return Ok(None) };
    let id = id.iter().fold(0, |sum, &byte| sum << 8 | u32::from(byte));
    let Some((length, length_length)) = number(&rest[id_length..]) else { return Ok(None) };

    let header = id_length + length_length;
    let open = length == (1 << (7 * length_length)) - 1;
    let available = rest.len() - header;
    let taken = usize::try_from(length).unwrap_or(usize::MAX).min(available);
    Ok(Some(Element {
        id,
        start: at + header,
        body: &rest[header..header + taken],
        length,
        complete: length <= available as u64,
        open,
    }))
}

/// Variable-length integer and its length in bytes.
pub(super) fn number(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let length = first.leading_zeros() as usize + 1;
    let tail = bytes.get(1..length)?;
    let head = if length >= 8 { 0 } else { u64::from(first) & ((1 << (8 - length)) - 1) };
    Some((tail.iter().fold(head, |sum, &byte| sum << 8 | u64::from(byte)), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_give_the_length_of_an_integer() {
        assert_eq!(number(&[0x81]), Some((1, 1)));
        assert_eq!(number(&[0x40, 0x02]), Some((2, 2)));
        assert_eq!(number(&[0x01, 0, 0, 0, 0, 0, 0, 3]), Some((3, 8)));
        assert_eq!(number(&[0x40]), None);
        assert_eq!(number(&[0x00]), None);
    }

    #[test]
    fn element_of_unknown_length_is_open() {
        let found = element(&[0x1F, 0x43, 0xB6, 0x75, 0xFF, 1, 2], 0).unwrap().unwrap();
        assert!(found.open && found.body == [1, 2] && found.id == id::CLUSTER);
    }

    #[test]
    fn children_report_their_position_in_the_file() {
        let bytes = [0xA0, 0x84, 0xE7, 0x80, 0xA1, 0x80];
        let group = element(&bytes, 0).unwrap().unwrap();
        assert_eq!(group.child(id::BLOCK).unwrap().unwrap().start, 6);
    }
}
