//! Expression coefficients from the points of a mesh.

use std::sync::Arc;

use oz_core::face::{Blendshapes, FaceMesh};
use oz_core::inference::port::Session;
use oz_core::inference::{Dim, ModelId, TensorView};
use oz_core::{Error, Result};

use crate::ledger::{Family, Manifest};

/// Configuration of a blendshape network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlendshapeSpec {
    /// Indices of the mesh points that form the input `[N, points, 2]`: x and y in image pixels.
    pub points: Vec<usize>,
    /// Name of the output `[N, 52]`: coefficients, 0..=1, in the order of [`Blendshapes`].
    pub output: String,
}

impl BlendshapeSpec {
    /// Reads the parameter `points`; the manifest must have exactly one output.
    ///
    /// # Errors
    /// `model.invalid_manifest` when the family is another one, or an output or parameter is missing or
    /// malformed.
    pub fn from_manifest(manifest: &Manifest) -> Result<Self> {
        if manifest.family != Family::Blendshapes {
            return Err(manifest.invalid("family", "is not a blendshape model"));
        }
        let [output] = manifest.outputs.as_slice() else {
            return Err(manifest.invalid("output", "must be exactly one"));
        };
        Ok(Self { points: manifest.parameter("points")?, output: output.name.clone() })
    }
}

/// Estimates 52 blendshape coefficients from each mesh. Cheap to clone.
///
/// Source: MediaPipe `face_blendshapes_graph.cc`, 0.10.21.
#[derive(Debug, Clone)]
pub struct BlendshapeReader {
    id: ModelId,
    session: Arc<dyn Session>,
    points: Arc<[usize]>,
    /// Index of the coefficients among the outputs of the session.
    output: usize,
    largest_batch: usize,
}

/// Largest number of faces in one run.
const LARGEST_BATCH: usize = 32;

impl BlendshapeReader {
    /// Wraps the session of a blendshape network.
    ///
    /// # Errors
    /// `input.invalid_value` when a point index is out of range; `inference.shape_mismatch` and
    /// `inference.invalid_model` when the session does not fit `spec`.
    pub fn new(id: ModelId, session: Arc<dyn Session>, spec: BlendshapeSpec) -> Result<Self> {
        if let Some(unknown) = spec.points.iter().find(|&&point| point >= FaceMesh::POINTS) {
            let detail = format!("index {unknown} is out of range, a mesh has {} points", FaceMesh::POINTS);
            return Err(Error::InvalidValue { name: "mesh point", detail });
        }

        let signature = session.signature();
        let shape = [1, spec.points.len(), 2];
        let [input] = signature.inputs.as_slice() else {
            let detail = format!("the model must have one input, it has {}", signature.inputs.len());
            return Err(Error::InferenceInvalidModel { model: id.to_string(), detail });
        };
        if !input.accepts(&shape) {
            let (at, expected) = (format!("the input of `{id}`"), format!("{shape:?}"));
            return Err(Error::InferenceShapeMismatch { at, expected, actual: input.to_string() });
        }
        let largest_batch = if input.shape[0] == Dim::Dynamic { LARGEST_BATCH } else { 1 };

        let index = signature.outputs.iter().position(|output| output.name == spec.output);
        let output = index.ok_or_else(|| Error::InferenceInvalidModel {
            model: id.to_string(),
            detail: format!("the output `{}` is missing", spec.output),
        })?;

        Ok(Self { id, session, points: spec.points.into(), output, largest_batch })
    }

    /// ID of the model.
    #[must_use]
    pub fn id(&self) -> &ModelId {
        &self.id
    }

    /// Estimates the expression of each mesh, in order.
    ///
    /// # Errors
    /// `inference.failed`; `inference.shape_mismatch` when the output does not have 52 values per mesh.
    pub fn read(&self, meshes: &[FaceMesh]) -> Result<Vec<Blendshapes>> {
        let mut expressions = Vec::with_capacity(meshes.len());
        for batch in meshes.chunks(self.largest_batch) {
            expressions.extend(self.read_batch(batch)?);
        }
        Ok(expressions)
    }

    fn read_batch(&self, meshes: &[FaceMesh]) -> Result<Vec<Blendshapes>> {
        let points = meshes.iter().flat_map(|mesh| self.points.iter().map(|&index| mesh.point(index)));
        let values: Vec<f32> = points.flat_map(|point| [point.x, point.y]).collect();
        let shape = [meshes.len(), self.points.len(), 2];

        let mut outputs = self.session.run(&[TensorView::new(&shape, &values)?])?;
        let coefficients = outputs.swap_remove(self.output);
        if coefficients.values().len() != meshes.len() * COEFFICIENTS {
            return Err(Error::InferenceShapeMismatch {
                at: format!("the output of `{}`", self.id),
                expected: format!("[{}, {COEFFICIENTS}]", meshes.len()),
                actual: format!("{:?}", coefficients.shape()),
            });
        }

        let rows = coefficients.values().chunks_exact(COEFFICIENTS);
        Ok(rows.map(|row| Blendshapes(Box::new(std::array::from_fn(|i| row[i].clamp(0.0, 1.0))))).collect())
    }
}

const COEFFICIENTS: usize = 52;
