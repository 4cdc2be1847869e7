//! Examining stored media, each once, side by side.

use std::collections::HashMap;

use oz_core::Error;
use oz_core::analysis::{Examination, ExaminationRequest};
use oz_core::folder::{MediaId, Preview, StoredMedia};
use oz_core::media::MediaBytes;
use oz_core::storage::Failure;
use tokio::task::{Id, JoinError, JoinSet};

use super::context::Context;
use super::preview::pictures;
use crate::cases::asked_gestures;

/// What became of each of some media.
pub(super) type Examined = HashMap<MediaId, Result<Examination, Failure>>;

/// Examines media. What fails for good, or on the last attempt, is a failure of that one only.
///
/// # Errors
/// What may pass, unless this is the last attempt.
pub(super) async fn examine_all(
    context: &Context,
    media: &[&StoredMedia],
    is_last: bool,
) -> Result<Examined, Error> {
    let mut tasks = JoinSet::new();
    let mut names: HashMap<Id, MediaId> = HashMap::new();
    for one in media {
        let (context, one, id) = (context.clone(), (*one).clone(), one.id);
        // Whoever looks at media anyway makes the preview as well.
        let shown = if is_unseen(&one) { pictures(&context, &one) } else { ExaminationRequest::default() };
        let request = ExaminationRequest { actions: asked_gestures(&one.tags), ..shown };
        names.insert(tasks.spawn(async move { examine(&context, &one, &request).await }).id(), id);
    }
    let mut examined = Examined::new();
    while let Some(joined) = tasks.join_next_with_id().await {
        let (task, outcome) = joined.unwrap_or_else(|panic| (panic.id(), Err(abnormal(&panic))));
        if let Some(id) = names.get(&task) {
            examined.insert(*id, kept(outcome, is_last)?);
        }
    }
    Ok(examined)
}

/// Whether nobody has looked at media yet.
pub(super) fn is_unseen(media: &StoredMedia) -> bool {
    media.preview == Preview::default()
}

/// Examines one of the media, as soon as there is room.
///
/// # Errors
/// `storage.not_found` when its bytes are gone; whatever the examiner fails with.
pub(super) async fn examine(
    context: &Context,
    media: &StoredMedia,
    request: &ExaminationRequest,
) -> Result<Examination, Error> {
    let _slot = context.slots.acquire().await.map_err(|closed| Error::backend("waiting", true, closed))?;
    let key = media.blob.ok_or_else(|| media.id.not_found())?;
    let bytes: MediaBytes = context.ports.blobs.read(key).await?.into();
    let deadline = context.state.config().work.examination_timeout.get();
    context.state.engine().examiner.examine(bytes, request, deadline).await
}

fn kept(outcome: Result<Examination, Error>, is_last: bool) -> Result<Result<Examination, Failure>, Error> {
    match outcome {
        Ok(examination) => Ok(Ok(examination)),
        Err(error) if error.is_retryable() && !is_last => Err(error),
        Err(error) => Ok(Err(failure(&error))),
    }
}

/// Of media whose bytes are gone nobody has to know where they were.
fn failure(error: &Error) -> Failure {
    match error {
        Error::NotFound { .. } => gone(),
        error => Failure::from(error),
    }
}

/// Why media that were erased cannot be examined.
pub(super) fn gone() -> Failure {
    Failure { code: Failure::MEDIA_GONE.into(), message: "its bytes were erased".into() }
}

fn abnormal(panic: &JoinError) -> Error {
    Error::backend("examining media", true, panic.to_string())
}
