//! Expression, read from the points of a mesh.

use std::sync::Arc;

use oz_core::face::{Blendshapes, FaceMesh};
use oz_core::inference::port::Session;
use oz_core::inference::{Dim, ModelId, TensorView};
use oz_core::{Error, Result};

use crate::ledger::{Family, Manifest};

/// What a network of this family needs besides its weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlendshapeSpec {
    /// The mesh points that it takes, as `[N, points, 2]`: x and y in pixels of the picture.
    pub points: Vec<usize>,
    /// Name of the output `[N, 52]`: coefficients 0..=1 in the order of [`Blendshapes`].
    pub output: String,
}

impl BlendshapeSpec {
    /// Reads the parameter `points`; the output is the only one.
    ///
    /// # Errors
    /// `model.invalid_manifest`.
    pub fn from_manifest(manifest: &Manifest) -> Result<Self> {
        if manifest.family != Family::Blendshapes {
            return Err(manifest.invalid("family", "reads no blendshapes"));
        }
        let [output] = manifest.outputs.as_slice() else {
            return Err(manifest.invalid("output", "one is needed"));
        };
        Ok(Self { points: manifest.parameter("points")?, output: output.name.clone() })
    }
}

/// Reads 52 coefficients from each mesh. Cheap to clone.
///
/// Source: MediaPipe `face_blendshapes_graph.cc`, 0.10.21.
#[derive(Debug, Clone)]
pub struct BlendshapeReader {
    id: ModelId,
    session: Arc<dyn Session>,
    points: Arc<[usize]>,
    /// Where the coefficients stand in the session's answer.
    output: usize,
    largest_batch: usize,
}

/// More faces than this are read in several runs.
const LARGEST_BATCH: usize = 32;

impl BlendshapeReader {
    /// Joins a session with what it takes.
    ///
    /// # Errors
    /// `input.invalid_value` for a point that no mesh has; `inference.shape_mismatch` and `inference.invalid_model`
    /// when the session does not fit `spec`.
    pub fn new(id: ModelId, session: Arc<dyn Session>, spec: BlendshapeSpec) -> Result<Self> {
        if let Some(unknown) = spec.points.iter().find(|&&point| point >= FaceMesh::POINTS) {
            let detail = format!("{unknown} is not below {}", FaceMesh::POINTS);
            return Err(Error::InvalidValue { name: "mesh point", detail });
        }
        let signature = session.signature();
        let shape = [1, spec.points.len(), 2];
        let [taken] = signature.inputs.as_slice() else {
            let detail = format!("one input is needed, there are {}", signature.inputs.len());
            return Err(Error::InferenceInvalidModel { model: id.to_string(), detail });
        };
        if !taken.accepts(&shape) {
            let (at, expected) = (format!("the input of `{id}`"), format!("{shape:?}"));
            return Err(Error::InferenceShapeMismatch { at, expected, actual: taken.to_string() });
        }
        let largest_batch = if taken.shape[0] == Dim::Dynamic { LARGEST_BATCH } else { 1 };
        let found = signature.outputs.iter().position(|output| output.name == spec.output);
        let output = found.ok_or_else(|| Error::InferenceInvalidModel {
            model: id.to_string(),
            detail: format!("there is no output `{}`", spec.output),
        })?;
        Ok(Self { id, session, points: spec.points.into(), output, largest_batch })
    }

    /// Name of the model.
    #[must_use]
    pub fn id(&self) -> &ModelId {
        &self.id
    }

    /// The expression of each mesh, in order.
    ///
    /// # Errors
    /// `inference.failed`; `inference.shape_mismatch` when the answer is not 52 values for each mesh.
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
        let mut answer = self.session.run(&[TensorView::new(&shape, &values)?])?;
        let coefficients = answer.swap_remove(self.output);
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
