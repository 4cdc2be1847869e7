//! Conversion of any sample format to 8-bit RGB.

use image::DynamicImage;

/// Converts a decoded picture to RGB; transparent pixels are blended over white.
pub(crate) fn rgb_over_white(pixels: DynamicImage) -> Vec<u8> {
    if !pixels.color().has_alpha() {
        return pixels.into_rgb8().into_raw();
    }
    rgba_over_white(&pixels.into_rgba8().into_raw())
}

/// Blends RGBA pixels over white.
pub(crate) fn rgba_over_white(rgba: &[u8]) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(rgba.len() / 4 * 3);
    for pixel in rgba.chunks_exact(4) {
        let alpha = u32::from(pixel[3]);
        for &value in &pixel[..3] {
            let mixed = u32::from(value) * alpha + 255 * (255 - alpha);
            rgb.push(((mixed + 127) / 255) as u8);
        }
    }
    rgb
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparent_pixels_become_white_and_opaque_ones_are_kept() {
        let flat = rgba_over_white(&[10, 20, 30, 0, 10, 20, 30, 255, 0, 0, 0, 128]);
        assert_eq!(flat, [255, 255, 255, 10, 20, 30, 127, 127, 127]);
    }
}
