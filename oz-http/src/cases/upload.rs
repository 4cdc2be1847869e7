//! Reads an upload request into staged blobs.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use oz_core::account::Scope;
use oz_core::storage::BlobKey;
use oz_core::system::CompanyId;

use crate::auth::CaptureRefusal;
use crate::extract::Caller;
use crate::upload::{BlobSink, Encoding, Payload, StagedBlobs, Upload, UploadLimits, receive};
use crate::{ApiError, ErrorNumber, ServiceState};

/// Time from the longest permitted upload to the erasure of its staged blobs, for storing the records.
const GRACE: Duration = Duration::from_secs(600);

/// Reads a request into blobs of `company`, staged for erasure until a record references them. On failure no
/// blob remains.
///
/// # Errors
/// Invalid or oversized requests; 408 for a request that takes too long; storage errors.
pub(crate) async fn upload(
    state: &ServiceState,
    caller: &Caller,
    company: CompanyId,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Upload<BlobKey>, StagedBlobs), ApiError> {
    let ports = state.store()?;
    let encoding = Encoding::of(headers)?;
    let is_container = encoding == Encoding::Container;
    let limits = UploadLimits::from(&state.config().uploads);

    let longest = state.config().uploads.max_duration.get();
    let due = state.now().after(longest).after(GRACE);
    let (sink, staged) =
        BlobSink::new(company, due, ports.ids.clone(), ports.blobs.clone(), ports.erasures.clone());
    let reading = async {
        let upload = receive(encoding, body, sink, state.engine().decoder.as_ref(), &limits).await?;
        if is_container {
            ensure_capture_token(state, caller, company, &upload.payload).await?;
        }
        Ok(upload)
    };
    let outcome = tokio::time::timeout(longest, reading).await.unwrap_or_else(|_| Err(too_slow()));

    if outcome.is_err() {
        staged.erase().await;
    }
    outcome.map(|upload| (upload, staged))
}

fn too_slow() -> ApiError {
    let status = axum::http::StatusCode::REQUEST_TIMEOUT;
    ApiError::new(status, ErrorNumber::InvalidStructure, "the upload took too long")
}

/// Ensures that the capture token was issued to the caller or to another user of the company.
async fn ensure_capture_token(
    state: &ServiceState,
    caller: &Caller,
    company: CompanyId,
    payload: &Payload,
) -> Result<(), ApiError> {
    let issued_to = redeem_capture_token(state, payload)?;
    let Some(user) = issued_to.filter(|user| *user != caller.user.id) else { return Ok(()) };
    let known = state.store()?.accounts.user(&Scope::Company(company), user).await;
    known.map(drop).map_err(|_| ApiError::bad_container("the session token belongs to another company"))
}

/// Redeems the capture token of a container. Returns the user to whom it was issued.
///
/// # Errors
/// Code 14 for a missing, invalid, used or expired token.
pub(crate) fn redeem_capture_token(
    state: &ServiceState,
    payload: &Payload,
) -> Result<Option<oz_core::account::UserId>, ApiError> {
    let token = payload.session_token.as_deref().unwrap_or_default().trim();
    if token.is_empty() {
        return Err(ApiError::bad_container("the session token is missing"));
    }
    let claims = state.capture_tokens().redeem(token, state.now()).map_err(|refusal| match refusal {
        CaptureRefusal::Expired => ApiError::bad_container("the session token has expired"),
        CaptureRefusal::Used => ApiError::bad_container("the session token has already been used"),
        CaptureRefusal::Invalid => ApiError::bad_container("the session token is invalid"),
    })?;
    Ok(claims.sub)
}
