//! Behaviour of the library that applications rely on.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use oz::core::analysis::liveness::Presentation;
use oz::core::analysis::liveness::port::LivenessLayer;
use oz::core::analysis::port::Analyzer;
use oz::core::analysis::{FacePipeline, Progress};
use oz::core::face::pad::{PadEvidence, PadLayer};
use oz::core::media::MediaKind;
use oz::core::media::port::FrameSource;
use oz::{
    AnalysisOutcome, AnalysisRequest, AnalysisScope, ComparisonDecision, Config, Frame, Gesture, Image,
    Media, Oz, PadVerdict, PixelFormat, RawImage,
};

fn portrait() -> Image {
    support::shared_oz().decode(support::portrait()).unwrap()
}

fn video(picture: impl Fn(u64) -> Image, frames: u64) -> Media {
    let frame = |index| Frame { image: picture(index), time: Duration::from_millis(index * 67), index };
    Media::Frames(MediaKind::Video, (0..frames).map(frame).collect())
}

#[test]
fn portrait_is_located_assessed_and_matches_itself() {
    let oz = support::shared_oz();
    let (_, faces) = oz.inspect(support::portrait()).unwrap();
    assert_eq!(faces.len(), 1);
    assert!(faces[0].face.pose.largest() < 25.0, "{:?}", faces[0].face.pose);
    assert!(faces[0].quality.unified > 50, "{:?}", faces[0].quality);
    let itself = oz.compare(support::portrait(), portrait()).unwrap();
    assert_eq!(itself.decision, ComparisonDecision::Match);
    assert!(itself.score.similarity > 0.999);
}

#[test]
fn paths_bytes_and_pictures_give_the_same_features() {
    let oz = support::shared_oz();
    let bytes = std::fs::read(support::portrait()).unwrap();
    let from_path = oz.features(support::portrait()).unwrap();
    assert_eq!(oz.features(bytes).unwrap(), from_path);
    assert_eq!(oz.features(portrait()).unwrap(), from_path);
}

#[test]
fn picture_without_a_face_is_an_outcome_and_not_an_error() {
    let oz = support::shared_oz();
    let wall = Image::from_fn(320, 240, |x, y| [(x / 2) as u8, (y / 2) as u8, 90]);
    assert!(oz.inspect(&wall).unwrap().1.is_empty());
    let outcome = oz.analyze(&wall, &AnalysisRequest::default()).unwrap();
    assert_eq!(outcome.liveness.verdict, PadVerdict::Inconclusive);
    assert_eq!(outcome.liveness.reasons, ["no face was found"]);
    assert!(outcome.best_shot.is_none() && outcome.features.is_none());
    assert_eq!(oz.features(&wall).unwrap_err().code(), "analysis.no_face");
}

#[test]
fn verdict_without_a_pad_model_is_inconclusive() {
    let config = Config { pad_models: vec!["none".into()], ..Config::default() };
    let oz = Oz::builder().config(config).build().unwrap();
    let outcome = oz.analyze(portrait(), &AnalysisRequest::default()).unwrap();
    assert_eq!(outcome.liveness.verdict, PadVerdict::Inconclusive);
    assert_eq!(outcome.liveness.evidence.len(), 6);
}

#[test]
fn good_portrait_is_bona_fide_with_the_default_pad_model() {
    let outcome = support::shared_oz().analyze(portrait(), &AnalysisRequest::default()).unwrap();
    assert_eq!(outcome.liveness.verdict, PadVerdict::BonaFide, "{:?}", outcome.liveness);
    assert!(outcome.models.iter().any(|model| model.as_str() == "pad_views"));
}

#[test]
fn frozen_video_is_an_attack() {
    let still = portrait();
    let outcome =
        support::shared_oz().analyze(video(|_| still.clone(), 40), &AnalysisRequest::default()).unwrap();
    assert_eq!(outcome.liveness.verdict, PadVerdict::Attack, "{:?}", outcome.liveness);
}

#[test]
fn best_shot_is_the_earliest_of_the_best_frames() {
    let bright = portrait();
    let dim = Image::from_rgb(512, 512, bright.pixels().iter().map(|v| v / 6).collect()).unwrap();
    let pictures = [&dim, &bright, &dim, &bright];
    let shots = video(|index| pictures[index as usize].clone(), 4);
    let oz = support::shared_oz();
    let outcome = oz.analyze(shots, &AnalysisRequest::default()).unwrap();
    assert_eq!(outcome.best_shot.unwrap().index, 1);
    assert_eq!(
        outcome.features.unwrap(),
        oz.features(&bright).unwrap(),
        "the features are those of the best shot"
    );
}

#[test]
fn features_of_a_frame_are_extracted_once() {
    let counting = Arc::new(support::CountingExtractor::default());
    let oz = Oz::builder().engine("candle").extractor(counting.clone()).build().unwrap();
    let features = oz.features(support::portrait()).unwrap();
    assert_eq!(counting.faces(), 1);
    assert_eq!(features, features_by_steps(&oz));
    assert_eq!(counting.faces(), 2);
}

