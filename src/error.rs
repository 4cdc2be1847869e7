//! Errors of the facade.

use std::path::PathBuf;

/// Result of the facade.
pub type Result<T> = std::result::Result<T, Error>;

/// Error of the facade. Branch on [`Error::code`]; show [`Error::chain`] to people.
///
/// ```
/// use oz::Config;
///
/// let error = Config::from_toml("threads = 0").unwrap_err();
/// assert_eq!(error.code(), "config.invalid");
/// assert!(error.chain().contains("threads"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Error of the domain or of an adapter.
    #[error(transparent)]
    Core(#[from] oz_core::Error),
    /// A file cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        #[source]
        source: std::io::Error,
    },
    /// The configuration is invalid.
    #[error("invalid configuration: {detail}")]
    Config {
        /// Description of the problem, with the key.
        detail: String,
    },
    /// The media show no face, but one is required.
    #[error("no face was found in {what}")]
    NoFace {
        /// Description of the media.
        what: String,
    },
    /// The media show several faces, but exactly one is required.
    #[error("{faces} faces were found in {what}, but exactly one is required")]
    SeveralFaces {
        /// Description of the media.
        what: String,
        /// Maximum number of faces in one frame.
        faces: usize,
    },
}

impl Error {
    /// Stable code, `area.reason`; `docs/errors.md` lists all of them.
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

    /// Whether the input caused the error, rather than the system.
    #[must_use]
    pub fn is_input(&self) -> bool {
        match self {
            Self::Core(error) => error.is_input(),
            Self::File { .. } | Self::Config { .. } | Self::NoFace { .. } | Self::SeveralFaces { .. } => true,
        }
    }

    /// Message with all causes, outermost first, joined by `: `.
    #[must_use]
    pub fn chain(&self) -> String {
        let causes = std::iter::successors(std::error::Error::source(self), |error| error.source());
        std::iter::once(self.to_string())
            .chain(causes.map(ToString::to_string))
            .collect::<Vec<_>>()
            .join(": ")
    }
}
