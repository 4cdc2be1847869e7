//! Small pictures of media, and facts about them.

use oz_core::Error;
use oz_core::account::Scope;
use oz_core::analysis::{EncodedPicture, Examination, ExaminationRequest};
use oz_core::folder::{MediaId, Preview, StoredMedia};
use oz_core::media::MediaKind;
use oz_core::storage::{BlobKey, LeasedJob};

use super::context::Context;
use super::media::examine;
use super::setback::{Next, Setback};

/// Makes the preview of the media that a job names.
pub(super) async fn make(context: &Context, leased: &LeasedJob) -> Result<(), Setback> {
    let id = std::str::from_utf8(&leased.job.payload).ok().and_then(|text| text.parse::<MediaId>().ok());
    let id = id.ok_or_else(|| Setback::new("input.invalid_value", "the job names no media", Next::GiveUp))?;
    let media = match context.ports.folders.media(&Scope::Everything, id).await {
        Err(Error::NotFound { .. }) => return Ok(context.discard(&leased.lease).await?),
        media => media?,
    };
    let made = match examine(context, &media, &request(context, &media)).await {
        Err(error) if error.is_retryable() => return Err(error.into()),
        // Nothing can be shown of it; the analyses say why.
        Err(_) => Made::default(),
        Ok(mut examination) => Made::of(context, &media, &mut examination),
    };
    store(context, leased, id, made).await
}

fn request(context: &Context, media: &StoredMedia) -> ExaminationRequest {
    ExaminationRequest { preview_only: true, ..pictures(context, media) }
}

/// Asks for the pictures of a preview.
pub(super) fn pictures(context: &Context, media: &StoredMedia) -> ExaminationRequest {
    let config = &context.state.config().media;
    ExaminationRequest {
        thumbnail_side: Some(config.thumbnail_side),
        animation_side: (media.kind == MediaKind::ShotSet).then_some(config.animation_side),
        ..ExaminationRequest::default()
    }
}

/// A preview and the pictures that it names.
#[derive(Default)]
pub(super) struct Made {
    pub(super) preview: Preview,
    pub(super) pictures: Vec<(BlobKey, Vec<u8>)>,
}

impl Made {
    /// Takes the pictures out of an examination.
    pub(super) fn of(context: &Context, media: &StoredMedia, examination: &mut Examination) -> Self {
        let mut pictures = Vec::new();
        let mut keep = |picture: Option<EncodedPicture>| {
            let key = context.blob_key(media.company);
            picture.map(|picture| {
                pictures.push((key, picture.0));
                key
            })
        };
        let (thumbnail, animation) = (keep(examination.thumbnail.take()), keep(examination.animation.take()));
        let is_still = media.kind == MediaKind::Image;
        let preview = Preview {
            thumbnail,
            animation,
            width: Some(examination.width),
            height: Some(examination.height),
            duration_ms: (!is_still)
                .then(|| u64::try_from(examination.duration.as_millis()).unwrap_or(u64::MAX)),
            frames: Some(examination.frames),
        };
        Self { preview, pictures }
    }
}

async fn store(context: &Context, leased: &LeasedJob, id: MediaId, made: Made) -> Result<(), Setback> {
    if let Err(error) = commit(context, leased, id, &made).await {
        let keys: Vec<BlobKey> = made.pictures.iter().map(|(key, _)| *key).collect();
        context.give_up(&keys).await;
        return Err(error.into());
    }
    Ok(())
}

async fn commit(context: &Context, leased: &LeasedJob, id: MediaId, made: &Made) -> Result<(), Error> {
    let blobs: Vec<_> = made.pictures.iter().map(|(key, bytes)| (*key, bytes.as_slice())).collect();
    context.write(&blobs).await?;
    context.ports.folders.complete_preview(&leased.lease, id, &made.preview, context.now()).await
}
