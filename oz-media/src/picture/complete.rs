//! Whether a picture file is all there, told by the structure of its container.

use oz_core::media::MediaType;
use oz_core::{Error, Result};

use super::{gif_blocks, jpeg};

/// # Errors
/// `media.truncated` when the end that the format requires is missing.
pub(crate) fn check(media_type: MediaType, bytes: &[u8]) -> Result<()> {
    let complete = match media_type {
        MediaType::Jpeg => jpeg::is_complete(bytes),
        MediaType::Png => png(bytes),
        MediaType::WebP => webp(bytes),
        MediaType::Gif => gif_blocks::scan(bytes).complete,
        // A BMP has no end; its decoder reports missing rows.
        _ => true,
    };
    if complete {
        Ok(())
    } else {
        Err(Error::truncated(format!("the {} picture has no end", media_type.mime())))
    }
}

/// Chunks up to and with `IEND`. A chunk is length, name, content and checksum.
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

/// A RIFF states its size; the padding byte at the end may be missing.
fn webp(bytes: &[u8]) -> bool {
    bytes.get(4..8).is_some_and(|size| {
        bytes.len() as u64 + 1 >= u64::from(u32::from_le_bytes([size[0], size[1], size[2], size[3]])) + 8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_png_ends_with_iend() {
        let png = [b"\x89PNG\r\n\x1A\n".as_slice(), b"\0\0\0\x01tEXtx....", b"\0\0\0\0IEND...."].concat();
        assert!(check(MediaType::Png, &png).is_ok());
        assert_eq!(check(MediaType::Png, &png[..png.len() - 1]).unwrap_err().code(), "media.truncated");
    }

    #[test]
    fn a_webp_is_as_long_as_it_says() {
        assert!(check(MediaType::WebP, b"RIFF\x04\0\0\0WEBP").is_ok());
        assert!(check(MediaType::WebP, b"RIFF\x40\0\0\0WEBP").is_err());
    }
}
