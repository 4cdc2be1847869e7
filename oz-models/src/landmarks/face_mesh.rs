//! The face mesh of 478 points.

use std::sync::Arc;

use oz_core::face::port::LandmarkEstimator;
use oz_core::face::{DetectedFace, FaceMesh, Point, Point3, SimilarityTransform, alignment, mesh_index};
use oz_core::inference::ModelId;
use oz_core::inference::port::Session;
use oz_core::media::Image;
use oz_core::{Error, Result};

use super::{BlendshapeReader, RotatedSquare};
use crate::ledger::{ImageInput, Manifest};
use crate::preprocess::ImageNetwork;

/// What a network of this family needs besides its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceMeshSpec {
    /// What it takes: a square about the face.
    pub input: ImageInput,
    /// Name of the output `[N, 478, 3]` or of as many values: x, y and depth in pixels of the crop.
    pub points: String,
    /// Name of the output `[N, 1]`: presence before the sigmoid.
    pub presence: String,
    /// Side of the crop over the longer side of the face's box.
    pub box_scale: f32,
    /// Look a second time, at a square about the points of the first look.
    pub refine: bool,
}

impl FaceMeshSpec {
    /// Reads the parameter `box_scale`, and `refine` if it is there; the outputs are points, presence.
    ///
    /// # Errors
    /// `model.invalid_manifest`.
    pub fn from_manifest(manifest: &Manifest) -> Result<Self> {
        let [points, presence, ..] = manifest.outputs.as_slice() else {
            return Err(manifest.invalid("output", "two are needed: points and presence"));
        };
        let refines = manifest.parameters.contains_key("refine");
        Ok(Self {
            input: *manifest.image_input()?,
            points: points.name.clone(),
            presence: presence.name.clone(),
            box_scale: manifest.parameter("box_scale")?,
            refine: refines && manifest.parameter("refine")?,
        })
    }
}

/// Finds 478 points on each face.
///
/// Source: Kartynnik et al. 2019, arXiv:1907.06724; Grishchenko et al. 2020, arXiv:2006.10962.
#[derive(Debug, Clone)]
pub struct MeshEstimator {
    network: ImageNetwork,
    box_scale: f32,
    refine: bool,
    blendshapes: Option<BlendshapeReader>,
}

impl MeshEstimator {
    /// Joins a session with what it takes.
    ///
    /// # Errors
    /// `inference.shape_mismatch` and `inference.invalid_model` when the session does not fit `spec`;
    /// `input.invalid_value` when the input is not square.
    pub fn new(id: ModelId, session: Arc<dyn Session>, spec: FaceMeshSpec) -> Result<Self> {
        let (width, height) = (spec.input.width, spec.input.height);
        if width == 0 || width != height {
            let detail = format!("a face mesh takes a square, this is {width} x {height}");
            return Err(Error::InvalidValue { name: "input size", detail });
        }
        let FaceMeshSpec { input, points, presence, box_scale, refine } = spec;
        let network = ImageNetwork::new(id, session, input, &[points, presence])?;
        Ok(Self { network, box_scale, refine, blendshapes: None })
    }

    /// Also reads the expression.
    #[must_use]
    pub fn with_blendshapes(self, reader: BlendshapeReader) -> Self {
        Self { blendshapes: Some(reader), ..self }
    }

    fn look(&self, image: &Image, squares: &[RotatedSquare]) -> Result<Vec<FaceMesh>> {
        let (size, _) = self.network.size();
        let places = squares.iter().map(|square| square.to_image(size)).collect::<Result<Vec<_>>>()?;
        let crops: Vec<_> = places.iter().map(|place| alignment::warp(image, place, size, size)).collect();
        let outputs = self.network.run(&crops)?;
        let answers = outputs[0].items().zip(outputs[1].items());
        places.iter().zip(answers).map(|(place, (points, logits))| self.mesh(place, points, logits)).collect()
    }

    fn mesh(&self, place: &SimilarityTransform, points: &[f32], logits: &[f32]) -> Result<FaceMesh> {
        let scale = place.scale();
        let point = |p: &[f32]| {
            let Point { x, y } = place.apply(Point::new(p[0], p[1]));
            Point3 { x, y, z: p[2] * scale }
        };
        let points: Vec<_> = points.chunks_exact(3).map(point).collect();
        match (points.into_boxed_slice().try_into(), logits) {
            (Ok(points), [logit]) => Ok(FaceMesh { points, presence: sigmoid(*logit), blendshapes: None }),
            (points, logits) => Err(Error::InferenceShapeMismatch {
                at: format!("the outputs of `{}`", self.network.id()),
                expected: format!("{} points and one logit", FaceMesh::POINTS),
                actual: format!(
                    "{} points and {} logits",
                    points.map_or_else(|p| p.len(), |p| p.len()),
                    logits.len()
                ),
            }),
        }
    }

    fn square_about(&self, face: &DetectedFace) -> RotatedSquare {
        let eyes = &face.keypoints;
        RotatedSquare::about(&face.bounding_box, eyes.right_eye, eyes.left_eye, self.box_scale)
    }

    fn square_about_mesh(&self, mesh: &FaceMesh) -> RotatedSquare {
        let eyes = [mesh_index::RIGHT_EYE_OUTER, mesh_index::LEFT_EYE_OUTER].map(|index| mesh.point(index));
        RotatedSquare::about(&mesh.bounding_box(), eyes[0], eyes[1], self.box_scale)
    }
}

impl LandmarkEstimator for MeshEstimator {
    fn models(&self) -> Vec<ModelId> {
        let reader = self.blendshapes.iter().map(|reader| reader.id().clone());
        std::iter::once(self.network.id().clone()).chain(reader).collect()
    }

    fn estimate(&self, image: &Image, faces: &[DetectedFace]) -> Result<Vec<FaceMesh>> {
        if faces.is_empty() {
            return Ok(Vec::new());
        }
        let squares: Vec<_> = faces.iter().map(|face| self.square_about(face)).collect();
        let mut meshes = self.look(image, &squares)?;
        if self.refine {
            let squares: Vec<_> = meshes.iter().map(|mesh| self.square_about_mesh(mesh)).collect();
            meshes = self.look(image, &squares)?;
        }
        if let Some(reader) = &self.blendshapes {
            let expressions = reader.read(&meshes)?;
            for (mesh, expression) in meshes.iter_mut().zip(expressions) {
                mesh.blendshapes = Some(expression);
            }
        }
        Ok(meshes)
    }
}

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}
