//! Detection of truncated JPEG files.
//!
//! Decoders fill missing data with grey, so a truncated picture looks valid. Its structure shows the
//! truncation: the scans of the primary picture must be followed by an end marker. Thumbnails have their own
//! end markers, but they lie inside segments and are skipped with them. Data after the end of the primary
//! picture (a second picture, maker notes, garbage) is ignored.
//!
//! Source: ITU-T T.81, annex B.

const TEM: u8 = 0x01;
const RST: std::ops::RangeInclusive<u8> = 0xD0..=0xD7;
const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;

/// Whether the primary picture reaches its end marker.
pub(crate) fn is_complete(bytes: &[u8]) -> bool {
    let mut at = 0;
    while let Some((marker, after)) = next_marker(bytes, at) {
        match marker {
            EOI => return true,
            SOI | TEM => at = after,
            _ if RST.contains(&marker) => at = after,
            _ => {
                let Some(length) = bytes.get(after..after + 2) else { return false };
                at = after + usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
                if marker == SOS {
                    at = end_of_scan(bytes, at);
                }
            }
        }
    }
    false
}

/// Next marker at or after `at`, and the position after it. Fill bytes and stray bytes are skipped.
fn next_marker(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let mut at = at;
    loop {
        at += bytes.get(at..)?.iter().position(|&byte| byte == 0xFF)?;
        match *bytes.get(at + 1)? {
            0xFF => at += 1,
            0x00 => at += 2,
            marker => return Some((marker, at + 2)),
        }
    }
}

/// End of the entropy-coded data that starts at `at`: the next marker other than a restart marker.
fn end_of_scan(bytes: &[u8], at: usize) -> usize {
    let mut at = at;
    while let Some((marker, after)) = next_marker(bytes, at) {
        if !RST.contains(&marker) {
            return after - 2;
        }
        at = after;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: &[u8] =
        b"\xFF\xD8\xFF\xE1\x00\x06\xFF\xD8\xFF\xD9\xFF\xDA\x00\x02\x12\xFF\x00\x34\xFF\xD0\x56\xFF\xD9";

    #[test]
    fn end_marker_of_a_thumbnail_does_not_end_the_picture() {
        assert!(is_complete(PICTURE));
        assert!(!is_complete(&PICTURE[..PICTURE.len() - 1]));
        assert!(!is_complete(&PICTURE[..12]));
    }

    #[test]
    fn data_after_the_end_is_ignored() {
        assert!(is_complete(&[PICTURE, b"\xFF\xD8 second picture, cut"].concat()));
    }

    #[test]
    fn truncation_at_any_byte_is_detected() {
        for end in 0..PICTURE.len() {
            assert!(!is_complete(&PICTURE[..end]), "cut at {end}");
        }
    }
}
