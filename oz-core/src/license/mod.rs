//! Licence entitlements and usage counting.
//!
//! Invariant: [`Entitlements::check`] is the only rule and takes time and usage as arguments. A provider only
//! stores the entitlements and the usage counters.

mod entitlements;
pub mod port;

pub use entitlements::{Allowance, Entitlements, Feature};
