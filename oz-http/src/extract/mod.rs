//! What handlers take from a request. Every refusal is an [`ApiError`](crate::ApiError).

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
