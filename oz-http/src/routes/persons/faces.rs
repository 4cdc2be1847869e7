//! From photos to what is enrolled: one face each, and the picture that is kept.

use oz_core::analysis::{Examination, ExaminationRequest};
use oz_core::collection::{Collection, ReferenceSample};
use oz_core::media::{MediaBytes, MediaKind};
use oz_core::storage::BlobKey;
use oz_core::{Error, Result};

use crate::upload::Received;
use crate::{ApiError, ServiceState};

/// Samples whose pictures are written, and on the erasure list until their references are stored.
pub(super) struct Staged {
    pub(super) samples: Vec<ReferenceSample>,
    keys: Vec<BlobKey>,
}

/// Finds the face on each photo, then writes the pictures.
///
/// # Errors
/// Code 4 with `analysis.no_face` or `analysis.several_faces`; whatever the examiner or storage fail with.
pub(super) async fn stage(
    state: &ServiceState,
    collection: &Collection,
    photos: Vec<Received<MediaBytes>>,
) -> std::result::Result<Staged, ApiError> {
    let ports = state.store()?;
    let deadline = state.config().work.examination_timeout.get();
    let mut faces = Vec::new();
    for photo in photos {
        let examiner = &state.engine().examiner;
        let request = ExaminationRequest::default();
        let examination = examiner.examine(photo.kept.clone(), &request, deadline).await?;
        faces.push(face(&photo, examination)?);
    }
    let key = || BlobKey { owner: collection.company, id: state.ids().next_id() };
    let keys: Vec<BlobKey> = faces.iter().map(|_| key()).collect();
    ports.erasures.stage(&keys, state.now().after(state.config().uploads.max_duration.get())).await?;
    let mut samples = Vec::new();
    for ((mut sample, picture), key) in faces.into_iter().zip(&keys) {
        ports.blobs.put(*key, &picture).await?;
        sample.image = Some(*key);
        samples.push(sample);
    }
    Ok(Staged { samples, keys })
}

/// The features of the one face, and the picture: the photo as it came, or the best shot of a recording.
fn face(
    photo: &Received<MediaBytes>,
    examination: Examination,
) -> std::result::Result<(ReferenceSample, Vec<u8>), ApiError> {
    let wrong = |why: &str, code| Err(ApiError::invalid_value(&photo.key, why).with_code(code));
    if examination.faces > 1 {
        return wrong("more than one face is on it", "analysis.several_faces");
    }
    let is_photo = examination.kind == MediaKind::Image;
    let found = examination.subject.and_then(|subject| Some((subject.features?, subject.best_shot)));
    let Some((template, best_shot)) = found else {
        return wrong("no face is on it", "analysis.no_face");
    };
    let picture = if is_photo { photo.kept.to_vec() } else { best_shot.0 };
    Ok((ReferenceSample { template, image: None }, picture))
}

impl Staged {
    /// Draws the consequence of an attempt to store the references: pictures that nothing names are due at once.
    pub(super) async fn settle<T>(
        keys: Vec<BlobKey>,
        state: &ServiceState,
        outcome: Result<T>,
    ) -> std::result::Result<T, ApiError> {
        let erasures = &state.store()?.erasures;
        match &outcome {
            // An adapter of the same database has done that already.
            Ok(_) => erasures.erased(&keys).await?,
            Err(Error::NotFound { .. } | Error::Conflict { .. } | Error::InvalidValue { .. }) => {
                erasures.stage(&keys, state.now()).await?;
                state.signals().blobs_to_erase();
            }
            // It is not known whether they were stored: the list decides.
            Err(_) => {}
        }
        Ok(outcome?)
    }

    /// What is to be enrolled, and the names of its pictures.
    pub(super) fn into_parts(self) -> (Vec<ReferenceSample>, Vec<BlobKey>) {
        (self.samples, self.keys)
    }
}
