//! Sessions of signed-in users.

use std::time::Duration;

use super::UserId;
use crate::digest::Digest;
use crate::system::{Timestamp, typed_id};

typed_id!(
    /// ID of a session.
    SessionId,
    "session"
);

/// SHA-256 digest of a token. The tokens themselves are never stored.
pub type TokenDigest = Digest;

/// Session of a signed-in user. A refreshed session stays valid until its successor is used for the first
/// time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Unique ID.
    pub id: SessionId,
    /// The signed-in user.
    pub user: UserId,
    /// Digest of the access token; unique.
    pub access: TokenDigest,
    /// Digest of the refresh token; unique.
    pub refresh: TokenDigest,
    /// Idle lifetime.
    pub lifetime: Duration,
    /// Expiry time; the session is inactive from this moment on.
    pub expires: Timestamp,
    /// The refreshed session that this one replaces. It ends at the first use of this one.
    pub replaces: Option<SessionId>,
    /// Creation time.
    pub created: Timestamp,
}

impl Session {
    /// Whether the session has not expired at `now`.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        now < self.expires
    }

    /// Records the use of the session at `now`: extends the expiry to `now + lifetime`, never shortening it,
    /// and clears `replaces`. Returns the replaced session, which the caller must end.
    pub fn touch(&mut self, now: Timestamp) -> Option<SessionId> {
        self.expires = self.expires.max(now.after(self.lifetime));
        self.replaces.take()
    }

    /// Whether the use of the session at `now` must be persisted.
    ///
    /// True when the session replaces another one, or when its expiry would move by at least a twentieth of
    /// its lifetime. Without this threshold every read request would cause a write.
    #[must_use]
    pub fn wants_touch(&self, now: Timestamp) -> bool {
        let grain = self.lifetime / 20;
        self.replaces.is_some() || now.after(self.lifetime).since(self.expires) >= grain
    }
}
