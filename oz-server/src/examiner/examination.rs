//! Examination of one recording on the calling thread.

use std::time::Duration;

use oz_core::analysis::{
    AnalysisOutcome, AnalysisRequest, BestShot, EncodedPicture, Examination, ExaminationRequest,
    SubjectExamination,
};
use oz_core::media::{Image, MediaBytes, MediaInfo, MediaKind, MediaType};
use oz_core::{Error, Result};
use oz_media::{encode_gif, encode_jpeg, encode_preview, shrunk};

use oz::{Media, Oz};

/// High quality, since best shots are compared later and compression artefacts must not affect the models.
const BEST_SHOT_QUALITY: u8 = 95;
const THUMBNAIL_QUALITY: u8 = 80;

/// Maximum number of images of an animation, and the time for which each is shown.
const ANIMATION_FRAMES: usize = 24;
const ANIMATION_DELAY: Duration = Duration::from_millis(120);

/// Decodes and analyses media.
///
/// # Errors
/// The codes of `media` and `inference`.
pub(super) fn examine(oz: &Oz, media: &MediaBytes, request: &ExaminationRequest) -> Result<Examination> {
    let seen = if request.preview_only { preview(oz, media)? } else { analysis(oz, media, request)? };

    let thumbnail = match (request.thumbnail_side, seen.cover()) {
        (None, _) => None,
        (Some(side), Some(cover)) => Some(thumbnail(cover, side)?),
        (Some(side), None) => Some(thumbnail(&first_frame(oz, media)?, side)?),
    };
    let animation = match request.animation_side.filter(|_| seen.info.kind == MediaKind::ShotSet) {
        Some(side) => Some(animation(oz, media, side)?),
        None => None,
    };

    let (width, height) = seen.size(oz, media)?;
    let engine = oz.engine();
    Ok(Examination {
        media_type: seen.info.media_type,
        kind: seen.info.kind,
        width,
        height,
        duration: seen.duration,
        frames: seen.frames,
        faces: seen.faces,
        thumbnail,
        animation,
        subject: seen.subject,
        engine: format!("{} {}", engine.name, engine.version),
        models: seen.models,
    })
}

/// Findings about media, before thumbnail and animation are created.
struct Seen {
    info: MediaInfo,
    frames: u64,
    duration: Duration,
    faces: u32,
    first: Option<Image>,
    best: Option<Image>,
    subject: Option<SubjectExamination>,
    models: Vec<oz_core::inference::ModelId>,
}

impl Seen {
    fn cover(&self) -> Option<&Image> {
        self.best.as_ref().or(self.first.as_ref())
    }

    fn size(&self, oz: &Oz, media: &MediaBytes) -> Result<(u32, u32)> {
        if let (Some(width), Some(height)) = (self.info.width, self.info.height) {
            return Ok((width, height));
        }
        if let Some(cover) = self.cover() {
            return Ok((cover.width(), cover.height()));
        }
        let first = first_frame(oz, media)?;
        Ok((first.width(), first.height()))
    }
}

/// Decodes the first frame only, if the headers contain the number of frames and the duration; else all
/// frames.
fn preview(oz: &Oz, media: &MediaBytes) -> Result<Seen> {
    let mut source = oz.open(Media::Bytes(media.clone())).map_err(core)?;
    let info = source.info().clone();
    let first = source.next_frame()?.ok_or(Error::MediaNoFrames)?;

    // Only videos have a duration.
    let known_duration = info.duration.or((info.kind != MediaKind::Video).then_some(Duration::ZERO));
    let (mut frames, mut duration) = (1, first.time);
    if let Some(known) = info.frames.zip(known_duration) {
        (frames, duration) = known;
    } else {
        while let Some(frame) = source.next_frame()? {
            (frames, duration) = (frames + 1, frame.time);
        }
    }

    Ok(Seen {
        info,
        frames,
        duration,
        faces: 0,
        first: Some(first.image),
        best: None,
        subject: None,
        models: Vec::new(),
    })
}

fn analysis(oz: &Oz, media: &MediaBytes, request: &ExaminationRequest) -> Result<Seen> {
    let request = AnalysisRequest { actions: request.actions.clone(), ..AnalysisRequest::default() };
    let outcome = oz.analyze(Media::Bytes(media.clone()), &request).map_err(core)?;
    let most = outcome.recording.frames.iter().map(|frame| frame.faces.len()).max().unwrap_or(0);
    let subject = outcome.best_shot.as_ref().map(|best| subject(&outcome, best, media)).transpose()?;
    Ok(Seen {
        frames: outcome.frames_decoded,
        duration: outcome.duration,
        faces: u32::try_from(most).unwrap_or(u32::MAX),
        first: None,
        best: outcome.best_shot.map(|best| best.image),
        subject,
        models: outcome.models,
        info: outcome.media,
    })
}

fn subject(outcome: &AnalysisOutcome, best: &BestShot, media: &MediaBytes) -> Result<SubjectExamination> {
    Ok(SubjectExamination {
        verdict: outcome.liveness.verdict,
        score: outcome.liveness.score,
        reasons: outcome.liveness.reasons.clone(),
        evidence: outcome.liveness.evidence.clone(),
        gestures: outcome.gestures.clone(),
        best_shot: best_shot(outcome, best, media)?,
        best_shot_time: best.time,
        quality: best.subject.quality.unified,
        features: outcome.features.clone(),
    })
}

/// Encodes the best shot as JPEG. A JPEG photo is returned unchanged, without a second lossy encoding.
fn best_shot(outcome: &AnalysisOutcome, best: &BestShot, media: &MediaBytes) -> Result<EncodedPicture> {
    let is_photo = outcome.media.kind == MediaKind::Image && outcome.media.media_type == MediaType::Jpeg;
    let bytes = if is_photo { media.to_vec() } else { encode_jpeg(&best.image, BEST_SHOT_QUALITY)? };
    Ok(EncodedPicture(bytes))
}

fn first_frame(oz: &Oz, media: &MediaBytes) -> Result<Image> {
    oz.decode(Media::Bytes(media.clone())).map_err(core)
}

fn thumbnail(image: &Image, side: u32) -> Result<EncodedPicture> {
    encode_preview(&shrunk(image, side), THUMBNAIL_QUALITY).map(EncodedPicture)
}

/// Encodes at most [`ANIMATION_FRAMES`] evenly spaced images as an animated GIF.
fn animation(oz: &Oz, media: &MediaBytes, side: u32) -> Result<EncodedPicture> {
    let mut source = oz.open(Media::Bytes(media.clone())).map_err(core)?;
    let (mut pictures, mut step, mut at) = (Vec::new(), 1, 0);
    while let Some(frame) = source.next_frame()? {
        if at % step == 0 {
            pictures.push(shrunk(&frame.image, side));
        }
        at += 1;
        if pictures.len() > ANIMATION_FRAMES {
            // Drops every second image and halves the sampling rate, as the total number is unknown.
            let mut number = 0;
            pictures.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            step *= 2;
        }
    }
    encode_gif(&pictures, ANIMATION_DELAY).map(EncodedPicture)
}

/// Converts an error of the facade. With media in memory, only errors of the core are expected.
pub(super) fn core(error: oz::Error) -> Error {
    match error {
        oz::Error::Core(error) => error,
        other => Error::backend("examining media", false, other),
    }
}
