//! The seam to whoever keeps companies, users and sessions.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{Company, CompanyFilter, Scope, Session, SessionId, TokenDigest, User, UserFilter, UserId};
use crate::Result;
use crate::listing::Slice;
use crate::system::{CompanyId, Timestamp};

/// Stores companies, users and their sessions.
///
/// - One method is one transaction.
/// - What lies outside a scope is `storage.not_found`, as if it were not there.
/// - Deleting what is absent succeeds.
#[async_trait]
pub trait AccountRepository: Debug + Send + Sync {
    /// Stores a new company.
    ///
    /// # Errors
    /// `storage.conflict` when the id or the name (whatever the case) is taken; `storage.backend`.
    async fn create_company(&self, company: &Company) -> Result<()>;

    /// A company.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn company(&self, scope: &Scope, id: CompanyId) -> Result<Company>;

    /// Companies of a scope: of a company or owner only theirs.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn companies(&self, scope: &Scope, filter: &CompanyFilter, slice: &Slice) -> Result<Vec<Company>>;

    /// How many companies there would be in a list without a slice.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn count_companies(&self, scope: &Scope, filter: &CompanyFilter) -> Result<u64>;

    /// Writes name and metadata of a company that is there.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.conflict` when the name is taken; `storage.backend`.
    async fn update_company(&self, company: &Company) -> Result<()>;

    /// Deletes a company with its users and their sessions. Its folders and collections have to be gone.
    ///
    /// # Errors
    /// `storage.conflict` while folders or collections are left, where the adapter can see them; `storage.backend`.
    async fn delete_company(&self, id: CompanyId) -> Result<()>;

    /// Stores a new user.
    ///
    /// # Errors
    /// `storage.not_found` when the company is absent; `storage.conflict` when id or address is taken; `storage.backend`.
    async fn create_user(&self, user: &User) -> Result<()>;

    /// A user.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn user(&self, scope: &Scope, id: UserId) -> Result<User>;

    /// The user who signs in with this address (in lower case).
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn user_by_email(&self, email: &str) -> Result<User>;

    /// Users of a scope: of an owner only itself, of a company its own.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn users(&self, scope: &Scope, filter: &UserFilter, slice: &Slice) -> Result<Vec<User>>;

    /// How many users there would be in a list without a slice.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn count_users(&self, scope: &Scope, filter: &UserFilter) -> Result<u64>;

    /// Writes a user that is there; company and time of creation stay. A user that is not active any more, or whose
    /// password changed, loses its sessions.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.conflict` when the address is taken; `storage.backend`.
    async fn update_user(&self, user: &User) -> Result<()>;

    /// Deletes a user and its sessions. What it owns stays, under its id.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn delete_user(&self, id: UserId) -> Result<()>;

    /// How many users of a role are active.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn active_users(&self, role: super::Role) -> Result<u64>;

    /// Stores a new session.
    ///
    /// # Errors
    /// `storage.not_found` when the user, or the session it replaces, is absent; `storage.conflict`; `storage.backend`.
    async fn open_session(&self, session: &Session) -> Result<()>;

    /// The session of an access token, whether it still holds or not.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn session(&self, access: &TokenDigest) -> Result<Session>;

    /// The session whose new pair of tokens is asked for with this token, whether it still holds or not.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn session_by_refresh(&self, refresh: &TokenDigest) -> Result<Session>;

    /// Writes down the use of a session at `now`: its end moves to a lifetime after `now`, never back, and the session that
    /// it replaces ends.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn touch_session(&self, id: SessionId, now: Timestamp) -> Result<Session>;

    /// Ends a session.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn end_session(&self, id: SessionId) -> Result<()>;

    /// Forgets sessions that hold no more. Says how many.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn purge_sessions(&self, now: Timestamp) -> Result<u64>;
}
