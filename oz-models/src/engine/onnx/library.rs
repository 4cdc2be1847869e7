//! The ONNX Runtime library of the process: loaded once, then shared.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;
use oz_core::Result;

use super::super::EngineConfig;
use super::unavailable;

/// A loaded library.
#[derive(Clone)]
pub(super) struct Library {
    pub(super) path: PathBuf,
    pub(super) version: String,
    pub(super) environment: Environment,
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ONNX Runtime {} at {}", self.version, self.path.display())
    }
}

static LOADED: Mutex<Option<Library>> = Mutex::new(None);

/// Loads the library that `config` selects, or returns it if it is already loaded.
pub(super) fn load(config: &EngineConfig) -> Result<Library> {
    let path = resolve(config)?;

    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(library) = &*loaded {
        if library.path == path {
            return Ok(library.clone());
        }
        let reason = format!(
            "this process has already loaded {} and cannot load {} as well",
            library.path.display(),
            path.display()
        );
        return Err(unavailable(reason, "use a single library per process"));
    }

    let library = open(&path)?;
    *loaded = Some(library.clone());
    Ok(library)
}

#[cfg(feature = "onnx")]
fn resolve(config: &EngineConfig) -> Result<PathBuf> {
    super::discovery::find(config)
}

#[cfg(feature = "onnx")]
fn open(path: &Path) -> Result<Library> {
    let failed = |error: &dyn fmt::Display| unavailable(error.to_string(), super::discovery::REMEDY);
    let builder = ort::init_from(path).map_err(|error| failed(&error))?;
    let environment = builder.with_telemetry(false).build().map_err(|error| failed(&error))?;
    Ok(Library { path: path.into(), version: version(path), environment })
}

#[cfg(not(feature = "onnx"))]
fn resolve(_: &EngineConfig) -> Result<PathBuf> {
    Ok(PathBuf::from("statically linked"))
}

#[cfg(not(feature = "onnx"))]
fn open(path: &Path) -> Result<Library> {
    let failed = |error: ort::Error| unavailable(error.to_string(), "rebuild with the cargo feature `onnx`");
    let environment = ort::init().with_telemetry(false).build().map_err(failed)?;
    Ok(Library { path: path.into(), version: version(path), environment })
}

/// Version of the library: from its build information, else from its file name, else `unknown`.
fn version(path: &Path) -> String {
    let numeric = |text: &str| {
        let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
        let text = text[..end].trim_matches('.');
        (text.contains('.')).then(|| text.to_owned())
    };

    let built = ort::info().split_once("git-branch=rel-").and_then(|(_, rest)| numeric(rest));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let named = name.split_once(".so.").and_then(|(_, rest)| numeric(rest));
    built.or(named).unwrap_or_else(|| "unknown".into())
}