/// Features of the portrait, with location and extraction as separate calls.
fn features_by_steps(oz: &Oz) -> oz::core::face::FeatureVector {
    let (image, faces) = oz.inspect(support::portrait()).unwrap();
    oz.pipeline().features(&image, &faces[0].face).unwrap()
}

#[test]
fn missing_gesture_is_named_in_the_reasons() {
    let still = portrait();
    let request = AnalysisRequest { actions: vec![Gesture::Left], ..AnalysisRequest::default() };
    let outcome = support::shared_oz().analyze(video(|_| still.clone(), 10), &request).unwrap();
    assert_ne!(outcome.liveness.verdict, PadVerdict::BonaFide);
    assert!(outcome.liveness.reasons.iter().any(|reason| reason.contains("left")), "{:?}", outcome.liveness);
}

#[test]
fn error_for_an_unknown_engine_lists_the_known_engines() {
    let error =
        Oz::builder().config(Config { engine: "abacus".into(), ..Config::default() }).build().unwrap_err();
    assert_eq!(error.code(), "inference.engine_unknown");
    assert!(error.to_string().contains("candle"), "{error}");
}

#[test]
fn commercial_use_can_be_required() {
    let cache = tempfile::tempdir().unwrap();
    let commercial = Config {
        require_commercial_use: true,
        cache_dir: Some(cache.path().into()),
        engine: "candle".into(),
        ..Config::default()
    };
    let restricted = Config { extractors: vec!["mobilefacenet_192".into()], ..commercial.clone() };
    let refused = Oz::builder().config(restricted).build().unwrap_err();
    assert_eq!(refused.code(), "model.commercial_use_restricted", "{refused}");
    // The extractor for commercial use replaces the default, and is not bundled.
    let missing = Oz::builder().config(commercial).build().unwrap_err();
    assert_eq!(missing.code(), "model.not_installed");
    assert!(missing.to_string().contains("oz models pull dlib_resnet_128"), "{missing}");
}

#[test]
fn error_for_a_missing_model_states_the_remedy() {
    let cache = tempfile::tempdir().unwrap();
    let config = Config {
        extractors: vec!["dlib_resnet_128".into()],
        cache_dir: Some(cache.path().into()),
        engine: "candle".into(),
        ..Config::default()
    };
    let error = Oz::builder().config(config).build().unwrap_err();
    assert_eq!(error.code(), "model.not_installed");
    assert!(error.to_string().contains("oz models pull"), "{error}");
}

#[test]
fn unknown_keys_of_the_configuration_are_refused() {
    assert_eq!(Config::from_toml("engin = 'onnx'").unwrap_err().code(), "config.invalid");
    assert_eq!(Config::from_toml("threads = 0").unwrap_err().code(), "config.invalid");
    assert_eq!(Config::from_toml("device = 'gpu'").unwrap_err().code(), "config.invalid");
}

#[test]
fn custom_adapters_replace_the_built_in_ones() {
    let counting = Arc::new(support::CountingQuality::default());
    let oz = Oz::builder().engine("candle").quality(counting.clone()).build().unwrap();
    oz.inspect(support::portrait()).unwrap();
    assert_eq!(counting.calls(), 1);
}

/// Two copies of the portrait side by side.
fn two_faces() -> Image {
    let portrait = portrait();
    let width = portrait.width();
    Image::from_fn(2 * width, portrait.height(), |x, y| portrait.pixel(x % width, y))
}

#[test]
fn pictures_in_every_memory_layout_give_the_same_features() {
    let (oz, portrait) = (support::shared_oz(), portrait());
    let expected = oz.features(&portrait).unwrap();
    let (width, height) = (portrait.width(), portrait.height());
    let pixels = portrait.pixels().chunks_exact(3);

    let bgr = pixels.clone().flat_map(|p| [p[2], p[1], p[0]]).collect();
    let rgba = pixels.flat_map(|p| [p[0], p[1], p[2], 255]).collect();
    let rgb = image::RgbImage::from_raw(width, height, portrait.pixels().to_vec()).unwrap();
    let media: [Media; 4] = [
        RawImage::new(PixelFormat::Bgr, width, height, bgr).into(),
        RawImage::new(PixelFormat::Rgba, width, height, rgba).into(),
        image::DynamicImage::ImageRgb8(rgb).into(),
        portrait.as_array().into(),
    ];
    for features in oz.features_all(media) {
        assert_eq!(features.unwrap(), expected);
    }
}

#[test]
fn buffers_of_the_wrong_size_are_refused_when_opened() {
    let oz = support::shared_oz();
    let code = |media: Media| oz.decode(media).unwrap_err().code();
    assert_eq!(code(RawImage::new(PixelFormat::Rgb, 9, 9, vec![0; 5]).into()), "media.invalid_image");
    assert_eq!(code(image::RgbImage::new(0, 0).into()), "media.invalid_image");
    assert_eq!(code(ndarray::Array3::<u8>::zeros((4, 4, 4)).view().into()), "media.invalid_image");
}

