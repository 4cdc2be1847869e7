//! Use cases shared by handlers: storing uploads, starting analyses, answering instant requests, building
//! responses.

mod endpoint;
mod instant;
mod order;
mod records;
mod tags;
mod upload;
mod view;
mod wait;

pub(crate) use endpoint::checked_endpoint;
pub(crate) use instant::{InstantGate, answer_instantly};
pub(crate) use order::{OrderScope, ensure_orders_allowed, ensure_queue_capacity, group};
pub(crate) use records::{media_records, preview_jobs};
pub(crate) use tags::{requested_gestures, shows_document};
pub(crate) use upload::{redeem_capture_token, upload};
pub(crate) use view::View;
pub(crate) use wait::GroupWait;
