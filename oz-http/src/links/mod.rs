//! URLs of files in answers: signed, and good for a while.
//!
//! Invariant: a URL names a record and one of its files, so that the file is gone for everybody with the record.

mod token;

use axum::extract::FromRequestParts;
use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::Authority;
use oz_core::collection::{CollectionId, ReferenceId, SubjectId};
use oz_core::folder::{AnalysisId, MediaId, MediaRole};
use oz_core::system::Timestamp;

pub(crate) use token::{LinkFault, open};

use crate::{ApiError, ServiceState};

/// Ends of URLs lie on full minutes: answers within one minute give the same ones, which caches can keep.
const GRAIN: i64 = 60;

/// A file that answers point to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkedFile {
    /// Of one of the media.
    Media(MediaId, MediaRole),
    /// The best picture of the subject that an analysis found in one of the media.
    BestShot(AnalysisId, MediaId),
    /// The picture of a reference.
    Reference(CollectionId, SubjectId, ReferenceId),
}

/// Makes the URLs of one answer.
#[derive(Clone)]
pub(crate) struct Links {
    base: String,
    secret: [u8; 32],
    expires: Timestamp,
}

impl Links {
    /// URLs below `base`, an origin without a slash at its end, that are good for the configured time from `now` on.
    pub(crate) fn new(state: &ServiceState, base: impl Into<String>) -> Self {
        let end = state.now().after(state.config().media.url_lifetime.get()).as_secs_f64();
        // Seconds of any date fit.
        let minutes = (end / GRAIN as f64).ceil() as i64;
        let expires = Timestamp::from_secs(minutes.saturating_mul(GRAIN));
        Self { base: base.into(), secret: state.secrets().media_urls, expires }
    }

    /// The URL of a file; `extension` tells clients what to expect.
    pub(crate) fn url(&self, file: LinkedFile, extension: &str) -> String {
        let token = token::seal(file, self.expires, &self.secret);
        format!("{}/static/{token}.{extension}", self.base)
    }
}

/// URLs below the configured address of the service, or below the host that the client asked for.
impl FromRequestParts<ServiceState> for Links {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> Result<Self, ApiError> {
        let configured = state.config().public_url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
        Ok(Self::new(state, configured.unwrap_or_else(|| origin(parts))))
    }
}

/// Nothing, which makes URLs relative, when the client names no host.
fn origin(parts: &Parts) -> String {
    let host = parts.headers.get(HOST).and_then(|value| value.to_str().ok());
    let host = host.filter(|host| host.parse::<Authority>().is_ok_and(|host| !host.as_str().contains('@')));
    host.map(|host| format!("http://{host}")).unwrap_or_default()
}
