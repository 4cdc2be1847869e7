//! Wire types: request and response bodies, one file per resource, converted from and to domain types.
//!
//! Invariants: times are UNIX seconds with a fraction; absent values are `null` and never omitted; IDs are
//! strings.

pub(crate) mod analysis;
pub(crate) mod analysis_result;
pub(crate) mod analysis_view;
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
