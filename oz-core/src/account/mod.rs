//! Companies, users, sessions and role-based permissions.
//!
//! Invariant: every repository access on behalf of a user is bounded by a [`Scope`] derived from the
//! permission table in `permission.rs`. Records outside the scope are reported as not found.

mod company;
mod permission;
pub mod port;
mod role;
mod scope;
mod session;
mod user;

pub use company::{Company, CompanyFilter};
pub use permission::{Action, Extent, Resource, extent};
pub use role::Role;
pub use scope::Scope;
pub use session::{Session, SessionId, TokenDigest};
pub use user::{AnalysisRights, PasswordHash, PersonName, User, UserFilter, UserId};
