//! Wire form of sessions and credentials.

use oz_core::account::User;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Seconds, UserDto};
use crate::auth::OpenedSession;

// Types with passwords or tokens have no `Debug`, so that they cannot reach a log.

/// A sign-in request.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SignInBody {
    /// Credentials of the user.
    pub(crate) credentials: Credentials,
}

/// E-mail address and password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Credentials {
    /// E-mail address of the user, case-insensitive.
    #[schema(example = "svc@acme.example")]
    pub(crate) email: String,
    /// Password of the user.
    pub(crate) password: String,
}

/// A request to renew a session.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RefreshBody {
    /// `expire_token` from the latest sign-in or refresh.
    pub(crate) expire_token: String,
}

/// A session with its tokens.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionDto {
    /// Token for the header `X-Forensic-Access-Token` of further requests, 128 hexadecimal digits.
    access_token: String,
    /// Token for `/api/authorize/refresh`, 128 hexadecimal digits.
    expire_token: String,
    /// Expiry time of the session if it is not used.
    expire_date: Seconds,
    /// ID of the session (UUID).
    session_id: String,
    /// The signed-in user.
    user: UserDto,
}

impl SessionDto {
    /// Converts a newly opened session of `user`.
    pub(crate) fn new(opened: &OpenedSession, user: User) -> Self {
        Self {
            access_token: opened.access.reveal().into(),
            expire_token: opened.refresh.reveal().into(),
            expire_date: opened.session.expires.into(),
            session_id: opened.session.id.to_string(),
            user: user.into(),
        }
    }
}

/// A capture token.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionToken {
    /// Signed JWT (ES384), valid for one upload and 5 minutes by default.
    pub(crate) session_token: String,
}
