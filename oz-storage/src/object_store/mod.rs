//! Blobs in an object store: S3 and compatible stores, Google Cloud Storage, or Azure Blob Storage.
//!
//! Invariant: a blob gets its final name by a conditional request that fails when the name is taken. A blob
//! larger than one request is first uploaded under a temporary name.

mod blob_store;
mod clouds;
mod connect;
mod paths;
mod upload;

pub use blob_store::ObjectBlobStore;
