//! Time, ID generation and metering.
//!
//! Invariant: clocks and random numbers are accessed only through [`port::Clock`] and [`port::IdGenerator`];
//! rules take the time as an argument.

mod ids;
mod measurement;
pub mod period;
pub mod port;
mod timestamp;

pub(crate) use ids::typed_id;
pub use ids::{CompanyId, Uuid};
pub use measurement::Measurement;
pub use period::Period;
pub use timestamp::Timestamp;
