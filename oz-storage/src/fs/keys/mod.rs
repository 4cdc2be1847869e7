//! Data keys in a folder, one file per key, encrypted with a master key.
//!
//! Invariants: a data key is written to the disk only in encrypted form; a key has its file before it is
//! used; a key is destroyed from the moment its owner's tombstone names its version, and every later version
//! is higher.

mod backup;
mod inventory;
mod key_folder;
mod key_provider;
mod master;

pub use backup::{KeyFiles, NotCopied, back_up};
pub use inventory::{KeyState, Rewrapped, StoredKey, StoredMaster};
pub use key_provider::FileKeyProvider;
pub use master::MasterKeys;
