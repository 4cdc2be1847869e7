//! Client telemetry on captures. It is unverified and never used as evidence.

pub mod port;

use serde_json::Value;

use crate::account::{Scope, UserId};
use crate::listing::{Choice, TimeRange};
use crate::system::{CompanyId, Timestamp, typed_id};

typed_id!(
    /// ID of a telemetry record.
    EventSessionId,
    "event session"
);

/// One upload of telemetry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSession {
    /// Unique ID.
    pub id: EventSessionId,
    /// Session ID chosen by the client.
    pub session: String,
    /// Company of the owner; absent for users without a company.
    pub company: Option<CompanyId>,
    /// User who sent the record.
    pub owner: UserId,
    /// Telemetry as sent by the client.
    pub content: Value,
    /// Time of arrival.
    pub created: Timestamp,
    /// Time of the last change.
    pub updated: Timestamp,
}

impl EventSession {
    /// Whether a scope contains the record. Records without a company are only in [`Scope::Everything`].
    #[must_use]
    pub fn is_in(&self, scope: &Scope) -> bool {
        *scope == Scope::Everything || self.company.is_some_and(|company| scope.holds(company, self.owner))
    }
}

/// Conditions on telemetry records; all must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventSessionFilter {
    /// Session IDs chosen by the clients.
    pub sessions: Choice<String>,
    /// Time of arrival.
    pub created: TimeRange,
    /// Time of the last change.
    pub updated: TimeRange,
}

impl EventSessionFilter {
    /// Whether a record satisfies the filter.
    #[must_use]
    pub fn admits(&self, event: &EventSession) -> bool {
        self.sessions.admits(&event.session)
            && self.created.admits(event.created)
            && self.updated.admits(event.updated)
    }
}
