//! Export of presentations: one ZIP archive of frames each, and an index.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Presentation, Species};

/// Output folder, from `OZ_ATTACKS_OUT`.
pub fn folder() -> Option<PathBuf> {
    std::env::var_os("OZ_ATTACKS_OUT").filter(|folder| !folder.is_empty()).map(Into::into)
}

/// Writes one presentation as a shot set.
pub fn write(folder: &Path, number: u64, presentation: &Presentation) {
    let path = folder.join(file(presentation.species, number));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let name = |index: usize| format!("frame-{index:03}.jpg");
    let encode = |image| oz::media::encode_jpeg(image, 95).unwrap();
    let entries: Vec<_> =
        presentation.pictures.iter().enumerate().map(|(index, image)| (name(index), encode(image))).collect();
    fs::write(path, zip(&entries)).unwrap();
}

/// Writes the index, with the columns `file,label,set,species,identity`.
pub fn write_manifest(folder: &Path, rows: &[(Species, u64, u64)]) {
    let mut text = String::from("file,label,set,species,identity\n");
    for (species, number, identity) in rows {
        let label = if *species == Species::Live { "live" } else { "spoof" };
        let species_name = if *species == Species::Live { "" } else { species.name() };
        let file = file(*species, *number);
        text += &format!("{file},{label},generated,{species_name},generated_{identity}\n");
    }
    fs::write(folder.join("index.csv"), text).unwrap();
}

fn file(species: Species, number: u64) -> String {
    format!("{}/{}-{number:03}.zip", species.name(), species.name())
}

/// ZIP archive without compression. Source: PKWARE APPNOTE 6.3.10, section 4.3.6.
fn zip(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in entries {
        let offset = archive.len() as u32;
        let size = content.len() as u32;
        let mut common = Vec::new();
        // Version 2.0, no flags, stored, no time, 1980-01-01.
        for half in [20u16, 0, 0, 0, 0x21] {
            common.extend(half.to_le_bytes());
        }
        for word in [crc32(content), size, size] {
            common.extend(word.to_le_bytes());
        }
        common.extend((name.len() as u16).to_le_bytes());
        common.extend(0u16.to_le_bytes());
        archive.extend(b"PK\x03\x04".iter().chain(&common).chain(name.as_bytes()).chain(content));
        directory.extend(b"PK\x01\x02\x14\x00".iter().chain(&common));
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }

    let (start, count) = (archive.len() as u32, entries.len() as u16);
    archive.extend(&directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend(count.to_le_bytes().iter().chain(&count.to_le_bytes()));
    archive.extend((directory.len() as u32).to_le_bytes().iter().chain(&start.to_le_bytes()));
    archive.extend([0, 0]);
    archive
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 & 0u32.wrapping_sub(crc & 1)))
    })
}
