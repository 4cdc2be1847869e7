//! Examination of stored media, each once and in parallel.

use std::collections::HashMap;

use oz_core::Error;
use oz_core::analysis::{Examination, ExaminationRequest};
use oz_core::folder::{MediaId, StoredMedia};
use oz_core::media::MediaBytes;
use oz_core::storage::Failure;
use tokio::task::{Id, JoinSet};

use super::context::Context;
use super::request::analysis_request;

/// Examinations by media, or the reasons why they failed.
pub(super) type Examined = HashMap<MediaId, Result<Examination, Failure>>;

/// Examines media. A permanent error, or any error on the last attempt, becomes a failure of the media
/// concerned.
///
/// # Errors
/// Retryable errors, unless this is the last attempt.
pub(super) async fn examine_all(
    context: &Context,
    media: &[&StoredMedia],
    is_last_attempt: bool,
) -> Result<Examined, Error> {
    let mut tasks = JoinSet::new();
    let mut ids: HashMap<Id, MediaId> = HashMap::new();
    for media in media {
        let (context, media, id) = (context.clone(), (*media).clone(), media.id);
        let request = analysis_request(&context, &media);
        let task = tasks.spawn(async move { examine(&context, &media, &request).await });
        ids.insert(task.id(), id);
    }

    let mut examined = Examined::new();
    while let Some(joined) = tasks.join_next_with_id().await {
        let (task, outcome) = joined.unwrap_or_else(|panic| {
            (panic.id(), Err(Error::backend("examining media", true, panic.to_string())))
        });
        if let Some(id) = ids.get(&task) {
            examined.insert(*id, settled(outcome, is_last_attempt)?);
        }
    }
    Ok(examined)
}

/// Examines media, once an examination slot is free.
///
/// # Errors
/// `storage.not_found` for erased media; storage errors; errors of the examiner.
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

/// Failure of media whose content has been erased.
pub(super) fn erased() -> Failure {
    Failure { code: Failure::MEDIA_GONE.into(), message: "the content has been erased".into() }
}

fn settled(
    outcome: Result<Examination, Error>,
    is_last_attempt: bool,
) -> Result<Result<Examination, Failure>, Error> {
    match outcome {
        Ok(examination) => Ok(Ok(examination)),
        Err(error) if error.is_retryable() && !is_last_attempt => Err(error),
        // Hides the blob key of erased media, which the error names.
        Err(Error::NotFound { .. }) => Ok(Err(erased())),
        Err(error) => Ok(Err(Failure::from(&error))),
    }
}
