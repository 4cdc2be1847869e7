//! Beginning a session, and following one with another.

use oz_core::account::{Session, SessionId, User};

use super::Token;
use crate::{ApiError, ServiceState};

/// A session that was just begun, with the only copy of its tokens.
#[derive(Debug)]
pub struct OpenedSession {
    /// As stored.
    pub session: Session,
    /// Comes with every request.
    pub access: Token,
    /// Asks for a new pair.
    pub refresh: Token,
}

/// Begins a session of a user; `replaces` ends with its first use.
///
/// # Errors
/// Whatever storage fails with.
pub async fn open_session(
    state: &ServiceState,
    user: &User,
    replaces: Option<SessionId>,
) -> Result<OpenedSession, ApiError> {
    let token = || Token::generate().map_err(ApiError::internal);
    let (access, refresh) = (token()?, token()?);
    let lifetimes = &state.config().sessions;
    let lifetime = if user.service { lifetimes.long_ttl.get() } else { lifetimes.ttl.get() };
    let now = state.now();
    let session = Session {
        id: state.next_id(),
        user: user.id,
        access: access.digest(),
        refresh: refresh.digest(),
        lifetime,
        expires: now.after(lifetime),
        replaces,
        created: now,
    };
    state.store()?.accounts.open_session(&session).await?;
    Ok(OpenedSession { session, access, refresh })
}
