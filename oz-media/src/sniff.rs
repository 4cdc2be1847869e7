//! Format detection from the first bytes; file names and declared types are ignored.

use oz_core::Error;
use oz_core::media::MediaType;

/// Number of bytes sufficient to detect every known format.
pub const HEAD: usize = 4096;

/// Detects the container format of `head`; `None` when no decoder of this crate accepts it.
///
/// `head` is the beginning of a file, preferably [`HEAD`] bytes or the whole file.
#[must_use]
pub fn media_type(head: &[u8]) -> Option<MediaType> {
    still(head).or_else(|| iso_bmff(head)).or_else(|| stream(head))
}

/// Human-readable name of the format of `head`, e.g. `PDF document`; `unknown` when it is not recognised.
#[must_use]
pub fn describe(head: &[u8]) -> &'static str {
    if let Some(name) = iso_still(head) {
        return name;
    }
    let known = SIGNATURES.iter().find(|(at, magic, _)| at_offset(head, *at, magic));
    match known {
        Some((_, _, name)) => name,
        None => other_video(head).unwrap_or_else(|| text(head)),
    }
}

/// Error for content that no decoder accepts: `media.empty` or `media.unsupported_type`.
///
/// The message names the detected format and the remedy.
#[must_use]
pub fn refusal(bytes: &[u8]) -> Error {
    if bytes.is_empty() {
        return Error::MediaEmpty;
    }

    let found = match describe(bytes) {
        "unknown" => "unrecognised content",
        known => known,
    };
    let remedy = if media_type(bytes) == Some(MediaType::OtherVideo) {
        "convert it to MP4 or WebM, or allow the ffmpeg decoder"
    } else {
        "use a JPEG, PNG, WebP, GIF or BMP image, an MP4, WebM or Matroska video, or a ZIP archive of images"
    };
    Error::MediaUnsupportedType { detected: format!("{found}; {remedy}") }
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

/// `BM` alone is also the start of ordinary text, so the size of the second header must be a valid one.
fn is_bmp(head: &[u8]) -> bool {
    matches!(head.get(14..18), Some([12 | 16 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
}

fn iso_bmff(head: &[u8]) -> Option<MediaType> {
    if iso_still(head).is_some() {
        return None;
    }
    // QuickTime files older than `ftyp` start with any of the other boxes.
    let begins =
        matches!(head.get(4..8)?, b"ftyp" | b"styp" | b"moov" | b"moof" | b"mdat" | b"wide" | b"pnot");
    let padded = matches!(head.get(4..8)?, b"free" | b"skip") && head[..4] != [0; 4];
    (begins || padded).then_some(MediaType::Mp4)
}

/// ISO base media that is not a video, detected by the major brand.
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
        _ => other_video(head).map(|_| MediaType::OtherVideo),
    }
}

/// Name of a video format that only the ffmpeg decoder supports.
fn other_video(head: &[u8]) -> Option<&'static str> {
    match head {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'A', b'V', b'I', b' ', ..] => Some("AVI video"),
        [b'F', b'L', b'V', 1, ..] => Some("Flash video"),
        [b'O', b'g', b'g', b'S', ..] => Some("Ogg media"),
        [0x00, 0x00, 0x01, 0xBA, ..] => Some("MPEG program stream"),
        [0x00, 0x00, 0x01, 0xB3, ..] => Some("MPEG video"),
        [0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11, ..] => Some("Windows Media video"),
        _ => is_transport_stream(head).then_some("MPEG transport stream"),
    }
}

/// Checks for three sync bytes at the distance of an MPEG transport packet: 188 bytes, or 192 with the
/// four-byte time code that camcorders prepend.
fn is_transport_stream(head: &[u8]) -> bool {
    [(0, 188), (4, 192)]
        .into_iter()
        .any(|(first, step): (usize, usize)| (0..3).all(|n| head.get(first + n * step) == Some(&0x47)))
}

/// Offset, magic bytes and name of formats that are recognised for the error message only.
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
        // The head may end inside a character.
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
    fn formats_are_detected_by_content() {
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
    fn description_names_the_format() {
        let cases: [(&[u8], &str); 9] = [
            (b"%PDF-1.7", "PDF document"),
            (b"\0\0\0\x14ftypmif1", "HEIC image"),
            (b"\0\0\0\x14ftypavif", "AVIF image"),
            (b"\xEF\xBB\xBF \n<!DOCTYPE html><html>", "HTML document"),
            (b"{\"a\": 1}", "JSON document"),
            (b"RIFF\0\0\0\0AVI LIST", "AVI video"),
            ("Grüße".as_bytes(), "text"),
            (&"é".as_bytes()[..1], "unknown"),
            (&[0x81, 0x92, 0xFE], "unknown"),
        ];
        for (head, expected) in cases {
            assert_eq!(describe(head), expected);
        }
        assert_eq!(refusal(b"").code(), "media.empty");
    }

    #[test]
    fn refusal_names_the_format_and_the_remedy() {
        let cases: [(&[u8], &str, &str); 3] = [
            (b"\0\0\0\x14ftypmif1", "HEIC image; use a JPEG", "or a ZIP archive of images"),
            (&[0x81, 0x92, 0xFE], "unrecognised content; use a JPEG", "or a ZIP archive of images"),
            (b"RIFF\0\0\0\0AVI LIST", "AVI video; convert it to MP4", "or allow the ffmpeg decoder"),
        ];
        for (bytes, start, end) in cases {
            let Error::MediaUnsupportedType { detected } = refusal(bytes) else { panic!("unexpected error") };
            assert!(detected.starts_with(start) && detected.ends_with(end), "{detected}");
        }
    }
}
