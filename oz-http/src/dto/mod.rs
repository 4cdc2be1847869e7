//! What goes over the wire. One file per resource, each made of what the domain has.
//!
//! Invariants: times are UNIX seconds with a fraction; what is not there is `null`, not left out; ids are texts.

pub(crate) mod analysis;
pub(crate) mod analysis_result;
mod collection;
mod company;
mod event_session;
pub(crate) mod folder;
mod list;
pub(crate) mod media;
pub(crate) mod params;
mod seconds;
mod session;
pub(crate) mod statistics;
mod text;
pub(crate) mod upload;
mod user;
pub(crate) mod words;

pub(crate) use collection::{CollectionBody, CollectionDto, PersonDto, PersonForm, PersonImageDto};
pub(crate) use company::{CompanyBody, CompanyDto};
pub(crate) use event_session::EventSessionDto;
pub(crate) use list::{List, ListParams};
pub(crate) use seconds::Seconds;
pub(crate) use session::{Credentials, RefreshBody, SessionDto, SessionToken, SignInBody};
pub(crate) use text::plain_text;
pub(crate) use user::{PasswordBody, UserBody, UserDto, role_of, roles_named};
