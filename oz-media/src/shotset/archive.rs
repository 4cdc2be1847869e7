//! The pictures of an archive, unpacked one at a time.

use std::io::{Cursor, Read};

use oz_core::media::{MediaBytes, MediaType};
use oz_core::{Error, LimitKind, Result};
use zip::ZipArchive;
use zip::result::ZipError;

use super::natural;
use crate::budget::{Budget, within};
use crate::sniff;

/// An archive whose directory was checked.
#[derive(Debug)]
pub(super) struct Archive {
    zip: ZipArchive<Cursor<MediaBytes>>,
    /// Numbers of the entries that may be pictures, in natural order of their names.
    candidates: std::vec::IntoIter<usize>,
    /// Bytes that may still be unpacked.
    left: u64,
    limit: u64,
}

impl Archive {
    pub(super) fn open(media: MediaBytes, budget: &Budget) -> Result<Self> {
        let limits = budget.limits();
        // The directory is counted before it is read: an entry of it takes far less than what is kept of it.
        within(LimitKind::ArchiveEntries, directory_entries(&media), limits.archive_entries)?;
        let mut zip = ZipArchive::new(Cursor::new(media)).map_err(|error| refusal(&error))?;
        within(LimitKind::ArchiveEntries, zip.len() as u64, limits.archive_entries)?;
        if zip.has_overlapping_entries().map_err(|error| refusal(&error))? {
            return Err(Error::corrupt("entries of the archive overlap"));
        }
        let candidates = candidates(&zip, limits.unpacked_bytes)?.into_iter();
        Ok(Self { zip, candidates, left: limits.unpacked_bytes, limit: limits.unpacked_bytes })
    }

    /// The next picture, not decoded. What is no picture is known by its beginning and not unpacked further.
    pub(super) fn next(&mut self) -> Result<Option<(MediaType, MediaBytes)>> {
        for number in self.candidates.by_ref() {
            let mut entry = self.zip.by_index(number).map_err(|error| refusal(&error))?;
            let mut bytes = Vec::new();
            unpack(&mut entry, &mut bytes, sniff::HEAD as u64)?;
            let found = sniff::media_type(&bytes);
            if found == Some(MediaType::Zip) || sniff::describe(&bytes).ends_with("archive") {
                return Err(Error::MediaUnsupportedType { detected: "archive within an archive".to_owned() });
            }
            let picture = found.filter(|found| {
                !matches!(found, MediaType::Mp4 | MediaType::Matroska | MediaType::OtherVideo)
            });
            if picture.is_some() {
                unpack(&mut entry, &mut bytes, self.left.saturating_add(1))?;
            }
            self.left = self.left.checked_sub(bytes.len() as u64).ok_or(Error::MediaLimitExceeded {
                limit: LimitKind::UnpackedBytes,
                actual: self.limit.saturating_add(1),
                allowed: self.limit,
            })?;
            if let Some(media_type) = picture {
                return Ok(Some((media_type, bytes.into())));
            }
        }
        Ok(None)
    }
}

/// Signatures of directory entries in the file; never fewer than there are entries.
fn directory_entries(bytes: &[u8]) -> u64 {
    let mut rest = bytes;
    let mut count = 0;
    while let Some(at) = rest.iter().position(|&byte| byte == b'P') {
        count += u64::from(rest[at..].starts_with(b"PK\x01\x02"));
        rest = &rest[at + 1..];
    }
    count
}

/// The entries worth looking at. What they state to unpack to is checked here, what they do unpack to later.
fn candidates(zip: &ZipArchive<Cursor<MediaBytes>>, unpacked: u64) -> Result<Vec<usize>> {
    let mut named = Vec::new();
    let mut stated = 0_u64;
    for number in 0..zip.len() {
        let entry = zip.by_index_data(number).map_err(|error| refusal(&error))?;
        stated = stated.saturating_add(entry.size());
        within(LimitKind::UnpackedBytes, stated, unpacked)?;
        let name = entry.name_raw().to_vec();
        if entry.is_file() && !is_hidden(&name) {
            named.push((name, number));
        }
    }
    named.sort_by(|(left, _), (right, _)| natural::compare(left, right));
    Ok(named.into_iter().map(|(_, number)| number).collect())
}

/// Resource forks of macOS and files that begin with a dot.
fn is_hidden(name: &[u8]) -> bool {
    let mut parts = name.split(|byte| matches!(byte, b'/' | b'\\'));
    parts.any(|part| part == b"__MACOSX" || part.starts_with(b"."))
}

/// Unpacks until `bytes` has `length` bytes or the entry ends.
fn unpack(entry: &mut impl Read, bytes: &mut Vec<u8>, length: u64) -> Result<()> {
    let missing = length.saturating_sub(bytes.len() as u64);
    match entry.take(missing).read_to_end(bytes) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Err(Error::truncated("an entry of the archive ends early"))
        }
        Err(error) => Err(Error::corrupt(format!("an entry of the archive: {error}"))),
    }
}

fn refusal(error: &ZipError) -> Error {
    match error {
        ZipError::UnsupportedArchive(what) => Error::MediaUnsupportedCodec { codec: format!("zip: {what}") },
        ZipError::CompressionMethodNotSupported(method) => {
            Error::MediaUnsupportedCodec { codec: format!("zip with compression method {method}") }
        }
        ZipError::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Error::truncated("the archive ends early")
        }
        // The directory is at the end, so a cut archive has none.
        ZipError::InvalidArchive(what) if what.contains("EOCD") || what.contains("end of central") => {
            Error::truncated("the archive has no directory")
        }
        other => Error::corrupt(format!("zip: {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_macos_adds_is_hidden() {
        assert!(is_hidden(b"__MACOSX/a.png") && is_hidden(b"shots/._1.png") && is_hidden(b".DS_Store"));
        assert!(!is_hidden(b"shots/1.png"));
    }

    #[test]
    fn directory_entries_are_counted_by_signature() {
        assert_eq!(directory_entries(b"PPK\x01\x02..PK\x03\x04PK\x01\x02PK"), 2);
    }
}
