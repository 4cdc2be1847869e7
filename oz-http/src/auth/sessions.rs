//! Opening and renewing sessions.

use oz_core::account::{Session, SessionId, User};

use super::Token;
use crate::{ApiError, ServiceState};

/// New session with the only copy of its tokens; storage keeps their digests.
#[derive(Debug)]
pub struct OpenedSession {
    /// Session record.
    pub session: Session,
    /// Token sent with every request.
    pub access: Token,
    /// Token that renews the session.
    pub refresh: Token,
}

/// Opens a session for `user`. The session `replaces` ends when the new one is first used.
///
/// # Errors
/// Storage errors; code 10 for a stateless service.
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
