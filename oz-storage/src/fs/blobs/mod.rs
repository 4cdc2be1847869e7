//! Blobs in a folder, one file per blob.

mod blob_store;
mod layout;
mod unfinished;

pub use blob_store::DirectoryBlobStore;
