//! Telling formats apart by their first bytes; names and declared types are never asked.

use oz_core::Error;
use oz_core::media::MediaType;

/// Bytes that are enough to tell every format known here.
pub const HEAD: usize = 4096;

/// The container format of `head`, or `None` when no decoder of this crate takes it.
///
/// `head` is the beginning of a file, at best [`HEAD`] bytes or all of it.
#[must_use]
pub fn media_type(head: &[u8]) -> Option<MediaType> {
    still(head).or_else(|| iso_bmff(head)).or_else(|| stream(head))
}

/// What the bytes look like, in words, for the message of `media.unsupported_type`.
#[must_use]
pub fn describe(head: &[u8]) -> &'static str {
    if let Some(name) = iso_still(head) {
        return name;
    }
    let known = SIGNATURES.iter().find(|(at, magic, _)| at_offset(head, *at, magic));
    known.map_or_else(|| text(head), |(_, _, name)| name)
}

/// The error for bytes that no decoder takes: `media.empty` or `media.unsupported_type`.
#[must_use]
pub fn refusal(bytes: &[u8]) -> Error {
    if bytes.is_empty() {
        return Error::MediaEmpty;
    }
    Error::MediaUnsupportedType { detected: describe(bytes).to_owned() }
}

fn still(head: &[u8]) -> Option<MediaType> {
    match head {
        [0xFF, 0xD8, 0xFF, ..] => Some(MediaType::Jpeg),
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some(MediaType::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(MediaType::WebP),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(MediaType::Gif),
        [b'B', b'M', ..] if is_bmp(head) => Some(MediaType::Bmp),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(MediaType::Zip),
        _ => None,
    }
}

/// `BM` alone begins many a text; the size of the second header must be one that exists.
fn is_bmp(head: &[u8]) -> bool {
    matches!(head.get(14..18), Some([12 | 16 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
}

fn iso_bmff(head: &[u8]) -> Option<MediaType> {
    if iso_still(head).is_some() {
        return None;
    }
    // QuickTime files from before `ftyp` begin with any of the other boxes.
    let begins =
        matches!(head.get(4..8)?, b"ftyp" | b"styp" | b"moov" | b"moof" | b"mdat" | b"wide" | b"pnot");
    let padded = matches!(head.get(4..8)?, b"free" | b"skip") && head[..4] != [0; 4];
    (begins || padded).then_some(MediaType::Mp4)
}

/// Still pictures and picture sequences in ISO base media, told by the major brand.
fn iso_still(head: &[u8]) -> Option<&'static str> {
    if head.get(4..8)? != b"ftyp" {
        return None;
    }
    match head.get(8..12)? {
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => Some("HEIC image"),
        b"avif" | b"avis" => Some("AVIF image"),
        b"crx " => Some("Canon raw image"),
        b"M4A " | b"M4B " => Some("MPEG-4 audio"),
        _ => None,
    }
}

fn stream(head: &[u8]) -> Option<MediaType> {
    match head {
        [0x1A, 0x45, 0xDF, 0xA3, ..] => Some(MediaType::Matroska),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => Some(MediaType::OtherVideo),
        [b'F', b'L', b'V', 1, ..] | [b'O', b'g', b'g', b'S', ..] => Some(MediaType::OtherVideo),
        [0x00, 0x00, 0x01, 0xBA | 0xB3, ..] => Some(MediaType::OtherVideo),
        [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, ..] => Some(MediaType::OtherVideo),
        _ => is_transport_stream(head).then_some(MediaType::OtherVideo),
    }
}

/// Three sync bytes at the distance of an MPEG transport packet, plain or with the time code of a camcorder.
fn is_transport_stream(head: &[u8]) -> bool {
    [(0, 188), (4, 192)]
        .into_iter()
        .any(|(first, step): (usize, usize)| (0..3).all(|n| head.get(first + n * step) == Some(&0x47)))
}

/// Offset, magic bytes and name of what is recognised only to be refused.
const SIGNATURES: &[(usize, &[u8], &str)] = &[
    (0, b"%PDF-", "PDF document"),
    (0, b"\x7FELF", "ELF executable"),
    (0, b"MZ", "Windows executable"),
    (0, b"\xCF\xFA\xED\xFE", "Mach-O executable"),
    (0, b"\xCA\xFE\xBA\xBE", "Java class or Mach-O executable"),
    (0, b"\0asm", "WebAssembly module"),
    (0, b"\x1F\x8B", "gzip archive"),
    (0, b"BZh", "bzip2 archive"),
    (0, b"\xFD7zXZ\0", "xz archive"),
    (0, b"\x28\xB5\x2F\xFD", "Zstandard archive"),
    (0, b"7z\xBC\xAF\x27\x1C", "7-Zip archive"),
    (0, b"Rar!\x1A\x07", "RAR archive"),
    (257, b"ustar", "tar archive"),
    (0, b"II*\0", "TIFF image"),
    (0, b"MM\0*", "TIFF image"),
    (0, b"\0\0\x01\0", "Windows icon"),
    (0, b"8BPS", "Photoshop document"),
    (0, b"\xFF\x0A", "JPEG XL image"),
    (0, b"\0\0\0\x0CJXL ", "JPEG XL image"),
    (0, b"\0\0\0\x0CjP  ", "JPEG 2000 image"),
    (0, b"qoif", "QOI image"),
    (0, b"ID3", "MP3 audio"),
    (0, b"\xFF\xFB", "MP3 audio"),
    (0, b"fLaC", "FLAC audio"),
    (8, b"WAVE", "WAVE audio"),
    (0, b"#EXTM3U", "media playlist"),
    (0, b"#!", "script"),
    (0, b"\xD0\xCF\x11\xE0", "Microsoft Office document"),
    (0, b"SQLite format 3\0", "SQLite database"),
    (0, b"{\\rtf", "RTF document"),
];

fn at_offset(head: &[u8], at: usize, magic: &[u8]) -> bool {
    head.get(at..).is_some_and(|rest| rest.starts_with(magic))
}

fn text(head: &[u8]) -> &'static str {
    let head = &head[..head.len().min(HEAD)];
    let readable = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The cut may lie inside the last character.
        Err(error) if error.valid_up_to() + 4 > head.len() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return "unknown",
    };
    let start: String = readable.trim_start_matches('\u{FEFF}').trim_start().chars().take(64).collect();
    let start = start.to_ascii_lowercase();
    match start.as_str() {
        "" => "unknown",
        s if s.starts_with("<!doctype html") || s.starts_with("<html") => "HTML document",
        s if s.starts_with("<svg") => "SVG image",
        s if s.starts_with("<?xml") => "XML document",
        s if s.starts_with('{') || s.starts_with('[') => "JSON document",
        s if s.chars().any(|c| c.is_control() && !c.is_whitespace()) => "unknown",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_content() {
        let cases: [(&[u8], Option<MediaType>); 9] = [
            (b"\xFF\xD8\xFF\xE0", Some(MediaType::Jpeg)),
            (b"GIF89a", Some(MediaType::Gif)),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some(MediaType::WebP)),
            (b"RIFF\0\0\0\0AVI LIST", Some(MediaType::OtherVideo)),
            (b"\0\0\0\x14ftypqt  ", Some(MediaType::Mp4)),
            (b"\0\0\0\x14ftypheic", None),
            (b"\x1A\x45\xDF\xA3", Some(MediaType::Matroska)),
            (b"BMW is a car, not a picture", None),
            (b"", None),
        ];
        for (head, expected) in cases {
            assert_eq!(media_type(head), expected, "{}", head.escape_ascii());
        }
    }

    #[test]
    fn a_refusal_names_what_was_sent() {
        let cases: [(&[u8], &str); 8] = [
            (b"%PDF-1.7", "PDF document"),
            (b"\0\0\0\x14ftypmif1", "HEIC image"),
            (b"\0\0\0\x14ftypavif", "AVIF image"),
            (b"\xEF\xBB\xBF \n<!DOCTYPE html><html>", "HTML document"),
            (b"{\"a\": 1}", "JSON document"),
            ("Grüße".as_bytes(), "text"),
            (&"é".as_bytes()[..1], "unknown"),
            (&[0x81, 0x92, 0xFE], "unknown"),
        ];
        for (head, expected) in cases {
            assert_eq!(describe(head), expected);
        }
        assert_eq!(refusal(b"").code(), "media.empty");
    }
}
