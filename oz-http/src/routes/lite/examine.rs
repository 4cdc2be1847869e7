//! Examination of images for API Lite.

use std::time::Duration;

use axum::Json;
use oz_core::analysis::{Examination, ExaminationRequest, SubjectExamination};
use oz_core::face::FeatureVector;
use oz_core::media::{MediaBytes, MediaKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{Family, LiteError, Number};
use crate::ServiceState;

/// PNG of a single pixel, for the health check.
const PIXEL: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde\0\0\0\x0cIDAT\
    x\xdac\xf8\xcf\xc0\0\0\x03\x01\x01\0\xf7\x03AC\0\0\0\0IEND\xaeB`\x82";

/// Time limit of the health check.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(10);

/// Health of a method family.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PartHealth {
    /// Status: 0 (healthy) or 3 (unavailable).
    status: u8,
    /// Reason for the status; empty if healthy.
    message: String,
}

/// Checks the examiner with a minimal image.
pub(super) async fn health(state: &ServiceState) -> Json<PartHealth> {
    let request = ExaminationRequest::default();
    let outcome = state.engine().examiner.examine(PIXEL.into(), &request, HEALTH_TIMEOUT).await;
    Json(match outcome {
        Ok(_) => PartHealth { status: 0, message: String::new() },
        Err(error) => {
            PartHealth { status: 3, message: format!("the models do not respond ({})", error.code()) }
        }
    })
}

/// Examines an image with exactly one face.
pub(super) async fn examine(
    state: &ServiceState,
    family: Family,
    image: Vec<u8>,
) -> Result<(Examination, SubjectExamination), LiteError> {
    if image.is_empty() {
        return Err(LiteError::new(family, Number::Sample, "the sample is empty"));
    }

    let _permit = state.instant().enter().map_err(|busy| LiteError::overloaded(family, busy))?;
    let deadline = state.config().work.examination_timeout.get();
    let request = ExaminationRequest::default();
    let outcome = state.engine().examiner.examine(MediaBytes::from(image), &request, deadline).await;
    let mut examination = outcome.map_err(|error| LiteError::of(family, &error))?;

    if examination.kind != MediaKind::Image {
        return Err(LiteError::new(family, Number::Sample, "the sample is not an image"));
    }
    let Some(subject) = examination.subject.take() else {
        return Err(LiteError::new(family, Number::NoFace, "no face found in the sample"));
    };
    if examination.faces > 1 {
        return Err(LiteError::new(family, Number::ManyFaces, "more than one face found in the sample"));
    }
    Ok((examination, subject))
}

/// Extracts the feature vector of the only face in an image.
pub(super) async fn features(state: &ServiceState, image: Vec<u8>) -> Result<FeatureVector, LiteError> {
    let (_, subject) = examine(state, Family::Pattern, image).await?;
    subject.features.ok_or_else(|| {
        LiteError::new(Family::Pattern, Number::NoTemplate, "no template could be extracted from the face")
    })
}
