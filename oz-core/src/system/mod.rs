//! What the domain needs of the machine it runs on: the time and fresh names.
//!
//! Invariant: nobody reads a clock or draws a random number except through [`port::Clock`] and [`port::IdGenerator`];
//! rules take the time as an argument.

mod ids;
mod measurement;
pub mod port;
mod timestamp;

pub(crate) use ids::typed_id;
pub use ids::{CompanyId, Uuid};
pub use measurement::Measurement;
pub use timestamp::Timestamp;
