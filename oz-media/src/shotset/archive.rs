//! Pictures of a ZIP archive, unpacked one at a time.

use std::io::{Cursor, Read};

use oz_core::media::{MediaBytes, MediaType};
use oz_core::{Error, LimitKind, Result};
use zip::ZipArchive;
use zip::result::ZipError;

use super::natural;
use crate::budget::{Budget, ensure_within};
use crate::picture::PictureFormat;
use crate::sniff;

/// Archive whose directory passed the checks.
#[derive(Debug)]
pub(super) struct Archive {
    zip: ZipArchive<Cursor<MediaBytes>>,
    /// Indices of entries that may be pictures, in natural order of their names.
    candidates: std::vec::IntoIter<usize>,
    /// Bytes that may still be unpacked.
    remaining: u64,
    limit: u64,
}

impl Archive {
    pub(super) fn open(media: MediaBytes, budget: &Budget) -> Result<Self> {
        let limits = budget.limits();
        // Counted before the directory is parsed, because parsed entries take far more memory.
        ensure_within(LimitKind::ArchiveEntries, directory_entries(&media), limits.archive_entries)?;
        let mut zip = ZipArchive::new(Cursor::new(media)).map_err(|error| refusal(&error))?;
        ensure_within(LimitKind::ArchiveEntries, zip.len() as u64, limits.archive_entries)?;
        if zip.has_overlapping_entries().map_err(|error| refusal(&error))? {
            return Err(Error::corrupt("entries of the ZIP archive overlap"));
        }

        let candidates = candidates(&zip, limits.unpacked_bytes)?.into_iter();
        Ok(Self { zip, candidates, remaining: limits.unpacked_bytes, limit: limits.unpacked_bytes })
    }

    /// Next picture, still encoded. Other files are recognised by their head and not unpacked further.
    ///
    /// # Errors
    /// `media.unsupported_type` for a nested archive, `media.limit_exceeded`, and errors of the entry.
    pub(super) fn next(&mut self) -> Result<Option<(PictureFormat, MediaBytes)>> {
        for number in self.candidates.by_ref() {
            let mut entry = self.zip.by_index(number).map_err(|error| refusal(&error))?;
            let mut bytes = Vec::new();
            unpack(&mut entry, &mut bytes, sniff::HEAD as u64)?;

            let found = sniff::media_type(&bytes);
            if found == Some(MediaType::Zip) || sniff::describe(&bytes).ends_with("archive") {
                return Err(Error::MediaUnsupportedType { detected: NESTED.to_owned() });
            }
            let picture = found.and_then(PictureFormat::of);

            if picture.is_some() {
                unpack(&mut entry, &mut bytes, self.remaining.saturating_add(1))?;
            }
            self.remaining =
                self.remaining.checked_sub(bytes.len() as u64).ok_or(Error::MediaLimitExceeded {
                    limit: LimitKind::UnpackedBytes,
                    actual: self.limit.saturating_add(1),
                    allowed: self.limit,
                })?;

            if let Some(format) = picture {
                return Ok(Some((format, bytes.into())));
            }
        }
        Ok(None)
    }
}

/// Detail of the error for a nested archive.
const NESTED: &str = "archive inside a ZIP archive; put the images directly into one ZIP archive";

/// Number of directory entry signatures in the file, an upper bound of the number of entries.
fn directory_entries(bytes: &[u8]) -> u64 {
    let mut rest = bytes;
    let mut count = 0;
    while let Some(at) = rest.iter().position(|&byte| byte == b'P') {
        count += u64::from(rest[at..].starts_with(b"PK\x01\x02"));
        rest = &rest[at + 1..];
    }
    count
}

/// Indices of the visible files, in natural order. Checks stated sizes; actual sizes are checked on
/// unpacking.
fn candidates(zip: &ZipArchive<Cursor<MediaBytes>>, unpacked: u64) -> Result<Vec<usize>> {
    let mut named = Vec::new();
    let mut stated = 0_u64;
    for number in 0..zip.len() {
        let entry = zip.by_index_data(number).map_err(|error| refusal(&error))?;
        stated = stated.saturating_add(entry.size());
        ensure_within(LimitKind::UnpackedBytes, stated, unpacked)?;
        let name = entry.name_raw().to_vec();
        if entry.is_file() && !is_hidden(&name) {
            named.push((name, number));
        }
    }

    named.sort_by(|(left, _), (right, _)| natural::compare(left, right));
    Ok(named.into_iter().map(|(_, number)| number).collect())
}

/// Whether `name` is a macOS resource fork, or has a component that starts with a dot.
fn is_hidden(name: &[u8]) -> bool {
    let mut parts = name.split(|byte| matches!(byte, b'/' | b'\\'));
    parts.any(|part| part == b"__MACOSX" || part.starts_with(b"."))
}

/// Unpacks until `bytes` holds `length` bytes or the entry ends.
fn unpack(entry: &mut impl Read, bytes: &mut Vec<u8>, length: u64) -> Result<()> {
    let missing = length.saturating_sub(bytes.len() as u64);
    match entry.take(missing).read_to_end(bytes) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(Error::truncated("an entry of the ZIP archive ends early; send the complete file"))
        }
        Err(error) => Err(Error::corrupt(format!("an entry of the ZIP archive cannot be unpacked: {error}"))),
    }
}

fn refusal(error: &ZipError) -> Error {
    match error {
        ZipError::UnsupportedArchive(what) => unsupported(&format!("ZIP archive ({what})")),
        ZipError::CompressionMethodNotSupported(method) => {
            unsupported(&format!("ZIP archive with compression method {method}"))
        }
        ZipError::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Error::truncated("the ZIP archive ends early; send the complete file")
        }
        // The directory is at the end, so it is missing from a truncated archive.
        ZipError::InvalidArchive(what) if what.contains("EOCD") || what.contains("end of central") => {
            Error::truncated("the directory of the ZIP archive is missing; send the complete file")
        }
        other => Error::corrupt(format!("ZIP archive: {other}")),
    }
}

fn unsupported(archive: &str) -> Error {
    let remedy = "create it again with Deflate compression and without a password";
    Error::MediaUnsupportedCodec { codec: format!("{archive}; {remedy}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macos_metadata_is_hidden() {
        assert!(is_hidden(b"__MACOSX/a.png") && is_hidden(b"shots/._1.png") && is_hidden(b".DS_Store"));
        assert!(!is_hidden(b"shots/1.png"));
    }

    #[test]
    fn directory_entries_are_counted_by_signature() {
        assert_eq!(directory_entries(b"PPK\x01\x02..PK\x03\x04PK\x01\x02PK"), 2);
    }
}
