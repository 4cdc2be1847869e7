//! Valid and invalid shot sets.

use std::io::{Cursor, Write as _};

use image::ImageFormat;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::Specimen;
use super::pictures::picture;

const REFUSED: &[&str] = &["media.corrupt", "media.limit_exceeded", "media.unsupported_type"];

/// ZIP archive of the named files, compressed with Deflate.
#[must_use]
pub fn zip<N: AsRef<str>, B: AsRef<[u8]>>(files: &[(N, B)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in files {
        writer.start_file(name.as_ref(), options).expect("start file in memory");
        writer.write_all(bytes.as_ref()).expect("write to memory");
    }
    writer.finish().expect("write directory to memory").into_inner()
}

fn shots(count: u32) -> Vec<(String, Vec<u8>)> {
    (1..=count).map(|n| (format!("frame_{n}.png"), picture(ImageFormat::Png, 64, 48, n))).collect()
}

pub(super) fn good() -> Vec<Specimen> {
    let mut mixed = shots(3);
    mixed.push(("__MACOSX/._frame_1.png".to_owned(), b"resource fork".to_vec()));
    mixed.push(("meta.json".to_owned(), b"{}".to_vec()));
    mixed.push(("../../etc/frame_0.png".to_owned(), picture(ImageFormat::Png, 64, 48, 0)));

    vec![
        Specimen::new("shot set", zip(&shots(12)), &[]),
        Specimen::new("shot set with other files", zip(&mixed), &[]),
    ]
}

pub(super) fn bad() -> Vec<Specimen> {
    let inner = zip(&shots(1));
    let nested = (0..8).fold(inner, |inner, _| zip(&[("inner.zip", inner)]));
    let mut cut_inside = shots(2);
    cut_inside[1].1.truncate(60);

    // The uncompressed size in the directory entry, which precedes the end record.
    let mut forged = zip(&shots(1));
    let size = forged.len() - 22 - 46 - "frame_1.png".len() + 24;
    forged[size..size + 4].copy_from_slice(&9_u32.to_le_bytes());

    vec![
        Specimen::new("empty zip", zip::<&str, &[u8]>(&[]), &["media.no_frames"]),
        Specimen::new("zip of text", zip(&[("a.txt", b"hello")]), &["media.no_frames"]),
        Specimen::new("zip in zip in zip", nested, REFUSED),
        Specimen::new("zip with a cut picture", zip(&cut_inside), &["media.truncated"]),
        Specimen::new("zip with a forged size", forged, &["media.corrupt"]),
        Specimen::new("zip bomb of zeros", zip(&[("a.png", vec![0_u8; 64 << 20])]), &["media.no_frames"]),
        Specimen::new("zip bomb named as 100 pictures", zip(&bomb_pictures()), REFUSED),
        Specimen::new("zip of too many files", zip(&many_files()), &["media.limit_exceeded"]),
        Specimen::new("zip with overlapping files", overlapping(), REFUSED),
    ]
}

/// Highly compressible files that start like a picture.
fn bomb_pictures() -> Vec<(String, Vec<u8>)> {
    let mut bytes = picture(ImageFormat::Bmp, 8, 8, 0);
    bytes.resize(8 << 20, 0);
    (0..100).map(|n| (format!("{n}.bmp"), bytes.clone())).collect()
}

fn many_files() -> Vec<(String, &'static [u8])> {
    (0..1_200).map(|n| (format!("{n}.txt"), b"x".as_slice())).collect()
}

/// Archive whose directory entries all refer to the same data.
fn overlapping() -> Vec<u8> {
    let single = zip(&shots(1));
    let end = single.len() - 22;
    let start =
        u32::from_le_bytes([single[end + 16], single[end + 17], single[end + 18], single[end + 19]]) as usize;

    let mut forged = single[..start].to_vec();
    for n in 0..9_u8 {
        let mut entry = single[start..end].to_vec();
        entry[46 + 6] = b'1' + n;
        forged.extend(entry);
    }

    let length = (forged.len() - start) as u32;
    let mut tail = single[end..].to_vec();
    tail[8..12].copy_from_slice(&[9, 0, 9, 0]);
    tail[12..16].copy_from_slice(&length.to_le_bytes());
    forged.extend(tail);
    forged
}
