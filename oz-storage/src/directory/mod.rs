//! A folder of the local disk.
//!
//! Invariants: a file gets its final name only when its content is on the disk, and it gets it once; what was acknowledged
//! survives a crash of the process and a loss of power; everything is readable by the owner of the process only.

mod blob_store;
mod layout;
mod unfinished;

pub use blob_store::DirectoryBlobStore;
