//! What the holder of a licence may do, and how much of it was done.
//!
//! Invariant: the rule is [`Entitlements::check`] and takes time and usage as arguments; a provider only keeps the
//! entitlements and counts.

mod entitlements;
pub mod port;

pub use entitlements::{Allowance, Entitlements, Feature};
