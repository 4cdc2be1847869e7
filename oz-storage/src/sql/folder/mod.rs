//! Folders, media and analyses.

use oz_core::Result;
use oz_core::folder::GroupId;
use oz_core::storage::Failure;
use oz_core::system::Timestamp;

use super::Connection;

/// Ends the analyses of a group that have no answer yet. There are none before folders are stored.
#[expect(clippy::unused_async, reason = "it will write")]
pub(super) async fn end_group(
    _connection: &mut Connection,
    _group: GroupId,
    _failure: &Failure,
    _now: Timestamp,
) -> Result<()> {
    Ok(())
}
