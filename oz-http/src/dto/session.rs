//! Sessions on the wire.

use oz_core::account::User;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Seconds, UserDto};
use crate::auth::OpenedSession;

/// Who wants to sign in.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SignInBody {
    /// Address and password.
    pub(crate) credentials: Credentials,
}

/// Address and password. Has no `Debug`: it is a secret.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Credentials {
    /// The name to sign in with.
    #[schema(example = "svc@acme.example")]
    pub(crate) email: String,
    /// The password.
    pub(crate) password: String,
}

/// The token that asks for a new pair. Has no `Debug`: it is a secret.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RefreshBody {
    /// As the last sign-in or refresh gave it.
    pub(crate) expire_token: String,
}

/// A session, with its tokens.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionDto {
    /// 128 hexadecimal digits; comes with every request.
    access_token: String,
    /// 128 hexadecimal digits; asks for a new pair.
    expire_token: String,
    /// When the session ends if it is not used.
    expire_date: Seconds,
    session_id: String,
    user: UserDto,
}

impl SessionDto {
    /// The answer to a sign-in or refresh.
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

/// A token for one capture.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionToken {
    /// A JWT (ES384).
    pub(crate) session_token: String,
}
