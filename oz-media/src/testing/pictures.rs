//! Valid and invalid images and animations.

use std::io::Cursor;

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, ImageFormat, RgbImage};

use super::Specimen;

const OTHER: &[&str] =
    &["media.corrupt", "media.truncated", "media.unsupported_type", "media.unsupported_codec"];

/// Gradient with a white 8 x 8 square at column `at`, encoded as `format`.
#[must_use]
pub fn picture(format: ImageFormat, width: u32, height: u32, at: u32) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let pixels = DynamicImage::ImageRgb8(pattern(width, height, at));
    pixels.write_to(&mut bytes, format).expect("encode picture to memory");
    bytes.into_inner()
}

/// Gradient with a white 8 x 8 square at column `at`, row 4.
fn pattern(width: u32, height: u32, at: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let inside = (at..at + 8).contains(&x) && (4..12).contains(&y);
        image::Rgb(if inside { [255; 3] } else { [(x * 3) as u8, (y * 5) as u8, 90] })
    })
}

/// Animated GIF with `frames` frames of 48 x 32, 50 ms each.
#[must_use]
pub fn animated_gif(frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for at in 0..frames {
        let rgba = DynamicImage::ImageRgb8(pattern(48, 32, at)).into_rgba8();
        let delay = image::Delay::from_numer_denom_ms(50, 1);
        encoder.encode_frame(image::Frame::from_parts(rgba, 0, 0, delay)).expect("encode frame to memory");
    }
    drop(encoder);
    bytes
}

/// Animated PNG with `frames` frames of 48 x 32, 50 ms each.
#[must_use]
pub fn animated_png(frames: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 48, 32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_animated(frames, 0).expect("at least one frame");
    encoder.set_frame_delay(50, 1000).expect("picture is animated");
    let mut writer = encoder.write_header().expect("write header to memory");
    for at in 0..frames {
        writer.write_image_data(pattern(48, 32, at).as_raw()).expect("encode frame to memory");
    }
    writer.finish().expect("write end to memory");
    bytes
}

/// Lossless animated WebP with `frames` frames of 48 x 32, 50 ms each.
#[must_use]
pub fn animated_webp(frames: u32) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], body: &[u8]| {
        let padding = &[0][..body.len() % 2];
        [kind.as_slice(), &(body.len() as u32).to_le_bytes(), body, padding].concat()
    };

    let mut body = b"WEBP".to_vec();
    body.extend(chunk(b"VP8X", &[0x02, 0, 0, 0, 47, 0, 0, 31, 0, 0]));
    body.extend(chunk(b"ANIM", &[0; 6]));
    for at in 0..frames {
        let still = picture(ImageFormat::WebP, 48, 32, at);
        let frame = [0, 0, 0, 0, 0, 0, 47, 0, 0, 31, 0, 0, 50, 0, 0, 0];
        body.extend(chunk(b"ANMF", &[&frame, &still[12..]].concat()));
    }

    chunk(b"RIFF", &body)
}

/// `jpeg` with the EXIF `orientation` 1..=8.
#[must_use]
pub(super) fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let tiff =
        [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation], b"\0\0\0\0\0\0"];
    let body = [b"Exif\0\0".as_slice(), &tiff.concat()].concat();
    let length = (body.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], b"\xFF\xE1", &length, &body, &jpeg[2..]].concat()
}

pub(super) fn good() -> Vec<Specimen> {
    let formats = [
        ("jpeg", ImageFormat::Jpeg),
        ("png", ImageFormat::Png),
        ("webp", ImageFormat::WebP),
        ("gif", ImageFormat::Gif),
        ("bmp", ImageFormat::Bmp),
    ];
    let mut all: Vec<_> = formats
        .into_iter()
        .map(|(name, format)| Specimen::new(name, picture(format, 64, 48, 5), &[]))
        .collect();

    let jpeg = picture(ImageFormat::Jpeg, 64, 48, 5);
    all.extend((1..=8).map(|n| Specimen::new(format!("jpeg turned {n}"), with_orientation(&jpeg, n), &[])));
    all.push(Specimen::new("jpeg followed by another", [jpeg.as_slice(), &jpeg[..99]].concat(), &[]));
    all.push(Specimen::new("jpeg followed by noise", [jpeg, super::noise(3, 500)].concat(), &[]));
    all.push(Specimen::new("animated gif", animated_gif(6), &[]));
    all.push(Specimen::new("animated png", animated_png(6), &[]));
    all.push(Specimen::new("animated webp", animated_webp(6), &[]));
    all
}

pub(super) fn bad() -> Vec<Specimen> {
    let png = picture(ImageFormat::Png, 64, 48, 5);
    let jpeg = picture(ImageFormat::Jpeg, 64, 48, 5);
    let mut wrong_sum = png.clone();
    wrong_sum[45] ^= 0x55;
    let mut no_pixels = png.clone();
    no_pixels[16..20].fill(0);

    vec![
        Specimen::new("png with a flipped bit", wrong_sum, OTHER),
        Specimen::new("png of width zero", no_pixels, OTHER),
        Specimen::new(
            "png behind the magic of a jpeg",
            [b"\xFF\xD8\xFF\xE0".as_slice(), &png].concat(),
            OTHER,
        ),
        Specimen::new("jpeg behind the magic of a png", [&png[..8], &jpeg].concat(), OTHER),
        Specimen::new("bmp with only its header", picture(ImageFormat::Bmp, 9, 9, 0)[..54].to_vec(), OTHER),
        Specimen::new("riff without webp content", b"RIFF\x10\0\0\0WEBPJUNK\x04\0\0\0....".to_vec(), OTHER),
    ]
}
