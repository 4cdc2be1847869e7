//! Identification of callers by the access token of a session.

use async_trait::async_trait;
use axum::http::HeaderMap;
use oz_core::Error;
use oz_core::account::Scope;

use super::Token;
use super::port::Authenticator;
use crate::extract::Caller;
use crate::{ApiError, ServiceState};

/// Headers that carry the access token; the second is a common misspelling.
const HEADERS: [&str; 2] = ["x-forensic-access-token", "x-forensics-access-token"];

/// Access tokens from `/api/authorize/auth`. Identifying a caller counts as a use of the session.
#[derive(Debug, Clone, Copy, Default)]
pub struct SessionTokens;

#[async_trait]
impl Authenticator for SessionTokens {
    async fn authenticate(&self, headers: &HeaderMap, state: &ServiceState) -> Result<Caller, ApiError> {
        let token = token(headers).ok_or_else(ApiError::auth_not_provided)?;
        let accounts = &state.store()?.accounts;
        let unknown = |error| match error {
            Error::NotFound { .. } => ApiError::auth_invalid("Session not found"),
            error => error.into(),
        };

        let mut session = accounts.session(&token.digest()).await.map_err(unknown)?;
        let now = state.now();
        if !session.is_active(now) {
            return Err(ApiError::auth_expired());
        }
        let user = accounts.user(&Scope::Everything, session.user).await.map_err(unknown)?;
        if !user.active {
            return Err(ApiError::auth_invalid("Session not found"));
        }

        let slides = state.config().sessions.sliding && session.wants_touch(now);
        if slides || session.replaces.is_some() {
            session = accounts.touch_session(session.id, now).await.map_err(unknown)?;
        }
        Ok(Caller { user, session: Some(session) })
    }
}

fn token(headers: &HeaderMap) -> Option<Token> {
    let text = HEADERS.iter().find_map(|name| headers.get(*name))?.to_str().ok()?;
    (!text.trim().is_empty()).then(|| Token::sent(text))
}
