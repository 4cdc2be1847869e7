//! What goes over the wire. One file per resource, each made `From` what the domain has.
//!
//! Invariants: times are UNIX seconds with a fraction; what is not there is `null`, not left out; ids are texts.

mod list;
mod seconds;

pub(crate) use list::{List, ListParams};
pub(crate) use seconds::Seconds;
