//! Preview jobs: thumbnail, animation, dimensions and length of media.

use oz_core::Error;
use oz_core::account::Scope;
use oz_core::analysis::{EncodedPicture, Examination};
use oz_core::folder::{MediaId, Preview, StoredMedia};
use oz_core::media::MediaKind;
use oz_core::storage::{BlobKey, LeasedJob};

use super::context::Context;
use super::media::examine;
use super::request::preview_request;
use super::setback::Setback;
use super::target::target;

/// Makes the preview of the media that the job names. Media that cannot be examined get an empty preview.
///
/// # Errors
/// Retryable errors of the examination; errors of storing the preview.
pub(super) async fn run(context: &Context, leased: &LeasedJob) -> Result<(), Setback> {
    let id: MediaId = target(&leased.job, "media")?;
    let media = match context.ports.folders.media(&Scope::Everything, id).await {
        Err(Error::NotFound { .. }) => return Ok(context.discard(&leased.lease).await?),
        media => media?,
    };

    let made = match examine(context, &media, &preview_request(context, &media)).await {
        Err(error) if error.is_retryable() => return Err(error.into()),
        // The error itself is reported by the analyses of the media.
        Err(_) => MadePreview::default(),
        Ok(mut examination) => MadePreview::take(context, &media, &mut examination),
    };
    store(context, leased, id, made).await
}

/// Preview with the pictures that it references.
#[derive(Default)]
pub(super) struct MadePreview {
    pub(super) preview: Preview,
    pub(super) pictures: Vec<(BlobKey, Vec<u8>)>,
}

impl MadePreview {
    /// Takes the preview pictures out of an examination.
    pub(super) fn take(context: &Context, media: &StoredMedia, examination: &mut Examination) -> Self {
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
        let duration_ms = u64::try_from(examination.duration.as_millis()).unwrap_or(u64::MAX);
        let preview = Preview {
            thumbnail,
            animation,
            width: Some(examination.width),
            height: Some(examination.height),
            duration_ms: (!is_still).then_some(duration_ms),
            frames: Some(examination.frames),
        };
        Self { preview, pictures }
    }
}

/// Stores the preview. On failure the written pictures are erased.
async fn store(context: &Context, leased: &LeasedJob, id: MediaId, made: MadePreview) -> Result<(), Setback> {
    if let Err(error) = commit(context, leased, id, &made).await {
        let keys: Vec<BlobKey> = made.pictures.iter().map(|(key, _)| *key).collect();
        context.give_up(&keys).await;
        return Err(error.into());
    }
    Ok(())
}

async fn commit(context: &Context, leased: &LeasedJob, id: MediaId, made: &MadePreview) -> Result<(), Error> {
    let blobs: Vec<_> = made.pictures.iter().map(|(key, bytes)| (*key, bytes.as_slice())).collect();
    context.write(&blobs).await?;
    context.ports.folders.complete_preview(&leased.lease, id, &made.preview, context.now()).await
}
