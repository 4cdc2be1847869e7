//! Finding the end of a JPEG picture.
//!
//! Decoders fill what is missing with grey, so a picture cut in the middle looks valid. The structure tells: after the
//! scans of the primary picture there must be an end marker. Thumbnails with end markers of their own lie inside
//! segments and are skipped with them; whatever follows the first real end (a second picture, maker's notes, garbage)
//! does not matter.
//!
//! Source: ITU-T T.81, annex B.

const TEM: u8 = 0x01;
const RST: std::ops::RangeInclusive<u8> = 0xD0..=0xD7;
const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;

/// Whether the primary picture ends with its end marker.
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

/// The next marker at or after `at`, and where its content begins. Fill bytes and stray bytes are passed over.
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

/// Where the entropy-coded data that begins at `at` stops: at the next marker that is not a restart.
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
    fn the_thumbnail_s_end_is_not_the_picture_s() {
        assert!(is_complete(PICTURE));
        assert!(!is_complete(&PICTURE[..PICTURE.len() - 1]));
        assert!(!is_complete(&PICTURE[..12]));
    }

    #[test]
    fn what_follows_the_end_does_not_matter() {
        assert!(is_complete(&[PICTURE, b"\xFF\xD8 second picture, cut"].concat()));
    }

    #[test]
    fn no_cut_is_complete() {
        for end in 0..PICTURE.len() {
            assert!(!is_complete(&PICTURE[..end]), "cut at {end}");
        }
    }
}
