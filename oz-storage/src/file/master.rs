//! The keys that data keys are encrypted with.

use std::fmt::{self, Write as _};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use oz_core::digest::Digest;
use oz_core::{Error, Result};
use zeroize::Zeroizing;

use crate::cipher::Cipher;
use crate::durable::{self, failed};
use crate::system::random;

/// Begins what the name of a master key is the digest of.
const DOMAIN: &[u8] = b"oz.master.1";

/// Where the master keys come from: a file that the provider looks after, or the outside.
///
/// Their text form is a line of 64 hexadecimal digits for each key, the current one first, then the ones that something may
/// still be encrypted with.
#[derive(Debug)]
pub enum MasterKeys {
    /// A file for the owner of the process only, made with a random key when nothing was ever encrypted with one.
    InFile(PathBuf),
    /// Keys that are kept elsewhere, e.g. in the environment.
    Given(GivenKeys),
}

impl MasterKeys {
    /// Keys in a file, which is made when there is none.
    pub fn in_file(path: impl Into<PathBuf>) -> Self {
        Self::InFile(path.into())
    }

    /// Keys in their text form.
    ///
    /// # Errors
    /// `input.invalid_value` when the text has another form or no key.
    pub fn given(text: &str) -> Result<Self> {
        Ring::parse(text).map(GivenKeys).map(Self::Given)
    }
}

/// Keys from outside. `Debug` shows how many.
#[derive(Debug)]
pub struct GivenKeys(pub(super) Ring);

/// Which master key, without saying what it is.
pub(super) type MasterId = [u8; 8];

/// A master key.
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
                detail: "a key is a line of 64 hexadecimal digits".into(),
            }),
        }
    }

    /// Reads a file, and demands that nobody else can.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = demand_private(path).and_then(|()| fs::read_to_string(path));
        Self::parse(&Zeroizing::new(text.map_err(failed("reading the master key"))?))
    }

    /// Makes the file with a first key, unless somebody else just did.
    pub(super) fn create(path: &Path) -> Result<()> {
        let created = durable::create_new(path, Self { keys: vec![Master::random()] }.text().as_bytes());
        match created {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(failed("making the master key")(error))
            }
            _ => Ok(()),
        }
    }

    /// Removes what a change of the file left that was interrupted before it counted.
    pub(super) fn forget_unfinished(path: &Path) -> Result<()> {
        durable::wipe_unfinished(path).map_err(failed("removing an unfinished master key"))
    }

    pub(super) fn write(&self, path: &Path) -> Result<()> {
        durable::replace(path, self.text().as_bytes()).map_err(failed("writing the master key"))
    }

    fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(65 * self.keys.len()));
        for key in &self.keys {
            key.secret.iter().for_each(|byte| write!(text, "{byte:02x}").expect("a text takes anything"));
            text.push('\n');
        }
        text
    }

    pub(super) fn current(&self) -> &Master {
        &self.keys[0]
    }

    pub(super) fn named(&self, id: &MasterId) -> Option<&Master> {
        self.keys.iter().find(|key| key.id == *id)
    }

    pub(super) fn has_older(&self) -> bool {
        self.keys.len() > 1
    }

    pub(super) fn put_in_front(&mut self, key: Master) {
        self.keys.insert(0, key);
    }

    pub(super) fn drop_older(&mut self) {
        self.keys.truncate(1);
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ring({} master keys)", self.keys.len())
    }
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
fn demand_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if fs::metadata(path)?.permissions().mode() & 0o077 == 0 {
        return Ok(());
    }
    let text = "others than the owner may read or write the file: take these rights away (chmod 600)";
    Err(io::Error::new(ErrorKind::PermissionDenied, text))
}

#[cfg(not(unix))]
fn demand_private(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_is_read_back() {
        let ring = Ring { keys: vec![Master::random(), Master::random()] };
        let read = Ring::parse(&ring.text()).unwrap();
        let ids = |ring: &Ring| ring.keys.iter().map(|key| key.id).collect::<Vec<_>>();
        assert_eq!(ids(&read), ids(&ring));
        assert_ne!(ring.keys[0].id, ring.keys[1].id);
    }

    #[test]
    fn anything_but_keys_is_refused_and_not_repeated() {
        for text in ["", "\n", "abc", &"0".repeat(63), &"g".repeat(64), &format!("{}\nx", "0".repeat(64))] {
            let error = Ring::parse(text).unwrap_err();
            assert_eq!(error.code(), "input.invalid_value");
            assert!(text.trim().is_empty() || !error.to_string().contains(text), "the text is shown");
        }
    }
}
