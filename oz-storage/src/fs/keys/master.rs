//! Master keys, which encrypt the data keys.

use std::fmt::{self, Write as _};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use oz_core::digest::Digest;
use oz_core::{Error, Result};
use zeroize::Zeroizing;

use crate::cipher::Cipher;
use crate::fs::durable::{self, failed};
use crate::system::random;

/// Prefix of the bytes whose digest identifies a master key.
const DOMAIN: &[u8] = b"oz.master.1";

/// Source of the master keys: a file managed by the provider, or the caller.
///
/// Text form: one line of 64 hexadecimal digits per key, the current key first, followed by the older keys
/// that may still be in use.
#[derive(Debug)]
pub enum MasterKeys {
    /// File accessible by the owner of the process only. Created with a random key if no data key exists yet.
    InFile(PathBuf),
    /// Keys managed elsewhere, for example in the environment.
    Given(GivenKeys),
}

impl MasterKeys {
    /// Keys in a file, which is created if no data key exists yet.
    pub fn in_file(path: impl Into<PathBuf>) -> Self {
        Self::InFile(path.into())
    }

    /// Parses keys from their text form.
    ///
    /// # Errors
    /// `input.invalid_value` when the text is malformed or has no key.
    pub fn given(text: &str) -> Result<Self> {
        Ring::parse(text).map(GivenKeys).map(Self::Given)
    }
}

/// Keys passed in by the caller. `Debug` shows only their number.
#[derive(Debug)]
pub struct GivenKeys(pub(super) Ring);

/// Identifier of a master key, derived from it by a one-way digest.
pub(super) type MasterId = [u8; 8];

/// Master key with its identifier.
pub(super) struct Master {
    pub(super) id: MasterId,
    pub(super) cipher: Cipher,
    secret: Zeroizing<[u8; 32]>,
}

impl Master {
    pub(super) fn random() -> Self {
        Self::new(Zeroizing::new(random()))
    }

    fn new(secret: Zeroizing<[u8; 32]>) -> Self {
        let digest = Digest::of(&Zeroizing::new([DOMAIN, &*secret].concat()));
        let id = *digest.as_bytes().first_chunk().expect("a digest has 32 bytes");
        Self { id, cipher: Cipher::new(&secret), secret }
    }
}

/// The current master key and the older ones.
pub(super) struct Ring {
    keys: Vec<Master>,
}

impl Ring {
    fn parse(text: &str) -> Result<Self> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let keys: Option<Vec<Master>> = lines.map(|line| secret(line).map(Master::new)).collect();
        match keys {
            Some(keys) if !keys.is_empty() => Ok(Self { keys }),
            _ => Err(Error::InvalidValue {
                name: "master key",
                detail: "must have one line of 64 hexadecimal digits per key".into(),
            }),
        }
    }

    /// Reads the file of master keys. Fails if other users can access it.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = ensure_private(path).and_then(|()| fs::read_to_string(path));
        Self::parse(&Zeroizing::new(text.map_err(failed("reading the master key"))?))
    }

    /// Reads a file of master keys that other users may be able to access, such as that of a backup.
    pub(super) fn read_any(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).map_err(failed("reading the master key"))?;
        Self::parse(&Zeroizing::new(text))
    }

    /// Writes the keys of two rings, those of `first` in front. Does nothing without `first`.
    pub(super) fn write_joined(path: &Path, first: Option<&Self>, others: Option<&Self>) -> Result<()> {
        let Some(first) = first else { return Ok(()) };
        let added = others.into_iter().flat_map(|ring| &ring.keys);
        let added = added.filter(|key| first.named(&key.id).is_none());
        write(path, first.keys.iter().chain(added))
    }

    /// Creates the file with a first random key, unless it exists.
    pub(super) fn create(path: &Path) -> Result<()> {
        let created = durable::create_new(path, text([Master::random()].iter()).as_bytes());
        match created {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(failed("creating the master key")(error))
            }
            _ => Ok(()),
        }
    }

    /// Removes the temporary file of an interrupted write.
    pub(super) fn remove_unfinished(path: &Path) -> Result<()> {
        durable::wipe_unfinished(path).map_err(failed("removing an unfinished master key"))
    }

    pub(super) fn write(&self, path: &Path) -> Result<()> {
        write(path, self.keys.iter())
    }

    pub(super) fn current(&self) -> &Master {
        &self.keys[0]
    }

    pub(super) fn named(&self, id: &MasterId) -> Option<&Master> {
        self.keys.iter().find(|key| key.id == *id)
    }

    /// Number of older keys.
    pub(super) fn older(&self) -> usize {
        self.keys.len() - 1
    }

    /// Identifiers of the keys, the current one first.
    pub(super) fn ids(&self) -> impl Iterator<Item = MasterId> {
        self.keys.iter().map(|key| key.id)
    }

    pub(super) fn put_in_front(&mut self, key: Master) {
        self.keys.insert(0, key);
    }

    /// Removes the older keys from the file and from memory. They stay in memory if the file cannot be
    /// written.
    pub(super) fn drop_older(&mut self, path: &Path) -> Result<()> {
        write(path, self.keys[..1].iter())?;
        self.keys.truncate(1);
        Ok(())
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ring({} master keys)", self.keys.len())
    }
}

fn write<'a>(path: &Path, keys: impl Iterator<Item = &'a Master> + Clone) -> Result<()> {
    durable::replace(path, text(keys).as_bytes()).map_err(failed("writing the master key"))
}

fn text<'a>(keys: impl Iterator<Item = &'a Master> + Clone) -> Zeroizing<String> {
    // Reserve everything now: growing the text later would leave a copy of the secrets in freed memory.
    let mut text = Zeroizing::new(String::with_capacity(65 * keys.clone().count()));
    for key in keys {
        key.secret
            .iter()
            .for_each(|byte| write!(text, "{byte:02x}").expect("writing to a string cannot fail"));
        text.push('\n');
    }
    text
}

fn secret(line: &str) -> Option<Zeroizing<[u8; 32]>> {
    let digits = line.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut secret = Zeroizing::new([0; 32]);
    for (byte, pair) in secret.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |at: usize| (pair[at] as char).to_digit(16);
        *byte = (digit(0)? << 4 | digit(1)?) as u8;
    }
    Some(secret)
}

#[cfg(unix)]
fn ensure_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if fs::metadata(path)?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    let text = "the file is accessible by other users: restrict it to its owner (chmod 600)";
    Err(io::Error::new(ErrorKind::PermissionDenied, text))
}

#[cfg(not(unix))]
fn ensure_private(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips() {
        let ring = Ring { keys: vec![Master::random(), Master::random()] };
        let read = Ring::parse(&text(ring.keys.iter())).unwrap();
        let ids = |ring: &Ring| ring.keys.iter().map(|key| key.id).collect::<Vec<_>>();
        assert_eq!(ids(&read), ids(&ring));
        assert_ne!(ring.keys[0].id, ring.keys[1].id);
    }

    #[test]
    fn malformed_text_is_refused_and_not_quoted() {
        for text in ["", "\n", "abc", &"0".repeat(63), &"g".repeat(64), &format!("{}\nx", "0".repeat(64))] {
            let error = Ring::parse(text).unwrap_err();
            assert_eq!(error.code(), "input.invalid_value");
            assert!(text.trim().is_empty() || !error.to_string().contains(text), "the error quotes the text");
        }
    }
}
