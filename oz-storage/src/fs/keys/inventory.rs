//! Description of the stored keys, without their secrets.

use std::fmt::Write as _;

use oz_core::storage::KeyVersion;
use oz_core::system::{CompanyId, Timestamp};

use super::master::MasterId;

/// Description of a data key in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredKey {
    /// ID of the company whose data are encrypted with the key.
    pub owner: CompanyId,
    /// Version of the key.
    pub version: KeyVersion,
    /// Whether new data of the company are encrypted with the key: it has the highest version of the files.
    pub is_active: bool,
    /// Time of creation; absent when the file is missing.
    pub created: Option<Timestamp>,
    /// Identifier of the master key that encrypts the key, 16 hexadecimal digits; absent when it cannot be
    /// read.
    pub master: Option<String>,
    /// Whether the key can be used.
    pub state: KeyState,
}

/// Whether a stored key can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyState {
    /// The key can be decrypted.
    Readable,
    /// The file of the key is missing: data encrypted with it cannot be read.
    Missing,
    /// The key cannot be decrypted, with the reason.
    Unreadable(String),
}

impl StoredKey {
    pub(super) fn missing(owner: CompanyId, version: KeyVersion, is_active: bool) -> Self {
        Self { owner, version, is_active, created: None, master: None, state: KeyState::Missing }
    }
}

/// Description of a master key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredMaster {
    /// Identifier, 16 hexadecimal digits; derived from the key by a one-way digest.
    pub id: String,
    /// Whether new data keys are encrypted with the key.
    pub is_active: bool,
}

/// Outcome of encrypting the data keys anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rewrapped {
    /// Number of data keys that were encrypted anew; the others already were.
    pub keys: usize,
    /// Data keys whose file is missing or could not be decrypted, with the reason. They are left as they
    /// are.
    pub unreadable: Vec<(CompanyId, KeyVersion, String)>,
    /// Number of older master keys that remain in their file, because data keys are missing or unreadable,
    /// or the file cannot be written.
    pub older_masters: usize,
}

/// Hexadecimal digits of a master key's identifier.
pub(super) fn hex(id: MasterId) -> String {
    id.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
        text
    })
}
