//! Who uses the service: companies, users, sessions, and what each role may do.
//!
//! Invariant: whatever a repository reads or changes for somebody is bounded by a [`Scope`], which comes from the one
//! permission table in `permission.rs`. What lies outside a scope does not exist for its holder.

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
