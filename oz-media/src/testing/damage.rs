//! Damaged variants of valid files, and files that are not media.

use image::ImageFormat;

use super::pictures::{animated_gif, animated_png, animated_webp, picture};
use super::{Specimen, archives, noise, videos};

const CUT: &[&str] =
    &["media.truncated", "media.corrupt", "media.no_frames", "media.unsupported_type", "media.empty"];
const STRANGE: &[&str] = &["media.unsupported_type"];

/// One valid file of every format.
fn originals() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = vec![
        ("jpeg", picture(ImageFormat::Jpeg, 200, 150, 5)),
        ("png", picture(ImageFormat::Png, 200, 150, 5)),
        ("webp", picture(ImageFormat::WebP, 200, 150, 5)),
        ("gif", picture(ImageFormat::Gif, 200, 150, 5)),
        ("bmp", picture(ImageFormat::Bmp, 200, 150, 5)),
        ("animated gif", animated_gif(6)),
        ("animated png", animated_png(6)),
        ("animated webp", animated_webp(6)),
    ];
    all.extend(archives::good().into_iter().take(1).map(|set| ("shot set", set.bytes)));

    let names = [
        "h264_high.mp4",
        "h264_fragmented.mp4",
        "h264_high.mkv",
        "hevc.mp4",
        "vp8.webm",
        "vp9.webm",
        "av1.mp4",
    ];
    all.extend(names.map(|name| (name, videos::clip(name).to_vec())));
    all
}

/// Every file truncated at each tenth of its length.
pub(super) fn truncations() -> Vec<Specimen> {
    let cut = |(name, bytes): (&str, Vec<u8>)| {
        let name = name.to_owned();
        (0..10).map(move |tenth| {
            let end = bytes.len() * tenth / 10;
            Specimen::new(format!("{name} cut at {tenth}0 %"), bytes[..end].to_vec(), CUT)
        })
    };
    originals().into_iter().flat_map(cut).collect()
}

/// Every file with some bytes overwritten. Some files still decode, so success is acceptable too.
pub(super) fn scrambled() -> Vec<Specimen> {
    let scramble = |(name, mut bytes): (&str, Vec<u8>)| {
        let start = bytes.len() / 3;
        let junk = noise(bytes.len() as u32, 40.min(bytes.len() - start));
        bytes[start..start + junk.len()].copy_from_slice(&junk);
        Specimen::new(format!("{name} scrambled"), bytes, ANY)
    };
    originals().into_iter().map(scramble).collect()
}

/// Any error for damaged input, or success.
const ANY: &[&str] = &[
    "",
    "media.truncated",
    "media.corrupt",
    "media.no_frames",
    "media.unsupported_codec",
    "media.limit_exceeded",
];

/// Files of other formats, sent by mistake or deliberately.
pub(super) fn strangers() -> Vec<Specimen> {
    let jpeg = picture(ImageFormat::Jpeg, 64, 48, 5);
    let heic = videos::boxed(b"ftyp", b"heic\0\0\0\0mif1heic");
    let avif = videos::boxed(b"ftyp", b"avif\0\0\0\0avifmif1");
    let files: [(&str, Vec<u8>); 16] = [
        ("pdf", b"%PDF-1.7\n1 0 obj".to_vec()),
        ("html", b"<!DOCTYPE html><html><img src=x></html>".to_vec()),
        ("svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec()),
        ("script named as a picture", b"#!/bin/sh\necho hello\n".to_vec()),
        ("elf", b"\x7FELF\x02\x01\x01\0".to_vec()),
        ("gzip", b"\x1F\x8B\x08\0\0\0\0\0".to_vec()),
        ("tar", [vec![0; 257], b"ustar\x0000".to_vec(), vec![0; 200]].concat()),
        ("playlist", b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\nfile:///etc/passwd\n".to_vec()),
        ("heic", heic),
        ("avif", avif),
        ("tiff", b"II*\0\x08\0\0\0".to_vec()),
        ("pdf with a jpeg inside", [b"%PDF-1.4\n".as_slice(), &jpeg].concat()),
        ("html with a jpeg inside", [b"<html>".as_slice(), &jpeg].concat()),
        ("noise", noise(42, 4096)),
        ("zeros", vec![0; 4096]),
        ("one byte", vec![0xFF]),
    ];

    let mut all: Vec<_> =
        files.into_iter().map(|(name, bytes)| Specimen::new(name, bytes, STRANGE)).collect();
    all.push(Specimen::new("nothing", Vec::new(), &["media.empty"]));
    all
}
