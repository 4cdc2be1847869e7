//! Wire form of a point in time.

use oz_core::system::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// UNIX time in seconds, with a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[schema(value_type = f64, example = 1767225610.25)]
pub(crate) struct Seconds(pub(crate) f64);

impl From<Timestamp> for Seconds {
    fn from(time: Timestamp) -> Self {
        Self(time.as_secs_f64())
    }
}
