//! Examination requests of jobs.

use oz_core::analysis::ExaminationRequest;
use oz_core::folder::{Preview, StoredMedia};
use oz_core::media::MediaKind;

use super::context::Context;
use crate::cases::requested_gestures;

/// Request of an analysis. Includes the preview pictures if the media has no preview yet.
pub(super) fn analysis_request(context: &Context, media: &StoredMedia) -> ExaminationRequest {
    let pictures =
        if has_preview(media) { ExaminationRequest::default() } else { picture_request(context, media) };
    ExaminationRequest { actions: requested_gestures(&media.tags), ..pictures }
}

/// Request of a preview job.
pub(super) fn preview_request(context: &Context, media: &StoredMedia) -> ExaminationRequest {
    ExaminationRequest { preview_only: true, ..picture_request(context, media) }
}

/// Whether the media has been examined before.
pub(super) fn has_preview(media: &StoredMedia) -> bool {
    media.preview != Preview::default()
}

/// Thumbnail, and an animation for shot sets.
fn picture_request(context: &Context, media: &StoredMedia) -> ExaminationRequest {
    let config = &context.state.config().media;
    ExaminationRequest {
        thumbnail_side: Some(config.thumbnail_side),
        animation_side: (media.kind == MediaKind::ShotSet).then_some(config.animation_side),
        ..ExaminationRequest::default()
    }
}