#[test]
fn several_faces_are_refused_where_one_is_required() {
    let oz = support::shared_oz();
    let both = two_faces();
    assert_eq!(oz.features_of_single_face(&both).unwrap_err().code(), "analysis.several_faces");
    assert_eq!(oz.compare_single_faces(&both, portrait()).unwrap_err().code(), "analysis.several_faces");
    assert!(oz.features(&both).is_ok(), "the most prominent face is taken");
    assert_eq!(oz.compare_single_faces(portrait(), portrait()).unwrap().decision, ComparisonDecision::Match);
}

#[test]
fn analysis_can_be_cancelled() {
    let mut seen = 0;
    let outcome = support::shared_oz().analyze_with_progress(
        video(|_| portrait(), 40),
        &AnalysisRequest::default(),
        &mut |progress| {
            seen = progress.frames;
            if progress.frames == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        },
    );
    assert_eq!((outcome.unwrap_err().code(), seen), ("analysis.cancelled", 3));
}

#[test]
fn frames_with_decreasing_times_are_refused() {
    let frame = |millis, index| Frame { image: portrait(), time: Duration::from_millis(millis), index };
    let frames = vec![frame(0, 0), frame(80, 1), frame(40, 2)];
    let outcome =
        support::shared_oz().analyze(Media::Frames(MediaKind::Video, frames), &AnalysisRequest::default());
    assert_eq!(outcome.unwrap_err().code(), "input.invalid_value");
}

#[test]
fn request_for_features_skips_liveness() {
    let oz = support::shared_oz();
    let full = oz.analyze(portrait(), &AnalysisRequest::default()).unwrap();
    let request = AnalysisRequest { scope: AnalysisScope::Features, ..AnalysisRequest::default() };
    let features = oz.analyze(portrait(), &request).unwrap();
    assert_eq!(features.features, full.features);
    assert_eq!(features.liveness.verdict, PadVerdict::Inconclusive);
    assert_eq!(features.liveness.reasons, ["liveness was not requested"]);
    assert_eq!(features.timings.of(oz::core::analysis::Stage::Pad), Duration::ZERO);
}

#[test]
fn batch_keeps_the_order_and_isolates_failures() {
    let oz = support::shared_oz();
    let wall = Image::from_fn(320, 240, |_, _| [200; 3]);
    let outcomes = oz.analyze_all(
        [Media::from(portrait()), wall.into(), "missing.jpg".into()],
        &AnalysisRequest::default(),
    );
    assert!(outcomes[0].as_ref().unwrap().best_shot.is_some());
    assert!(outcomes[1].as_ref().unwrap().best_shot.is_none());
    assert_eq!(outcomes[2].as_ref().unwrap_err().code(), "file.unreadable");
}

/// Layer that judges every recording as an attack.
#[derive(Debug)]
struct Suspicious;

impl LivenessLayer for Suspicious {
    fn judge(&self, _: &Presentation<'_>) -> PadEvidence {
        PadEvidence::new(PadLayer::Custom("suspicion".into()), 0.1, 0.9, "every recording is suspicious")
    }
}

#[test]
fn custom_liveness_layer_decides_like_a_built_in_one() {
    let config = Config { engine: "candle".into(), ..Config::default() };
    let oz = Oz::builder().config(config).liveness_layer(Arc::new(Suspicious)).build().unwrap();
    let liveness = oz.analyze(support::portrait(), &AnalysisRequest::default()).unwrap().liveness;

    assert_eq!(liveness.verdict, PadVerdict::Attack);
    assert!(liveness.reasons.iter().any(|reason| reason == "every recording is suspicious"), "{liveness:?}");
    let evidence = serde_json::to_value(liveness.evidence.last().unwrap()).unwrap();
    assert_eq!(evidence["layer"], "suspicion");
}

/// Analyzer that counts recordings and passes them to the pipeline.
#[derive(Debug)]
struct Counted {
    pipeline: FacePipeline,
    count: AtomicUsize,
}

impl Analyzer for Counted {
    fn analyze(
        &self,
        media: &mut dyn FrameSource,
        request: &AnalysisRequest,
        progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> oz::core::Result<AnalysisOutcome> {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.pipeline.analyze(media, request, progress)
    }
}

#[test]
fn custom_analyzer_analyses_every_recording() {
    let pipeline = support::shared_oz().pipeline().clone();
    let counted = Arc::new(Counted { pipeline, count: AtomicUsize::new(0) });
    let config = Config { engine: "candle".into(), ..Config::default() };
    let oz = Oz::builder().config(config).analyzer(counted.clone()).build().unwrap();

    oz.analyze(support::portrait(), &AnalysisRequest::default()).unwrap();
    oz.features(support::portrait()).unwrap();
    assert_eq!(counted.count.load(Ordering::SeqCst), 2);
}
