//! Work that folders give to workers.

use sha2::{Digest as _, Sha256};

use super::GroupId;
use crate::storage::JobId;
use crate::system::Uuid;

/// The kinds of jobs. Payloads are ids in their text form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Answers a group of analyses. Payload and name: the group.
    Analysis,
    /// Looks at media that were uploaded, for a thumbnail. Payload: the media.
    Preview,
    /// Tells a folder's endpoint that a group is complete. Payload: the folder; name: [`notice_id`].
    Notice,
}

impl JobKind {
    /// The kind as queued.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Analysis => "analysis",
            Self::Preview => "preview",
            Self::Notice => "notice",
        }
    }

    /// The one of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Analysis, Self::Preview, Self::Notice].into_iter().find(|kind| kind.name() == name)
    }
}

/// The name of the job that tells of a group, and of the event that is told: derived, so that whoever ends the group makes
/// the same one.
#[must_use]
pub fn notice_id(group: GroupId) -> JobId {
    let digest = Sha256::new()
        .chain_update(b"oz.notice.1")
        .chain_update(group.uuid().as_u128().to_be_bytes())
        .finalize();
    let bits = digest.iter().take(16).fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    JobId::from(Uuid::from_random_bits(bits))
}
