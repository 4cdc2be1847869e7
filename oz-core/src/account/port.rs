//! Storage port for companies, users and sessions.

use std::fmt::Debug;

use async_trait::async_trait;

use super::{Company, CompanyFilter, Scope, Session, SessionId, TokenDigest, User, UserFilter, UserId};
use crate::Result;
use crate::listing::Slice;
use crate::system::{CompanyId, Timestamp};

/// Stores companies, users and their sessions.
///
/// - Each method is one transaction.
/// - A record outside the scope is `storage.not_found`, as if it did not exist.
/// - Deleting an absent record succeeds.
#[async_trait]
pub trait AccountRepository: Debug + Send + Sync {
    /// Stores a new company.
    ///
    /// # Errors
    /// `storage.conflict` when the ID or the name (ignoring case) is taken; `storage.backend`.
    async fn create_company(&self, company: &Company) -> Result<()>;

    /// Loads a company.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn company(&self, scope: &Scope, id: CompanyId) -> Result<Company>;

    /// Lists the companies in a scope. A scope of one company or owner contains only that company.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn companies(&self, scope: &Scope, filter: &CompanyFilter, slice: &Slice) -> Result<Vec<Company>>;

    /// Counts the companies that match, ignoring any slice.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn count_companies(&self, scope: &Scope, filter: &CompanyFilter) -> Result<u64>;

    /// Updates the name and metadata of a company.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.conflict` when the name is taken; `storage.backend`.
    async fn update_company(&self, company: &Company) -> Result<()>;

    /// Deletes a company with its users and their sessions. Its folders and collections must be deleted
    /// first.
    ///
    /// # Errors
    /// `storage.conflict` while folders or collections remain, if the adapter can see them;
    /// `storage.backend`.
    async fn delete_company(&self, id: CompanyId) -> Result<()>;

    /// Stores a new user.
    ///
    /// # Errors
    /// `storage.not_found` when the company is absent; `storage.conflict` when the ID or the e-mail address
    /// is taken; `storage.backend`.
    async fn create_user(&self, user: &User) -> Result<()>;

    /// Loads a user.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn user(&self, scope: &Scope, id: UserId) -> Result<User>;

    /// Loads the user with this e-mail address, which must be lowercase.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn user_by_email(&self, email: &str) -> Result<User>;

    /// Lists the users in a scope. An owner's scope contains only the owner.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn users(&self, scope: &Scope, filter: &UserFilter, slice: &Slice) -> Result<Vec<User>>;

    /// Counts the users that match, ignoring any slice.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn count_users(&self, scope: &Scope, filter: &UserFilter) -> Result<u64>;

    /// Updates a user, except for the company and creation time. Ends all sessions of the user if it was
    /// deactivated or its password changed.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.conflict` when the e-mail address is taken; `storage.backend`.
    async fn update_user(&self, user: &User) -> Result<()>;

    /// Deletes a user with its sessions. Records owned by the user remain and keep its ID as owner.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn delete_user(&self, id: UserId) -> Result<()>;

    /// Counts the active users with a role.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn active_users(&self, role: super::Role) -> Result<u64>;

    /// Stores a new session.
    ///
    /// # Errors
    /// `storage.not_found` when the user or the replaced session is absent; `storage.conflict`;
    /// `storage.backend`.
    async fn open_session(&self, session: &Session) -> Result<()>;

    /// Loads the session of an access token, even if it has expired.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn session(&self, access: &TokenDigest) -> Result<Session>;

    /// Loads the session of a refresh token, even if it has expired.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn session_by_refresh(&self, refresh: &TokenDigest) -> Result<Session>;

    /// Records the use of a session at `now`, as [`Session::touch`], and ends the session that it replaces.
    ///
    /// # Errors
    /// `storage.not_found`; `storage.backend`.
    async fn touch_session(&self, id: SessionId, now: Timestamp) -> Result<Session>;

    /// Ends a session.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn end_session(&self, id: SessionId) -> Result<()>;

    /// Deletes expired sessions and returns their number.
    ///
    /// # Errors
    /// `storage.backend`.
    async fn purge_sessions(&self, now: Timestamp) -> Result<u64>;
}
