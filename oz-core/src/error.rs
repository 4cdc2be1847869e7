//! Error type shared by all ports, with a stable code per failure.

use std::error::Error as StdError;

/// Result of every port operation.
pub type Result<T> = std::result::Result<T, Error>;

type Cause = Box<dyn StdError + Send + Sync>;

/// Failure of an operation.
///
/// Branch on [`Error::code`] and [`Error::is_retryable`]; the `Display` text is for humans and may change.
/// Negative outcomes are not errors: an image without faces yields an empty list, a non-match is a decision.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input has zero bytes.
    #[error("the media is empty")]
    MediaEmpty,
    /// No decoder accepts this type of content.
    #[error("unsupported media type: {detected}")]
    MediaUnsupportedType {
        /// Type detected from the content, e.g. `PDF document` or `unknown`.
        detected: String,
    },
    /// The container format is known, but not the codec inside it.
    #[error("unsupported codec: {codec}")]
    MediaUnsupportedCodec {
        /// Four-character code or codec ID, as written in the container.
        codec: String,
    },
    /// The input ends before the end of the media.
    #[error("the media is truncated: {detail}")]
    MediaTruncated {
        /// The missing part.
        detail: String,
    },
    /// The media violates its own format.
    #[error("the media is corrupt: {detail}")]
    MediaCorrupt {
        /// The violated rule.
        detail: String,
    },
    /// Decoding the media would exceed a configured limit.
    #[error("the media exceeds the limit of {limit}: {actual} > {allowed}")]
    MediaLimitExceeded {
        /// The exceeded limit.
        limit: LimitKind,
        /// Amount that the media requires, in the unit of the limit.
        actual: u64,
        /// Maximum amount, in the unit of the limit.
        allowed: u64,
    },
    /// The media is well formed but contains no frames.
    #[error("the media contains no frames")]
    MediaNoFrames,
    /// The length of a pixel buffer does not match the image dimensions.
    #[error("an image of {width} x {height} pixels needs {expected} bytes, got {actual}")]
    MediaInvalidImage {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Length of an RGB buffer for these dimensions, in bytes.
        expected: u64,
        /// Length of the buffer, in bytes.
        actual: u64,
    },

    /// No engine of this name is compiled in or registered.
    #[error("unknown inference engine `{name}`; known engines: {known}")]
    EngineUnknown {
        /// Requested name.
        name: String,
        /// Comma-separated names of the registered engines.
        known: String,
    },
    /// The engine is known but cannot run on this machine.
    #[error("the inference engine `{name}` is not available: {reason}; {remedy}")]
    EngineUnavailable {
        /// Name of the engine.
        name: String,
        /// Missing requirement.
        reason: String,
        /// Action that makes the engine available.
        remedy: String,
    },
    /// The engine cannot run with the requested option.
    #[error("the inference engine `{name}` does not support {option}")]
    InferenceUnsupportedOption {
        /// Name of the engine.
        name: String,
        /// Unsupported option, e.g. `device cuda:0`.
        option: String,
    },
    /// The model file cannot be parsed or is inconsistent.
    #[error("invalid model `{model}`: {detail}")]
    InferenceInvalidModel {
        /// Model ID.
        model: String,
        /// Cause of the rejection.
        detail: String,
    },
    /// The model uses an operator that the engine does not implement.
    #[error("unsupported operator {operator} in the model `{model}`")]
    InferenceUnsupportedOperator {
        /// Model ID.
        model: String,
        /// ONNX operator name.
        operator: String,
    },
    /// A tensor has the wrong shape.
    #[error("shape mismatch at {at}: expected {expected}, got {actual}")]
    InferenceShapeMismatch {
        /// Name of the tensor or operation.
        at: String,
        /// Required shape.
        expected: String,
        /// Shape of the tensor.
        actual: String,
    },
    /// The engine failed while running a model.
    #[error("inference failed: {detail}")]
    InferenceFailed {
        /// The failed step.
        detail: String,
        /// Error of the engine.
        #[source]
        source: Option<Cause>,
    },

    /// The ledger has no model of this ID.
    #[error("unknown model `{id}`; known models: {known}")]
    ModelUnknown {
        /// Requested ID.
        id: String,
        /// Comma-separated IDs of the known models.
        known: String,
    },
    /// The ledger lists the model, but its file is missing.
    #[error("the model `{id}` is not installed; {remedy}")]
    ModelNotInstalled {
        /// Model ID.
        id: String,
        /// Action that installs the model.
        remedy: String,
    },
    /// The model file differs from the one described in the ledger.
    #[error("SHA-256 mismatch of the model `{id}`: expected {expected}, got {actual}")]
    ModelDigestMismatch {
        /// Model ID.
        id: String,
        /// Digest recorded in the ledger.
        expected: String,
        /// Digest of the file.
        actual: String,
    },
    /// A ledger or manifest is invalid.
    #[error("invalid model manifest: {detail}")]
    ModelInvalidManifest {
        /// Cause of the rejection, including the model and the key.
        detail: String,
    },
    /// Commercial use is required, but the model's licence or training data forbids it.
    #[error("the model `{id}` may not be used commercially: {restriction}")]
    ModelCommercialUseRestricted {
        /// Model ID.
        id: String,
        /// Restriction recorded in the ledger.
        restriction: String,
    },

    /// The landmarks are collinear or coincident, so no transform maps them onto a face.
    #[error("the landmarks are degenerate")]
    DegenerateLandmarks,
    /// The caller ended the analysis through its progress callback.
    #[error("the analysis was cancelled")]
    Cancelled,
    /// Feature vectors of different models, or of different lengths, were compared.
    #[error("feature vectors of `{left}` and `{right}` cannot be compared")]
    IncomparableFeatures {
        /// Model of the first vector.
        left: String,
        /// Model of the second vector.
        right: String,
    },
    /// A value is outside its documented range.
    #[error("invalid {name}: {detail}")]
    InvalidValue {
        /// Name of the value.
        name: &'static str,
        /// The violated rule.
        detail: String,
    },

    /// The requested record is not stored.
    #[error("{what} not found")]
    NotFound {
        /// Kind and ID of the record.
        what: String,
    },
    /// The record exists already, was changed concurrently, or does not permit the change in its present
    /// state.
    #[error("{what} conflicts with the stored state")]
    Conflict {
        /// Kind and ID of the record.
        what: String,
    },
    /// The licence does not cover the operation.
    #[error("denied by the licence: {detail}")]
    LicenseDenied {
        /// The uncovered feature, or the reason why the licence is invalid.
        detail: String,
    },
    /// The system behind an adapter failed.
    #[error("{operation} failed")]
    Backend {
        /// The failed operation, as a gerund phrase.
        operation: String,
        /// Whether the same call may succeed later. Set by the adapter.
        retryable: bool,
        /// Error of the driver.
        #[source]
        source: Option<Cause>,
    },
}

