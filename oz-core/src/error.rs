//! The one error type of every port, with a stable code for each way to fail.

use std::error::Error as StdError;

/// What every port returns.
pub type Result<T> = std::result::Result<T, Error>;

type Cause = Box<dyn StdError + Send + Sync>;

/// Why an operation failed.
///
/// Callers branch on [`Error::code`] and [`Error::is_retryable`]; the text is for people. Outcomes are not errors: no
/// face in an image is an empty list, a non-match is a decision.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input holds no bytes.
    #[error("the media is empty")]
    MediaEmpty,
    /// The content is of a kind that no decoder accepts.
    #[error("the media type is not supported: {detected}")]
    MediaUnsupportedType {
        /// What the bytes look like, e.g. `PDF document` or `unknown`.
        detected: String,
    },
    /// The container is known, its coding is not.
    #[error("the codec is not supported: {codec}")]
    MediaUnsupportedCodec {
        /// Four-character code or codec id as it stands in the container.
        codec: String,
    },
    /// The media ends before its content does.
    #[error("the media is truncated: {detail}")]
    MediaTruncated {
        /// Which part is missing.
        detail: String,
    },
    /// The media contradicts its own format.
    #[error("the media is corrupt: {detail}")]
    MediaCorrupt {
        /// What is wrong.
        detail: String,
    },
    /// The media asks for more than the configured limits allow.
    #[error("the media exceeds the limit of {limit}: {actual} > {allowed}")]
    MediaLimitExceeded {
        /// Which limit.
        limit: LimitKind,
        /// What the media asks for, in the unit of the limit.
        actual: u64,
        /// What is allowed, in the same unit.
        allowed: u64,
    },
    /// The media is well formed and holds no picture.
    #[error("the media holds no frames")]
    MediaNoFrames,
    /// A pixel buffer does not fit its stated size.
    #[error("an image of {width} x {height} needs {expected} bytes, got {actual}")]
    MediaInvalidImage {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Bytes that an RGB image of this size takes.
        expected: u64,
        /// Bytes that were given.
        actual: u64,
    },

    /// No engine of this name was compiled in or registered.
    #[error("there is no inference engine named `{name}`; known: {known}")]
    EngineUnknown {
        /// What was asked for.
        name: String,
        /// What could have been asked for.
        known: String,
    },
    /// The engine exists but cannot run here.
    #[error("the inference engine `{name}` is not available: {reason}; {remedy}")]
    EngineUnavailable {
        /// Which engine.
        name: String,
        /// What is missing.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
    /// The engine cannot run with the requested option.
    #[error("the inference engine `{name}` does not support {option}")]
    InferenceUnsupportedOption {
        /// Which engine.
        name: String,
        /// Which option, e.g. `device cuda:0`.
        option: String,
    },
    /// The model file cannot be parsed or contradicts itself.
    #[error("the model `{model}` is not valid: {detail}")]
    InferenceInvalidModel {
        /// Id of the model.
        model: String,
        /// What is wrong.
        detail: String,
    },
    /// The model uses an operator that the engine lacks.
    #[error("the operator {operator} of the model `{model}` is not supported")]
    InferenceUnsupportedOperator {
        /// Id of the model.
        model: String,
        /// ONNX operator name.
        operator: String,
    },
    /// A tensor does not have the shape that is needed.
    #[error("shape mismatch at {at}: expected {expected}, got {actual}")]
    InferenceShapeMismatch {
        /// Name of the tensor or operation.
        at: String,
        /// Needed shape.
        expected: String,
        /// Given shape.
        actual: String,
    },
    /// The engine failed while running a model.
    #[error("inference failed: {detail}")]
    InferenceFailed {
        /// What was being run.
        detail: String,
        /// The engine's own error.
        #[source]
        source: Option<Cause>,
    },

    /// No model of this id is in the ledger.
    #[error("there is no model `{id}`")]
    ModelUnknown {
        /// What was asked for.
        id: String,
    },
    /// The model is known, its file is not here.
    #[error("the model `{id}` is not installed; {remedy}")]
    ModelNotInstalled {
        /// Which model.
        id: String,
        /// What to do about it.
        remedy: String,
    },
    /// The file is not the one that the ledger describes.
    #[error("the model `{id}` has SHA-256 {actual}, the ledger says {expected}")]
    ModelDigestMismatch {
        /// Which model.
        id: String,
        /// Digest in the ledger.
        expected: String,
        /// Digest of the file.
        actual: String,
    },
    /// A ledger or manifest is not valid.
    #[error("the model manifest is not valid: {detail}")]
    ModelInvalidManifest {
        /// What is wrong, with the model and key.
        detail: String,
    },
    /// Commercial use was required and the model's licence or training data forbids it.
    #[error("the model `{id}` may not be used commercially: {restriction}")]
    ModelCommercialUseRestricted {
        /// Which model.
        id: String,
        /// What the ledger says.
        restriction: String,
    },

    /// The landmarks lie on one line or in one point: no transform maps them onto a face.
    #[error("the landmarks are degenerate")]
    DegenerateLandmarks,
    /// Feature vectors of different models were compared.
    #[error("features of `{left}` and `{right}` cannot be compared")]
    IncomparableFeatures {
        /// Model of the first vector.
        left: String,
        /// Model of the second vector.
        right: String,
    },
    /// A value lies outside its documented range.
    #[error("{name} is not valid: {detail}")]
    InvalidValue {
        /// Which value.
        name: &'static str,
        /// Why.
        detail: String,
    },

    /// What was asked for is not stored.
    #[error("{what} was not found")]
    NotFound {
        /// Kind and id.
        what: String,
    },
    /// What was to be created exists, or was changed by somebody else.
    #[error("{what} conflicts with what is stored")]
    Conflict {
        /// Kind and id.
        what: String,
    },
    /// The licence does not cover the operation.
    #[error("the licence does not allow this: {detail}")]
    LicenseDenied {
        /// What is not covered, or why the licence is not valid.
        detail: String,
    },
    /// The system behind an adapter failed.
    #[error("{operation} failed")]
    Backend {
        /// What was being done.
        operation: String,
        /// Whether the same call may succeed later; only the adapter can know.
        retryable: bool,
        /// The driver's own error.
        #[source]
        source: Option<Cause>,
    },
}

