//! Uploads: what comes in, as it comes in.
//!
//! Invariants: every limit acts while bytes arrive, nothing is held in memory whole except where it stays there; what a
//! part is is told by its content, never by its name or declared type; a blob is on the erasure list before it is written,
//! and a request that fails leaves none behind.

mod blobs;
mod body;
pub mod container;
mod form;
mod intake;
mod json;
mod memory;
mod order;
mod payload;
mod receive;
mod zip;

pub(crate) use blobs::{BlobSink, StagedBlobs};
pub(crate) use intake::{Received, Upload, UploadLimits};
pub(crate) use json::{as_metadata, as_object, as_text, present};
pub(crate) use memory::MemorySink;
pub use order::{Order, OrderKind, OrderParams};
pub(crate) use payload::parse_tags;
pub use payload::{Payload, parse_payload};
pub(crate) use receive::{Encoding, receive};
