//! Paths and who answers on them. One file per resource; a handler parses, calls, presents.

mod analyses;
mod authorize;
mod collections;
mod companies;
mod event_sessions;
mod files;
mod folders;
mod health;
mod instant;
mod lite;
mod media;
mod metadata;
mod persons;
mod reports;
mod router;
mod settings;
mod statistics;
mod users;
mod version;

pub(crate) use router::Routes;
pub use version::API_VERSION;

/// Routes that every service has.
pub(crate) fn common() -> Routes {
    Routes::new()
        .and(authorize::tokens())
        .and(health::routes())
        .and(instant::routes())
        .and(lite::routes())
        .and(settings::routes())
        .and(version::routes())
}

/// Routes of a service that stores what it is given.
pub(crate) fn persistent() -> Routes {
    Routes::new()
        .and(analyses::routes())
        .and(authorize::routes())
        .and(collections::routes())
        .and(companies::routes())
        .and(event_sessions::routes())
        .and(files::routes())
        .and(folders::routes())
        .and(media::routes())
        .and(persons::routes())
        .and(reports::routes())
        .and(statistics::routes())
        .and(users::routes())
}
