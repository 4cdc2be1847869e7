//! What the facade fails with.

use std::path::PathBuf;

/// What the facade returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the facade could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The domain or an adapter failed.
    #[error(transparent)]
    Core(#[from] oz_core::Error),
    /// A file could not be read or written.
    #[error("cannot {action} {}", path.display())]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// The system's own error.
        #[source]
        source: std::io::Error,
    },
    /// The configuration is not valid.
    #[error("the configuration is not valid: {detail}")]
    Config {
        /// What is wrong, with the key.
        detail: String,
    },
    /// Media without a face, where one is needed.
    #[error("no face was found in {what}")]
    NoFace {
        /// Description of the media.
        what: String,
    },
    /// Media with several faces, where exactly one is needed.
    #[error("{faces} faces were found in {what}, where one is needed")]
    SeveralFaces {
        /// Description of the media.
        what: String,
        /// Maximum number of faces in one frame.
        faces: usize,
    },
}

impl Error {
    /// The stable name of the failure, `area.reason`; see `docs/errors.md`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Core(error) => error.code(),
            Self::File { .. } => "file.unreadable",
            Self::Config { .. } => "config.invalid",
            Self::NoFace { .. } => "analysis.no_face",
            Self::SeveralFaces { .. } => "analysis.several_faces",
        }
    }

    /// Whether the caller's input is at fault rather than the system.
    #[must_use]
    pub fn is_input(&self) -> bool {
        match self {
            Self::Core(error) => error.is_input(),
            Self::File { .. } | Self::Config { .. } | Self::NoFace { .. } | Self::SeveralFaces { .. } => true,
        }
    }

    /// The message with all its causes, outermost first.
    #[must_use]
    pub fn chain(&self) -> String {
        let causes = std::iter::successors(std::error::Error::source(self), |error| error.source());
        std::iter::once(self.to_string())
            .chain(causes.map(ToString::to_string))
            .collect::<Vec<_>>()
            .join(": ")
    }
}
