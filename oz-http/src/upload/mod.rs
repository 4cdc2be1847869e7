//! From bodies to staged blobs.