/// The limits that media can exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LimitKind {
    /// Size of the input in bytes.
    Bytes,
    /// Pixels of one picture.
    Pixels,
    /// Width or height in pixels.
    Side,
    /// Number of frames.
    Frames,
    /// Duration in milliseconds.
    DurationMs,
    /// Entries of an archive.
    ArchiveEntries,
    /// Bytes after unpacking an archive.
    UnpackedBytes,
    /// Wall-clock time spent decoding, in milliseconds.
    DecodeTimeMs,
}

impl std::fmt::Display for LimitKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes",
            Self::Pixels => "pixels",
            Self::Side => "side length in pixels",
            Self::Frames => "frames",
            Self::DurationMs => "duration in milliseconds",
            Self::ArchiveEntries => "archive entries",
            Self::UnpackedBytes => "unpacked bytes",
            Self::DecodeTimeMs => "decoding time in milliseconds",
        })
    }
}

impl Error {
    /// The stable name of the failure, `area.reason`. Part of the interface: never changed, never reused.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::MediaEmpty => "media.empty",
            Self::MediaUnsupportedType { .. } => "media.unsupported_type",
            Self::MediaUnsupportedCodec { .. } => "media.unsupported_codec",
            Self::MediaTruncated { .. } => "media.truncated",
            Self::MediaCorrupt { .. } => "media.corrupt",
            Self::MediaLimitExceeded { .. } => "media.limit_exceeded",
            Self::MediaNoFrames => "media.no_frames",
            Self::MediaInvalidImage { .. } => "media.invalid_image",
            Self::EngineUnknown { .. } => "inference.engine_unknown",
            Self::EngineUnavailable { .. } => "inference.engine_unavailable",
            Self::InferenceUnsupportedOption { .. } => "inference.unsupported_option",
            Self::InferenceInvalidModel { .. } => "inference.invalid_model",
            Self::InferenceUnsupportedOperator { .. } => "inference.unsupported_operator",
            Self::InferenceShapeMismatch { .. } => "inference.shape_mismatch",
            Self::InferenceFailed { .. } => "inference.failed",
            Self::ModelUnknown { .. } => "model.unknown",
            Self::ModelNotInstalled { .. } => "model.not_installed",
            Self::ModelDigestMismatch { .. } => "model.digest_mismatch",
            Self::ModelInvalidManifest { .. } => "model.invalid_manifest",
            Self::ModelCommercialUseRestricted { .. } => "model.commercial_use_restricted",
            Self::DegenerateLandmarks => "analysis.degenerate_landmarks",
            Self::IncomparableFeatures { .. } => "analysis.incomparable_features",
            Self::InvalidValue { .. } => "input.invalid_value",
            Self::NotFound { .. } => "storage.not_found",
            Self::Conflict { .. } => "storage.conflict",
            Self::LicenseDenied { .. } => "license.denied",
            Self::Backend { .. } => "storage.backend",
        }
    }

    /// Whether the same call may succeed later without any change.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Backend { retryable: true, .. })
    }

    /// Whether the caller's input is at fault rather than the system.
    #[must_use]
    pub fn is_input(&self) -> bool {
        let area = self.code().split('.').next();
        matches!(area, Some("media" | "input" | "analysis"))
    }

    /// An error of [`Error::InferenceFailed`] with its cause.
    pub fn inference(detail: impl Into<String>, source: impl Into<Cause>) -> Self {
        Self::InferenceFailed { detail: detail.into(), source: Some(source.into()) }
    }

    /// An error of [`Error::Backend`] with its cause.
    pub fn backend(operation: impl Into<String>, retryable: bool, source: impl Into<Cause>) -> Self {
        Self::Backend { operation: operation.into(), retryable, source: Some(source.into()) }
    }

    /// An error of [`Error::MediaCorrupt`].
    pub fn corrupt(detail: impl Into<String>) -> Self {
        Self::MediaCorrupt { detail: detail.into() }
    }

    /// An error of [`Error::MediaTruncated`].
    pub fn truncated(detail: impl Into<String>) -> Self {
        Self::MediaTruncated { detail: detail.into() }
    }
}
