//! Blobs and keys in folders of the local disk.
//!
//! Invariants: a file gets its final name exactly once, after its content is on the disk; acknowledged writes
//! survive a process crash and a power loss; only the owner of the process can read the files.

pub mod blobs;
mod durable;
#[cfg(feature = "encryption")]
pub mod keys;

pub use blobs::DirectoryBlobStore;
#[cfg(feature = "encryption")]
pub use keys::{FileKeyProvider, KeyState, MasterKeys, Rewrapped, StoredKey, StoredMaster};
