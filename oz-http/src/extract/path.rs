//! IDs in paths. A malformed ID is answered like an unknown one: code 10.

use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use crate::ApiError;

/// The ID in a path with one.
#[derive(Debug, Clone, Copy)]
pub struct Id<A>(pub A);

/// The IDs in a path with two.
#[derive(Debug, Clone, Copy)]
pub struct Ids<A, B>(pub A, pub B);

/// The IDs in a path with three.
#[derive(Debug, Clone, Copy)]
pub struct Ids3<A, B, C>(pub A, pub B, pub C);

async fn params<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Vec<String>, ApiError> {
    let raw = RawPathParams::from_request_parts(parts, state).await.map_err(|_| ApiError::not_found())?;
    Ok(raw.iter().map(|(_, value)| value.to_owned()).collect())
}

fn read<T: FromStr>(params: &[String], at: usize) -> Result<T, ApiError> {
    params.get(at).and_then(|text| text.parse().ok()).ok_or_else(ApiError::not_found)
}

impl<S: Send + Sync, A: FromStr> FromRequestParts<S> for Id<A> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = params(parts, state).await?;
        Ok(Self(read(&params, 0)?))
    }
}

impl<S: Send + Sync, A: FromStr, B: FromStr> FromRequestParts<S> for Ids<A, B> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = params(parts, state).await?;
        Ok(Self(read(&params, 0)?, read(&params, 1)?))
    }
}

impl<S: Send + Sync, A: FromStr, B: FromStr, C: FromStr> FromRequestParts<S> for Ids3<A, B, C> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = params(parts, state).await?;
        Ok(Self(read(&params, 0)?, read(&params, 1)?, read(&params, 2)?))
    }
}