/// Limits on media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LimitKind {
    /// Size of the input in bytes.
    Bytes,
    /// Pixels per picture.
    Pixels,
    /// Width or height in pixels.
    Side,
    /// Number of frames.
    Frames,
    /// Duration in milliseconds.
    DurationMs,
    /// Number of entries in an archive.
    ArchiveEntries,
    /// Total size of the unpacked entries of an archive, in bytes.
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
    /// Stable code of the failure, in the form `area.reason`. Part of the interface: never changed, never
    /// reused.
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
            Self::Cancelled => "analysis.cancelled",
            Self::IncomparableFeatures { .. } => "analysis.incomparable_features",
            Self::InvalidValue { .. } => "input.invalid_value",
            Self::NotFound { .. } => "storage.not_found",
            Self::Conflict { .. } => "storage.conflict",
            Self::LicenseDenied { .. } => "license.denied",
            Self::Backend { .. } => "storage.backend",
        }
    }

    /// Whether repeating the same call later may succeed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Backend { retryable: true, .. })
    }

    /// Whether the failure is caused by the caller's input rather than by the system.
    #[must_use]
    pub fn is_input(&self) -> bool {
        let area = self.code().split('.').next();
        matches!(area, Some("media" | "input" | "analysis"))
    }

    /// Creates an [`Error::InferenceFailed`] with its cause.
    pub fn inference(detail: impl Into<String>, source: impl Into<Cause>) -> Self {
        Self::InferenceFailed { detail: detail.into(), source: Some(source.into()) }
    }

    /// Creates an [`Error::Backend`] with its cause.
    pub fn backend(operation: impl Into<String>, retryable: bool, source: impl Into<Cause>) -> Self {
        Self::Backend { operation: operation.into(), retryable, source: Some(source.into()) }
    }

    /// Creates an [`Error::MediaCorrupt`].
    pub fn corrupt(detail: impl Into<String>) -> Self {
        Self::MediaCorrupt { detail: detail.into() }
    }

    /// Creates an [`Error::MediaTruncated`].
    pub fn truncated(detail: impl Into<String>) -> Self {
        Self::MediaTruncated { detail: detail.into() }
    }
}
