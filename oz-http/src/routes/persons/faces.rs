//! Preparing photos for enrolment: extracting the features of one face each, and storing the image.

use oz_core::analysis::{Examination, ExaminationRequest};
use oz_core::collection::{Collection, ReferenceSample};
use oz_core::media::{MediaBytes, MediaKind};
use oz_core::storage::BlobKey;
use oz_core::{Error, Result};

use crate::upload::Received;
use crate::{ApiError, ServiceState};

/// Samples whose images are stored, and scheduled for erasure until their references are stored as well.
pub(super) struct Staged {
    pub(super) samples: Vec<ReferenceSample>,
    keys: Vec<BlobKey>,
}

/// Extracts the features of each photo, then stores the images.
///
/// # Errors
/// Code 4 with `analysis.no_face` or `analysis.several_faces`; errors of the examiner and of storage.
pub(super) async fn stage(
    state: &ServiceState,
    collection: &Collection,
    photos: Vec<Received<MediaBytes>>,
) -> std::result::Result<Staged, ApiError> {
    let ports = state.store()?;
    let deadline = state.config().work.examination_timeout.get();
    let examiner = &state.engine().examiner;
    let mut faces = Vec::new();
    for photo in photos {
        let request = ExaminationRequest::default();
        let examination = examiner.examine(photo.kept.clone(), &request, deadline).await?;
        faces.push(sample_of(&photo, examination)?);
    }

    let key = || BlobKey { owner: collection.company, id: state.ids().next_id() };
    let keys: Vec<BlobKey> = faces.iter().map(|_| key()).collect();
    ports.erasures.stage(&keys, state.now().after(state.config().uploads.max_duration.get())).await?;

    let mut samples = Vec::new();
    for ((mut sample, image), key) in faces.into_iter().zip(&keys) {
        ports.blobs.put(*key, &image).await?;
        sample.image = Some(*key);
        samples.push(sample);
    }
    Ok(Staged { samples, keys })
}

/// Template and image of the only face. The image is the photo as uploaded, or the best shot of a recording.
fn sample_of(
    photo: &Received<MediaBytes>,
    examination: Examination,
) -> std::result::Result<(ReferenceSample, Vec<u8>), ApiError> {
    let refuse = |why: &str, code| Err(ApiError::invalid_value(&photo.key, why).with_code(code));
    if examination.faces > 1 {
        return refuse("more than one face found", "analysis.several_faces");
    }

    let is_photo = examination.kind == MediaKind::Image;
    let found = examination.subject.and_then(|subject| Some((subject.features?, subject.best_shot)));
    let Some((template, best_shot)) = found else {
        return refuse("no face found", "analysis.no_face");
    };

    let image = if is_photo { photo.kept.to_vec() } else { best_shot.0 };
    Ok((ReferenceSample { template, image: None }, image))
}

impl Staged {
    /// Settles the scheduled erasure after an attempt to store the references: images without a reference
    /// become due immediately.
    pub(super) async fn settle<T>(
        keys: Vec<BlobKey>,
        state: &ServiceState,
        outcome: Result<T>,
    ) -> std::result::Result<T, ApiError> {
        let erasures = &state.store()?.erasures;
        match &outcome {
            // Redundant where references and the erasure list share a database: that adapter has done it
            // already.
            Ok(_) => erasures.erased(&keys).await?,
            Err(Error::NotFound { .. } | Error::Conflict { .. } | Error::InvalidValue { .. }) => {
                erasures.stage(&keys, state.now()).await?;
                state.signals().blobs_to_erase();
            }
            // Unknown whether the references were stored: the erasure list decides when the images are due.
            Err(_) => {}
        }
        Ok(outcome?)
    }

    /// Samples to enrol, and the keys of their images.
    pub(super) fn into_parts(self) -> (Vec<ReferenceSample>, Vec<BlobKey>) {
        (self.samples, self.keys)
    }
}
