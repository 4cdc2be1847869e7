//! Document of an inspection.

use oz_core::analysis::ObservedFace;
use oz_core::media::Image;
use serde::Serialize;

use super::{EngineInfo, FaceReport};

/// Document that `oz inspect --json` prints per image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct InspectionReport {
    /// `oz.inspection/1`.
    pub schema: &'static str,
    /// Name given by the caller, such as a path.
    pub name: String,
    /// Width of the upright image in pixels.
    pub width: u32,
    /// Height of the upright image in pixels.
    pub height: u32,
    /// Faces, largest first.
    pub faces: Vec<FaceReport>,
    /// Engine that ran the models.
    pub engine: EngineInfo,
}

impl InspectionReport {
    /// Name and version of the document.
    pub(crate) const SCHEMA: &'static str = "oz.inspection/1";

    /// Document of the faces of an image. `with_mesh` includes their mesh points.
    #[must_use]
    pub(crate) fn new(
        name: &str,
        image: &Image,
        faces: &[ObservedFace],
        engine: EngineInfo,
        with_mesh: bool,
    ) -> Self {
        Self {
            schema: Self::SCHEMA,
            name: name.to_owned(),
            width: image.width(),
            height: image.height(),
            faces: faces.iter().map(|face| FaceReport::new(face, with_mesh)).collect(),
            engine,
        }
    }
}
