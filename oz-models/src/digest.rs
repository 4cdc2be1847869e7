//! SHA-256 digests of files.

use std::io::{self, Read, Write};

pub use oz_core::digest::Digest;
use sha2::{Digest as _, Sha256};

/// Digest of the remaining bytes of a reader.
///
/// # Errors
/// Any error of the reader.
pub fn of_reader(mut reader: impl Read) -> io::Result<Digest> {
    let mut hasher = Hasher(Sha256::new());
    io::copy(&mut reader, &mut hasher)?;
    Ok(Digest::from_bytes(hasher.0.finalize().into()))
}

struct Hasher(Sha256);

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reader_digest_equals_the_digest_of_its_bytes() {
        assert_eq!(of_reader(&b"abc"[..]).unwrap(), Digest::of(b"abc"));
    }
}
