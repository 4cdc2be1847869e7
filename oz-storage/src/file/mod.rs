//! Keys in files.
//!
//! Invariants: no data key is on the disk but encrypted with the master key; a key has its file before it is used; a key is
//! destroyed from the moment that its owner's tombstone names its version, and no version follows that is not higher.

mod folder;
mod key_provider;
mod master;

pub use key_provider::FileKeyProvider;
pub use master::MasterKeys;
