//! Signed-in users.

use std::time::Duration;

use super::UserId;
use crate::digest::Digest;
use crate::system::{Timestamp, typed_id};

typed_id!(
    /// Names a session.
    SessionId,
    "session"
);

/// SHA-256 of a token. Tokens themselves are never stored.
pub type TokenDigest = Digest;

/// A signed-in user. A session that was refreshed lives on until the new pair of tokens is used for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Unique name.
    pub id: SessionId,
    /// Who signed in.
    pub user: UserId,
    /// Digest of the token that comes with every request; unique.
    pub access: TokenDigest,
    /// Digest of the token that a new pair is asked for with; unique.
    pub refresh: TokenDigest,
    /// How long it lives without being used.
    pub lifetime: Duration,
    /// First moment at which it holds no more.
    pub expires: Timestamp,
    /// The session whose refresh made this one; ended by the first use of this one.
    pub replaces: Option<SessionId>,
    /// When it began.
    pub created: Timestamp,
}

impl Session {
    /// Whether it still holds.
    #[must_use]
    pub fn is_active(&self, now: Timestamp) -> bool {
        now < self.expires
    }

    /// Takes note of its use at `now`: its end moves to a lifetime after that, never back, and it replaces no other any
    /// more. Gives the one that it replaced, which has to end.
    pub fn touch(&mut self, now: Timestamp) -> Option<SessionId> {
        self.expires = self.expires.max(now.after(self.lifetime));
        self.replaces.take()
    }

    /// Whether its use at `now` has to be written down: it replaces another, or its end would move by a twentieth of its
    /// lifetime. (Moving it on every request would make every read a write.)
    #[must_use]
    pub fn wants_touch(&self, now: Timestamp) -> bool {
        let grain = self.lifetime / 20;
        self.replaces.is_some() || now.after(self.lifetime).since(self.expires) >= grain
    }
}
