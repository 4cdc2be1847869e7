//! An inspection as plain data.

use oz_core::analysis::ObservedFace;
use oz_core::media::Image;
use serde::Serialize;

use super::{EngineInfo, FaceReport};

/// What `oz inspect --json` prints for each picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct InspectionReport {
    /// `oz.inspection/1`.
    pub schema: &'static str,
    /// Name that the caller gave, such as a path.
    pub name: String,
    /// Width of the upright picture.
    pub width: u32,
    /// Height of the upright picture.
    pub height: u32,
    /// The faces, largest first.
    pub faces: Vec<FaceReport>,
    /// What ran the models.
    pub engine: EngineInfo,
}

impl InspectionReport {
    /// Name and version of the document.
    pub(crate) const SCHEMA: &'static str = "oz.inspection/1";

    /// Describes the faces of a picture; `with_mesh` includes all their points.
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
