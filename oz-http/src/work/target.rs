//! IDs in the payloads of jobs.

use std::str::FromStr;

use oz_core::folder::{GroupId, JobKind};
use oz_core::storage::Job;

use super::setback::{Next, Setback};

/// ID in the payload of a job. `what` is the kind of record in the error message.
///
/// # Errors
/// `input.invalid_value` without further attempts, when the payload is not an ID.
pub(super) fn target<T: FromStr>(job: &Job, what: &str) -> Result<T, Setback> {
    parse(job).ok_or_else(|| {
        let message = format!("the job payload must be a {what} ID");
        Setback::new("input.invalid_value", message, Next::GiveUp)
    })
}

/// Group of analyses that a job carries out; `None` for other kinds of jobs.
pub(super) fn group_of(job: &Job) -> Option<GroupId> {
    if job.kind == JobKind::Analysis.name() { parse(job) } else { None }
}

fn parse<T: FromStr>(job: &Job) -> Option<T> {
    std::str::from_utf8(&job.payload).ok()?.parse().ok()
}
