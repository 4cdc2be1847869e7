//! What clients tell of how a capture went. Telemetry: it proves nothing.

pub mod port;

use serde_json::Value;

use crate::account::{Scope, UserId};
use crate::listing::{Choice, TimeRange};
use crate::system::{CompanyId, Timestamp, typed_id};

typed_id!(
    /// Names a telemetry record.
    EventSessionId,
    "event session"
);

/// One upload of telemetry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSession {
    /// Unique name.
    pub id: EventSessionId,
    /// The client's own name for the capture.
    pub session: String,
    /// Whose client; none of users without a company.
    pub company: Option<CompanyId>,
    /// Who sent it.
    pub owner: UserId,
    /// What the client says, as it said it.
    pub content: Value,
    /// When it came.
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Timestamp,
}

impl EventSession {
    /// Whether a scope holds it. What belongs to no company is in the scope of everything only.
    #[must_use]
    pub fn is_in(&self, scope: &Scope) -> bool {
        *scope == Scope::Everything || self.company.is_some_and(|company| scope.holds(company, self.owner))
    }
}

/// Which records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventSessionFilter {
    /// The client's names.
    pub sessions: Choice<String>,
    /// Came when.
    pub created: TimeRange,
    /// Changed when.
    pub updated: TimeRange,
}

impl EventSessionFilter {
    /// Whether a record is one of them.
    #[must_use]
    pub fn admits(&self, event: &EventSession) -> bool {
        self.sessions.admits(&event.session)
            && self.created.admits(event.created)
            && self.updated.admits(event.updated)
    }
}
