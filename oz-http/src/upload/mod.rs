//! Streaming parser of upload requests: JSON, `multipart/form-data` and capture containers.
//!
//! Invariants:
//!
//! - Limits apply while bytes arrive. Media are never buffered as a whole, except by `MemorySink`.
//! - Formats are detected from the content, never from a name or a declared type.
//! - A blob is on the erasure list before it is written, and a failed request leaves none behind.

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
