//! Detection of truncated picture files by the structure of their container.

use oz_core::{Error, Result};

use super::{PictureFormat, gif_blocks, jpeg};

/// Checks that the file reaches the end that its format requires.
///
/// # Errors
/// `media.truncated` when it does not.
pub(crate) fn check(format: PictureFormat, bytes: &[u8]) -> Result<()> {
    let complete = match format {
        PictureFormat::Jpeg => jpeg::is_complete(bytes),
        PictureFormat::Png => png(bytes),
        PictureFormat::WebP => webp(bytes),
        PictureFormat::Gif => gif_blocks::scan(bytes).complete,
        // BMP has no end marker; its decoder reports missing rows.
        PictureFormat::Bmp => true,
    };

    if complete {
        return Ok(());
    }
    let mime = format.media_type().mime();
    Err(Error::truncated(format!("the {mime} file ends before its picture does; send the complete file")))
}

/// Whether the chunks reach `IEND`. A chunk is length, name, content and checksum.
fn png(bytes: &[u8]) -> bool {
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let Some(next) = at.checked_add(12).and_then(|next| next.checked_add(length)) else { return false };
        if next > bytes.len() {
            return false;
        }
        if &head[4..8] == b"IEND" {
            return true;
        }
        at = next;
    }
    false
}

/// Whether the file has the size that its RIFF header states; the final padding byte may be missing.
fn webp(bytes: &[u8]) -> bool {
    bytes.get(4..8).is_some_and(|size| {
        bytes.len() as u64 + 1 >= u64::from(u32::from_le_bytes([size[0], size[1], size[2], size[3]])) + 8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn png_without_iend_is_truncated() {
        let png = [b"\x89PNG\r\n\x1A\n".as_slice(), b"\0\0\0\x01tEXtx....", b"\0\0\0\0IEND...."].concat();
        assert!(check(PictureFormat::Png, &png).is_ok());
        assert_eq!(check(PictureFormat::Png, &png[..png.len() - 1]).unwrap_err().code(), "media.truncated");
    }

    #[test]
    fn webp_shorter_than_its_stated_size_is_truncated() {
        assert!(check(PictureFormat::WebP, b"RIFF\x04\0\0\0WEBP").is_ok());
        assert!(check(PictureFormat::WebP, b"RIFF\x40\0\0\0WEBP").is_err());
    }
}
