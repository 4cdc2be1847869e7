//! Signed, expiring URLs of files.
//!
//! Invariant: a URL identifies a record and one of its files, so that deleting the record invalidates the
//! URL.

mod token;

use axum::extract::FromRequestParts;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use oz_core::collection::{CollectionId, ReferenceId, SubjectId};
use oz_core::folder::{AnalysisId, MediaId, MediaRole};
use oz_core::media::MediaType;
use oz_core::system::Timestamp;

pub(crate) use token::{LinkFault, open};

use crate::{ApiError, ServiceState};

/// Granularity of expiry times, in seconds. Responses within one minute contain the same URLs, which clients
/// can cache.
const GRAIN: i64 = 60;

/// A file that a URL refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkedFile {
    /// File of a media item.
    Media(MediaId, MediaRole),
    /// Best shot of an analysis from a media item.
    BestShot(AnalysisId, MediaId),
    /// Image of a reference.
    Reference(CollectionId, SubjectId, ReferenceId),
}

/// Builds the URLs of one response.
#[derive(Clone)]
pub(crate) struct Links {
    base: String,
    secret: [u8; 32],
    expires: Timestamp,
}

impl Links {
    /// URLs below `base`, an origin without a trailing slash, valid from now for the configured time.
    pub(crate) fn new(state: &ServiceState, base: impl Into<String>) -> Self {
        let end = state.now().after(state.config().media.url_lifetime.get()).as_secs_f64();
        // Seconds of any timestamp fit into an `i64`.
        let minutes = (end / GRAIN as f64).ceil() as i64;
        let expires = Timestamp::from_secs(minutes.saturating_mul(GRAIN));
        Self { base: base.into(), secret: state.secrets().media_urls, expires }
    }

    /// Signed URL of a file. Its extension is a hint for clients and not signed.
    pub(crate) fn url(&self, file: LinkedFile, media_type: MediaType) -> String {
        let token = token::seal(file, self.expires, &self.secret);
        format!("{}/static/{token}.{}", self.base, media_type.extension())
    }
}

/// Extracts links below the configured public URL or, without one, below the host of the request.
impl FromRequestParts<ServiceState> for Links {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> Result<Self, ApiError> {
        let configured = state.config().public_url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
        let requested = || format!("{}{}", origin(parts), state.config().path_prefix);
        Ok(Self::new(state, configured.unwrap_or_else(requested)))
    }
}

/// Origin from the `Host` header; empty, which makes URLs relative, if the header is absent or malformed.
fn origin(parts: &Parts) -> String {
    let host = parts.headers.get(HOST).and_then(|value| value.to_str().ok());
    let host = host.filter(|host| host.parse::<Authority>().is_ok_and(|host| !host.as_str().contains('@')));
    host.map(|host| format!("http://{host}")).unwrap_or_default()
}
