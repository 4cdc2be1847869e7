//! VP8 frame header. Source: RFC 6386, section 9.1.

/// Size of a key frame; `None` for other frames, which keep the size of the last key frame.
pub(crate) fn size(frame: &[u8]) -> Option<(u32, u32)> {
    let &[tag, _, _, 0x9D, 0x01, 0x2A, w0, w1, h0, h1, ..] = frame else { return None };
    let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3FFF);
    (tag & 1 == 0).then(|| (side(w0, w1), side(h0, h1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaling_bits_are_masked_out_of_the_size() {
        assert_eq!(size(&[0x10, 0, 0, 0x9D, 1, 0x2A, 0x80, 0x42, 0xE0, 0x01]), Some((640, 480)));
        assert_eq!(size(&[0x11, 0, 0, 0x9D, 1, 0x2A, 0x80, 0x42, 0xE0, 0x01]), None);
        assert_eq!(size(&[0x10, 0, 0]), None);
    }
}
