//! Extraction of single files from packages.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

/// Maximum size of a member in bytes.
const MAX_MEMBER: u64 = 1 << 30;
/// Maximum uncompressed size of a whole archive in bytes, for formats that are read from the start.
const MAX_UNPACKED: u64 = 8 << 30;
/// Maximum number of entries of an archive.
const MAX_ENTRIES: usize = 200_000;
/// Maximum nesting of archives.
const MAX_DEPTH: usize = 4;

/// Extracts one member of an archive into the folder `work`. Paths in nested archives are joined with `!` in
/// `member`.
///
/// # Errors
/// A description of the failure, for the detail of an error.
pub(super) fn extract(archive: &Path, member: &str, work: &Path) -> Result<PathBuf, String> {
    let steps: Vec<_> = member.split('!').collect();
    if steps.len() > MAX_DEPTH {
        return Err(format!("the member {member} is nested in more than {MAX_DEPTH} archives"));
    }
    steps.iter().enumerate().try_fold(archive.to_path_buf(), |from, (depth, name)| {
        let to = work.join(format!("member.{depth}"));
        extract_one(&from, name, &to).map_err(|e| format!("cannot extract {name} from the archive: {e}"))?;
        Ok(to)
    })
}

/// Extracts one file; the format of the archive is detected from its first bytes.
fn extract_one(from: &Path, name: &str, to: &Path) -> io::Result<()> {
    let mut file = BufReader::new(File::open(from)?);
    let mut head = [0; 4];
    file.read_exact(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    match head {
        [b'P', b'K', ..] => from_zip(file, name, to),
        [0x1f, 0x8b, ..] => from_tar(GzDecoder::new(file).take(MAX_UNPACKED), name, to),
        _ => Err(invalid("neither a ZIP nor a gzip archive")),
    }
}

fn from_zip(file: impl Read + Seek, name: &str, to: &Path) -> io::Result<()> {
    let mut archive = zip::ZipArchive::new(file)?;
    if archive.len() > MAX_ENTRIES {
        return Err(invalid("too many entries"));
    }
    let entry = archive.by_name(name)?;
    save(entry, to)
}

fn from_tar(stream: impl Read, name: &str, to: &Path) -> io::Result<()> {
    let mut archive = tar::Archive::new(stream);
    for entry in archive.entries()?.take(MAX_ENTRIES) {
        let entry = entry?;
        if entry.header().entry_type().is_file() && *entry.path_bytes() == *name.as_bytes() {
            return save(entry, to);
        }
    }
    Err(io::Error::new(io::ErrorKind::NotFound, "not in the archive"))
}

fn save(entry: impl Read, to: &Path) -> io::Result<()> {
    let copied = io::copy(&mut entry.take(MAX_MEMBER + 1), &mut File::create(to)?)?;
    if copied > MAX_MEMBER { Err(invalid("larger than 1 GiB")) } else { Ok(()) }
}

fn invalid(detail: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, detail)
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::{Cursor, Write as _};

    use proptest::prelude::*;

    use super::*;

    pub(in crate::pull) fn zip(name: &str, content: &[u8]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
        writer.finish().unwrap().into_inner()
    }

    pub(in crate::pull) fn tar_gz(name: &str, content: &[u8]) -> Vec<u8> {
        let packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut writer = tar::Builder::new(packed);
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        writer.append_data(&mut header, name, content).unwrap();
        writer.into_inner().unwrap().finish().unwrap()
    }

    fn extracted(archive: &[u8], member: &str) -> Result<Vec<u8>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("archive");
        std::fs::write(&path, archive).unwrap();
        extract(&path, member, folder.path()).map(|path| std::fs::read(path).unwrap())
    }

    #[test]
    fn member_is_extracted_from_both_formats() {
        assert_eq!(extracted(&zip("a/b", b"abc"), "a/b").unwrap(), b"abc");
        let long = "d/".repeat(90) + "file";
        assert_eq!(extracted(&tar_gz(&long, b"abc"), &long).unwrap(), b"abc");
    }

    #[test]
    fn member_of_a_nested_archive_is_extracted() {
        let nested = tar_gz("outer", &zip("inner", b"abc"));
        assert_eq!(extracted(&nested, "outer!inner").unwrap(), b"abc");
        assert!(extracted(&nested, "outer!other").is_err());
        assert!(extracted(&nested, "a!b!c!d!e").is_err());
    }

    #[test]
    fn missing_member_and_unknown_format_are_refused() {
        assert!(extracted(&zip("a", b"abc"), "b").unwrap_err().contains('b'));
        assert!(extracted(&tar_gz("a", b"abc"), "b").unwrap_err().contains("not in the archive"));
        assert!(extracted(b"plain text", "a").unwrap_err().contains("neither"));
        assert!(extracted(b"", "a").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn corrupt_archive_does_not_panic(cut in 0usize..400, at in 0usize..400, flip in 1u8..) {
            for mut bytes in [zip("a", &[7; 300]), tar_gz("a", &[7; 300])] {
                let position = at % bytes.len();
                bytes[position] ^= flip;
                let _ = extracted(&bytes, "a");
                bytes.truncate(cut);
                let _ = extracted(&bytes, "a");
            }
        }
    }
}
