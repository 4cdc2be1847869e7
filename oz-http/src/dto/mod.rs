//! What goes over the wire. One file per resource, each made `From` what the domain has.
//!
//! Invariants: times are UNIX seconds with a fraction; what is not there is `null`, not left out; ids are texts.

mod company;
mod event_session;
mod list;
mod seconds;
mod session;
mod text;
mod user;

pub(crate) use company::{CompanyBody, CompanyDto};
pub(crate) use event_session::EventSessionDto;
pub(crate) use list::{List, ListParams};
pub(crate) use seconds::Seconds;
pub(crate) use session::{Credentials, RefreshBody, SessionDto, SessionToken, SignInBody};
pub(crate) use text::plain_text;
pub(crate) use user::{PasswordBody, UserBody, UserDto, role_of, roles_named};
