//! What handlers have in common: from an upload to records, from an order to a group of analyses, from records to what is
//! shown.

mod endpoint;
mod gestures;
mod instant;
mod order;
mod records;
mod upload;
mod view;
mod wait;

pub(crate) use endpoint::checked_endpoint;
pub(crate) use gestures::asked_gestures;
pub(crate) use instant::{InstantGate, answer_instantly};
pub(crate) use order::{OrderScope, demand_known, demand_room, group};
pub(crate) use records::{media_records, preview_jobs};
pub(crate) use upload::{redeem_capture_token, upload};
pub(crate) use view::View;
pub(crate) use wait::GroupWait;
