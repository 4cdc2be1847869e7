//! Scripted examiner: its results are written as words in the media.
//!
//! Media consist of the magic bytes of their format and words: `face=ada` (feature vector of that name),
//! `faces=2`, `attack`, `inconclusive`, `quality=40`, `width=320`, `smile`, `corrupt`, `broken` (retryable
//! error), `panic`, `hang` (never returns), `hang-once` (never returns the first time).

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use oz_core::analysis::port::MediaExaminer;
use oz_core::analysis::{EncodedPicture, Examination, ExaminationRequest, SubjectExamination};
use oz_core::digest::Digest;
use oz_core::face::FeatureVector;
use oz_core::face::gesture::{Gesture, GestureEvent};
use oz_core::face::pad::PadVerdict;
use oz_core::inference::ModelId;
use oz_core::media::{MediaBytes, MediaKind, MediaType};
use oz_core::{Error, Result};

/// JPEG with these words.
pub(crate) fn jpeg(words: &str) -> Vec<u8> {
    [&[0xff, 0xd8, 0xff, 0xe0, b' '][..], words.as_bytes()].concat()
}

/// MP4 with these words.
pub(crate) fn mp4(words: &str) -> Vec<u8> {
    [&[0, 0, 0, 24][..], b"ftypisom ", words.as_bytes()].concat()
}

/// Shot set (ZIP) with these words.
pub(crate) fn zip(words: &str) -> Vec<u8> {
    [&b"PK\x03\x04 "[..], words.as_bytes()].concat()
}

/// Model of the feature vectors.
pub(crate) fn model() -> ModelId {
    ModelId::new("fake-features")
}

/// Feature vector of a name: equal for equal names, dissimilar otherwise.
pub(crate) fn features(name: &str) -> FeatureVector {
    let bytes = (0u8..4).flat_map(|part| *Digest::of(format!("{part}{name}").as_bytes()).as_bytes());
    let values = bytes.map(|byte| f32::from(byte) - 127.5).collect();
    FeatureVector::normalized(model(), values).unwrap()
}

#[derive(Debug, Default)]
pub(crate) struct FakeExaminer {
    has_hung: AtomicBool,
}

#[async_trait]
impl MediaExaminer for FakeExaminer {
    async fn examine(
        &self,
        media: MediaBytes,
        request: &ExaminationRequest,
        _: Duration,
    ) -> Result<Examination> {
        let text = String::from_utf8_lossy(&media).into_owned();
        let words: Vec<&str> = text.split_whitespace().collect();
        if words.contains(&"corrupt") {
            return Err(Error::corrupt("scripted"));
        }
        if words.contains(&"broken") {
            return Err(Error::backend("examining", true, "scripted"));
        }
        assert!(!words.contains(&"panic"), "scripted");
        let hangs_once = words.contains(&"hang-once") && !self.has_hung.swap(true, Ordering::SeqCst);
        if hangs_once || words.contains(&"hang") {
            std::future::pending::<()>().await;
        }

        let (media_type, kind) = format(&media);
        let number = |key: &str, default| value(&words, key).and_then(|n| n.parse().ok()).unwrap_or(default);
        let picture = |side: Option<u32>| side.map(|side| EncodedPicture(jpeg(&format!("thumbnail {side}"))));
        let is_still = kind == MediaKind::Image;

        Ok(Examination {
            media_type,
            kind,
            width: number("width", 640),
            height: 480,
            duration: if is_still { Duration::ZERO } else { Duration::from_millis(1_500) },
            frames: if is_still { 1 } else { 15 },
            faces: if request.preview_only {
                0
            } else {
                number("faces", u32::from(value(&words, "face").is_some()))
            },
            thumbnail: picture(request.thumbnail_side),
            animation: (kind == MediaKind::ShotSet).then(|| picture(request.animation_side)).flatten(),
            subject: (!request.preview_only).then(|| subject(&words, number("quality", 80))).flatten(),
            engine: "fake 1.0".into(),
            models: vec![model()],
        })
    }

    fn parallelism(&self) -> usize {
        2
    }
}

fn value<'a>(words: &[&'a str], key: &str) -> Option<&'a str> {
    words.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
}

fn format(media: &[u8]) -> (MediaType, MediaKind) {
    match media {
        [0xff, 0xd8, ..] => (MediaType::Jpeg, MediaKind::Image),
        [b'P', b'K', ..] => (MediaType::Zip, MediaKind::ShotSet),
        [0x89, ..] => (MediaType::Png, MediaKind::Image),
        _ => (MediaType::Mp4, MediaKind::Video),
    }
}

fn subject(words: &[&str], quality: u32) -> Option<SubjectExamination> {
    let name = value(words, "face")?;
    let verdict = match () {
        () if words.contains(&"attack") => PadVerdict::Attack,
        () if words.contains(&"inconclusive") => PadVerdict::Inconclusive,
        () => PadVerdict::BonaFide,
    };
    Some(SubjectExamination {
        verdict,
        score: if verdict == PadVerdict::BonaFide { 0.97 } else { 0.08 },
        reasons: vec!["scripted".into()],
        evidence: Vec::new(),
        gestures: if words.contains(&"smile") { vec![smile()] } else { Vec::new() },
        best_shot: EncodedPicture(jpeg(&format!("best shot of {name}"))),
        best_shot_time: Duration::ZERO,
        quality: quality.try_into().unwrap(),
        features: Some(features(name)),
    })
}

fn smile() -> GestureEvent {
    let at = Duration::from_millis;
    GestureEvent { gesture: Gesture::Smile, start: at(100), peak: at(400), end: at(800), extent: 0.9 }
}
