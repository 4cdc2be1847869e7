//! Request handlers, one module per resource. A handler parses the request, calls the domain and builds the
//! response.

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

/// Routes of every service.
pub(crate) fn common() -> Routes {
    Routes::new()
        .and(authorize::tokens())
        .and(health::routes())
        .and(instant::routes())
        .and(lite::routes())
        .and(settings::routes())
        .and(version::routes())
}

/// Routes that need storage.
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
