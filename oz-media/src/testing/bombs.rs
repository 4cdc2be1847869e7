//! Small files that demand excessive memory.

use image::ImageFormat;

use super::Specimen;
use super::pictures::{animated_gif, animated_webp, picture};
use super::videos::{clip, patched};

const TOO_MUCH: &[&str] = &["media.limit_exceeded"];

/// HEVC sequence parameter set (Main profile, 64 x 48), without unit header and emulation prevention.
pub(super) const HEVC_SPS: &[u8] = &[
    0x01, 0x01, 0x60, 0x00, 0x00, 0x90, 0x00, 0x00, 0x00, 0x00, 0x00, 0x1E, 0xA0, 0x82, 0x06, 0x1E, 0x59,
    0x9A, 0x49, 0x32, 0xB9, 0xA0, 0x20, 0x00, 0x00, 0x07, 0xD2, 0x00, 0x00, 0xC3, 0x50, 0x10,
];

pub(super) fn all() -> Vec<Specimen> {
    vec![
        Specimen::new("png of 40000 x 40000", png(40_000, 40_000), TOO_MUCH),
        Specimen::new("png of 2^31 pixels a row", png(0x7FFF_FFFF, 1), TOO_MUCH),
        Specimen::new("jpeg of 65500 x 65500", jpeg(), TOO_MUCH),
        Specimen::new("gif of 65535 x 65535", gif(picture(ImageFormat::Gif, 8, 8, 0)), TOO_MUCH),
        Specimen::new("animated gif of 65535 x 65535", gif(animated_gif(3)), TOO_MUCH),
        Specimen::new("bmp of 60000 x 60000", bmp(), TOO_MUCH),
        Specimen::new("animated webp of 16384 x 16384", webp(), TOO_MUCH),
        Specimen::new("h264 of 65536 x 65536", h264(), TOO_MUCH),
        Specimen::new("vp8 of 16383 x 16383", vp8(), TOO_MUCH),
        Specimen::new("vp9 of 65536 x 65536", vp9(), TOO_MUCH),
        Specimen::new("av1 of 65536 x 65536", av1(), TOO_MUCH),
        Specimen::new("mp4 whose entry says 65535 x 65535", entry(), TOO_MUCH),
    ]
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = picture(ImageFormat::Png, 8, 8, 0);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// Checksum of PNG chunks (CRC-32, ISO 3309).
fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

fn jpeg() -> Vec<u8> {
    let mut bytes = picture(ImageFormat::Jpeg, 8, 8, 0);
    let frame =
        bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).expect("picture has a baseline frame header");
    bytes[frame + 5..frame + 9].copy_from_slice(&[0xFF, 0xDC, 0xFF, 0xDC]);
    bytes
}

fn gif(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes[6..10].fill(0xFF);
    bytes
}

fn bmp() -> Vec<u8> {
    let mut bytes = picture(ImageFormat::Bmp, 8, 8, 0);
    for at in [18, 22] {
        bytes[at..at + 4].copy_from_slice(&60_000_u32.to_le_bytes());
    }
    bytes
}

fn webp() -> Vec<u8> {
    let mut bytes = animated_webp(2);
    bytes[24..30].copy_from_slice(&[0xFF, 0x3F, 0, 0xFF, 0x3F, 0]);
    bytes
}

/// Clip with a baseline parameter set that announces 65536 x 65536 pixels.
fn h264() -> Vec<u8> {
    let mut bits = Vec::new();
    // ID, bits of the frame number, order type, bits of the order, reference frames.
    [0, 0, 0, 0, 1].into_iter().for_each(|value| push_golomb(&mut bits, value));
    // No gaps in frame numbers.
    bits.push(false);
    // Width and height in macroblocks, minus one.
    [4095, 4095].into_iter().for_each(|value| push_golomb(&mut bits, value));
    // Frames only, direct inference, no cropping, no usability information, stop bit.
    bits.extend([true, true, false, false, true]);

    let packed = bits
        .chunks(8)
        .map(|byte| byte.iter().enumerate().fold(0_u8, |sum, (at, &bit)| sum | u8::from(bit) << (7 - at)));
    let sps: Vec<u8> = [0x67, 66, 0, 30].into_iter().chain(packed).collect();
    let config = [&[1, 66, 0, 30, 0xFF, 0xE1, 0, sps.len() as u8], sps.as_slice(), &[0]].concat();
    with_config(clip("h264_baseline.mp4"), b"avcC", &config)
}

/// Appends `value` as Exp-Golomb number.
fn push_golomb(bits: &mut Vec<bool>, value: u32) {
    let length = 32 - (value + 1).leading_zeros();
    bits.extend(std::iter::repeat_n(false, length as usize - 1));
    bits.extend((0..length).rev().map(|bit| (value + 1) >> bit & 1 == 1));
}

/// `clip` with the configuration `kind` overwritten in place, so that no length changes.
fn with_config(clip: &[u8], kind: &[u8; 4], config: &[u8]) -> Vec<u8> {
    let at = clip.windows(4).position(|window| window == kind).expect("clip has the box") + 4;
    let mut bytes = clip.to_vec();
    bytes[at..at + config.len()].copy_from_slice(config);
    bytes
}

fn vp8() -> Vec<u8> {
    let clip = clip("vp8.webm");
    patched(clip, &[0x9D, 1, 0x2A, 64, 0, 48, 0], &[0x9D, 1, 0x2A, 0xFF, 0x3F, 0xFF, 0x3F])
}

/// Clip of 65536 x 65536 pixels: the size follows the sync code and four bits of colour.
fn vp9() -> Vec<u8> {
    let clip = clip("vp9.webm");
    let at =
        clip.windows(3).position(|window| window == [0x49, 0x83, 0x42]).expect("clip has a key frame") + 3;
    let mut bytes = clip.to_vec();
    bytes[at] |= 0x0F;
    bytes[at + 1..at + 4].fill(0xFF);
    bytes[at + 4] |= 0xF0;
    bytes
}

/// Clip whose configuration is a reduced still picture header with 16-bit sides.
fn av1() -> Vec<u8> {
    let header = [0x08, 0b0001_1000, 0b0011_1111, 0xFF, 0xFF, 0xFF, 0xFF, 0xC0];
    with_config(clip("av1.mp4"), b"av1C", &[&[0x81, 0, 0, 0], header.as_slice()].concat())
}

fn entry() -> Vec<u8> {
    let mut bytes = clip("h264_baseline.mp4").to_vec();
    // The first `avc1` may be a brand; the sample entry is the last one.
    let at =
        bytes.windows(4).rposition(|window| window == b"avc1").expect("clip has a sample entry") + 4 + 24;
    bytes[at..at + 4].fill(0xFF);
    bytes
}
