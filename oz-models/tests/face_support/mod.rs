//! The default face pipeline, for tests.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../weights/mod.rs"]
mod weights;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oz_conformance::left_out;
use oz_core::face::port::{FaceDetector, LandmarkEstimator, PadDetector};
use oz_core::face::{DetectedFace, LocatedFace, Point};
use oz_core::inference::port::{Engine, Session};
use oz_core::inference::{ModelArtifact, SessionOptions};
use oz_core::media::Image;
use oz_models::engine::{EngineConfig, EngineKind};
use oz_models::ledger::{Ledger, Manifest};
use oz_models::recognition::{self, AlignedExtractor};
use oz_models::{detection, landmarks, pad};

/// Every available engine; others are reported with the reason.
pub(crate) fn engines() -> Vec<Arc<dyn Engine>> {
    let create = |kind: EngineKind| {
        let engine = kind.create(&EngineConfig::default());
        engine.inspect_err(|error| left_out(format_args!("engine {kind}"), error)).ok()
    };
    EngineKind::ALL.into_iter().filter_map(create).collect()
}

/// The first available engine in the order of [`EngineKind::ALL`].
pub(crate) fn engine() -> Option<Arc<dyn Engine>> {
    engines().into_iter().next()
}

/// Models of the bundled ledger, loaded on one engine.
pub(crate) struct Models {
    engine: Arc<dyn Engine>,
    ledger: Ledger,
}

impl Models {
    pub(crate) fn on(engine: Arc<dyn Engine>) -> Self {
        Self { engine, ledger: Ledger::bundled().unwrap() }
    }

    pub(crate) fn manifest(&self, id: &str) -> &Manifest {
        self.ledger.get(id).unwrap()
    }

    /// Loads a default model.
    pub(crate) fn session(&self, id: &str) -> Arc<dyn Session> {
        let model = self.manifest(id);
        let (_, bytes) = weights::files().find(|(name, _)| *name == model.file).unwrap();
        self.load_artifact(&ModelArtifact { id: model.id.clone(), onnx: bytes.into() })
    }

    pub(crate) fn load(&self, id: &str, path: &Path) -> Arc<dyn Session> {
        self.load_artifact(&ModelArtifact {
            id: self.manifest(id).id.clone(),
            onnx: fs::read(path).unwrap().into(),
        })
    }

    pub(crate) fn load_artifact(&self, artifact: &ModelArtifact) -> Arc<dyn Session> {
        self.engine.load(artifact, &SessionOptions::default()).unwrap()
    }

    pub(crate) fn detector(&self, id: &str) -> Arc<dyn FaceDetector> {
        detection::from_manifest(self.manifest(id), self.session(id)).unwrap()
    }

    pub(crate) fn pad(&self, id: &str) -> Arc<dyn PadDetector> {
        pad::from_manifest(self.manifest(id), self.session(id)).unwrap()
    }

    pub(crate) fn cascade(&self) -> detection::Cascade {
        detection::Cascade::new(
            ["face_detection_short", "face_detection_full"].map(|id| self.detector(id)).into(),
        )
    }

    pub(crate) fn landmarks(&self) -> landmarks::MeshEstimator {
        let of = |id| (self.manifest(id), self.session(id));
        landmarks::from_manifest(of("face_landmarks_478"), Some(of("face_blendshapes"))).unwrap()
    }

    pub(crate) fn extractor(&self, id: &str) -> AlignedExtractor {
        self.extractor_on(id, self.session(id))
    }

    pub(crate) fn extractor_on(&self, id: &str, session: Arc<dyn Session>) -> AlignedExtractor {
        let manifest = self.manifest(id);
        recognition::from_manifest(manifest, session, recognition::calibration_of(manifest).unwrap()).unwrap()
    }
}

/// Locates the face nearest to the centre of the image.
pub(crate) fn locate(
    image: &Image,
    detector: &dyn FaceDetector,
    landmarks: &dyn LandmarkEstimator,
) -> Option<LocatedFace> {
    let center = Point::new(image.width() as f32 / 2.0, image.height() as f32 / 2.0);
    let off = |face: &DetectedFace| face.bounding_box.center().distance(center);
    let face = detector.detect(image).unwrap().into_iter().min_by(|a, b| off(a).total_cmp(&off(b)))?;
    let mesh = landmarks.estimate(image, &[face]).unwrap().remove(0);
    Some(LocatedFace::new(face, mesh))
}

pub(crate) fn read(path: &Path) -> Image {
    let picture = image::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).to_rgb8();
    Image::from_rgb(picture.width(), picture.height(), picture.into_raw()).unwrap()
}

/// Root folder of this crate.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
