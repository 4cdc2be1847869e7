//! From a picture to what API Lite tells of it.

use std::time::Duration;

use axum::Json;
use oz_core::analysis::{Examination, ExaminationRequest, SubjectExamination};
use oz_core::face::FeatureVector;
use oz_core::media::{MediaBytes, MediaKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::{Family, LiteError, Number};
use crate::ServiceState;

/// A picture of one pixel, to see whether there is an answer.
const PIXEL: &[u8] =
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde\0\0\0\x0cIDAT\
    x\xdac\xf8\xcf\xc0\0\0\x03\x01\x01\0\xf7\x03AC\0\0\0\0IEND\xaeB`\x82";

/// How long the examiner may take for it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether a part of the service works.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PartHealth {
    /// 0: it works; 3: it does not.
    status: u8,
    /// Why not.
    message: String,
}

/// Asks the examiner for something small.
pub(super) async fn health(state: &ServiceState) -> Json<PartHealth> {
    let asked = state.engine().examiner.examine(PIXEL.into(), &ExaminationRequest::default(), PATIENCE).await;
    Json(match asked {
        Ok(_) => PartHealth { status: 0, message: String::new() },
        Err(error) => {
            PartHealth { status: 3, message: format!("the models do not answer ({})", error.code()) }
        }
    })
}

/// Examines a picture of one person.
pub(super) async fn examine(
    state: &ServiceState,
    family: Family,
    picture: Vec<u8>,
) -> Result<(Examination, SubjectExamination), LiteError> {
    if picture.is_empty() {
        return Err(LiteError::new(family, Number::Sample, "the sample is empty"));
    }
    let _turn = state.instant().enter().map_err(|busy| LiteError::sent_away(family, busy))?;
    let deadline = state.config().work.examination_timeout.get();
    let request = ExaminationRequest::default();
    let examined = state.engine().examiner.examine(MediaBytes::from(picture), &request, deadline).await;
    let mut examination = examined.map_err(|error| LiteError::of(family, &error))?;
    if examination.kind != MediaKind::Image {
        return Err(LiteError::new(family, Number::Sample, "the sample is no picture"));
    }
    let Some(subject) = examination.subject.take() else {
        return Err(LiteError::new(family, Number::NoFace, "there is no face on the sample"));
    };
    if examination.faces > 1 {
        return Err(LiteError::new(family, Number::ManyFaces, "there is more than one face on the sample"));
    }
    Ok((examination, subject))
}

/// The features of the one person on a picture.
pub(super) async fn features(state: &ServiceState, picture: Vec<u8>) -> Result<FeatureVector, LiteError> {
    let (_, subject) = examine(state, Family::Pattern, picture).await?;
    let none = || LiteError::new(Family::Pattern, Number::NoTemplate, "no template can be made of the face");
    subject.features.ok_or_else(none)
}
