//! Extractors. Their rejections are [`ApiError`](crate::ApiError)s.

mod caller;
mod json;
mod path;
mod peer;
mod query;

pub use caller::{Caller, OptionalCaller};
pub use json::{Json, from_json};
pub use path::{Id, Ids, Ids3};
pub use peer::Peer;
pub use query::ListQuery;
