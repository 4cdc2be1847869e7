//! Object stores: S3 and what speaks like it, and with their features Google Cloud Storage and Azure.
//!
//! Invariant: an object gets the name of a blob by a conditional request that fails when the name is taken; what is larger
//! than one request is uploaded under a temporary name first.

mod blob_store;
mod clouds;
mod connect;
mod paths;
mod upload;

pub use blob_store::ObjectBlobStore;
