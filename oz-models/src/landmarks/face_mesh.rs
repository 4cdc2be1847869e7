//! Face mesh of 478 points.

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

/// Configuration of a face mesh network.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceMeshSpec {
    /// Input: a square crop around the face.
    pub input: ImageInput,
    /// Name of the output `[N, 478, 3]`, or another shape with as many values: x, y and depth in crop pixels.
    pub points: String,
    /// Name of the output `[N, 1]`: face presence before the sigmoid.
    pub presence: String,
    /// Side of the crop, as a multiple of the longer side of the bounding box.
    pub box_scale: f32,
    /// Whether to run the network a second time, on a crop around the points of the first run.
    pub refine: bool,
}

impl FaceMeshSpec {
    /// Reads the parameter `box_scale` and the optional parameter `refine`; the first two outputs must be
    /// points and presence.
    ///
    /// # Errors
    /// `model.invalid_manifest` when an output or parameter is missing or malformed.
    pub fn from_manifest(manifest: &Manifest) -> Result<Self> {
        let [points, presence, ..] = manifest.outputs.as_slice() else {
            return Err(manifest.invalid("output", "must be at least two: points and presence"));
        };
        let has_refine = manifest.parameters.contains_key("refine");

        Ok(Self {
            input: *manifest.image_input()?,
            points: points.name.clone(),
            presence: presence.name.clone(),
            box_scale: manifest.parameter("box_scale")?,
            refine: has_refine && manifest.parameter("refine")?,
        })
    }
}

/// Estimates 478 landmarks on each face.
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
    /// Wraps the session of a face mesh network.
    ///
    /// # Errors
    /// `inference.shape_mismatch` and `inference.invalid_model` when the session does not fit `spec`;
    /// `input.invalid_value` when the input is not square.
    pub fn new(id: ModelId, session: Arc<dyn Session>, spec: FaceMeshSpec) -> Result<Self> {
        let (width, height) = (spec.input.width, spec.input.height);
        if width == 0 || width != height {
            let detail = format!("the input of a face mesh must be square, this is {width} x {height}");
            return Err(Error::InvalidValue { name: "input size", detail });
        }
        let FaceMeshSpec { input, points, presence, box_scale, refine } = spec;
        let network = ImageNetwork::new(id, session, input, &[points, presence])?;
        Ok(Self { network, box_scale, refine, blendshapes: None })
    }

    /// Also estimates the expression of each face.
    #[must_use]
    pub fn with_blendshapes(self, reader: BlendshapeReader) -> Self {
        Self { blendshapes: Some(reader), ..self }
    }

    fn estimate_in(&self, image: &Image, squares: &[RotatedSquare]) -> Result<Vec<FaceMesh>> {
        let (size, _) = self.network.size();
        let transforms = squares.iter().map(|square| square.to_image(size)).collect::<Result<Vec<_>>>()?;
        let crops: Vec<_> =
            transforms.iter().map(|to_image| alignment::warp(image, to_image, size, size)).collect();
        let outputs = self.network.run(&crops)?;

        transforms
            .iter()
            .zip(outputs[0].items().zip(outputs[1].items()))
            .map(|(to_image, (points, logits))| self.mesh(to_image, points, logits))
            .collect()
    }

    /// Maps the points of one crop to image pixels; depth is scaled alike.
    fn mesh(&self, to_image: &SimilarityTransform, points: &[f32], logits: &[f32]) -> Result<FaceMesh> {
        let scale = to_image.scale();
        let point = |p: &[f32]| {
            let Point { x, y } = to_image.apply(Point::new(p[0], p[1]));
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

    fn square_around(&self, face: &DetectedFace) -> RotatedSquare {
        let eyes = &face.keypoints;
        RotatedSquare::about(&face.bounding_box, eyes.right_eye, eyes.left_eye, self.box_scale)
    }

    fn square_around_mesh(&self, mesh: &FaceMesh) -> RotatedSquare {
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

        let squares: Vec<_> = faces.iter().map(|face| self.square_around(face)).collect();
        let mut meshes = self.estimate_in(image, &squares)?;
        if self.refine {
            let squares: Vec<_> = meshes.iter().map(|mesh| self.square_around_mesh(mesh)).collect();
            meshes = self.estimate_in(image, &squares)?;
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
