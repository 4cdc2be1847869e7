//! Built-in engines: creation, status and automatic selection.

use std::fmt;
use std::mem::discriminant;
use std::sync::Arc;

use oz_core::inference::Device;
use oz_core::inference::port::Engine;
use oz_core::{Error, Result};

use super::EngineConfig;

/// Engines that this crate can be compiled with, fastest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EngineKind {
    /// ONNX Runtime, a native library that is loaded at run time.
    Onnx,
    /// Pure Rust.
    Candle,
}

impl EngineKind {
    /// All engines, fastest first.
    pub const ALL: [Self; 2] = [Self::Onnx, Self::Candle];

    /// Name of the engine in configurations and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Onnx => "onnx",
            Self::Candle => "candle",
        }
    }

    /// Whether the engine was compiled into this program.
    #[must_use]
    pub fn is_compiled(self) -> bool {
        match self {
            Self::Onnx => cfg!(any(feature = "onnx", feature = "onnx-download")),
            Self::Candle => cfg!(feature = "candle"),
        }
    }

    /// Creates the engine.
    ///
    /// # Errors
    /// `inference.engine_unavailable` if it was not compiled in or its library cannot be loaded.
    pub fn create(self, config: &EngineConfig) -> Result<Arc<dyn Engine>> {
        match self {
            Self::Onnx => onnx(config),
            Self::Candle => candle(),
        }
    }

    /// Creates the engine if it can compute on `device`. The index of a GPU is only checked when a model is
    /// loaded.
    ///
    /// # Errors
    /// As [`EngineKind::create`], and `inference.engine_unavailable` if it cannot compute on `device`.
    pub fn create_for(self, device: Device, config: &EngineConfig) -> Result<Arc<dyn Engine>> {
        let engine = self.create(config)?;
        let is_supported =
            engine.capabilities().devices.iter().any(|known| discriminant(known) == discriminant(&device));
        if is_supported {
            return Ok(engine);
        }

        let reason = format!("it cannot compute on {device}");
        Err(Error::EngineUnavailable {
            name: self.name().into(),
            reason,
            remedy: self.device_remedy().into(),
        })
    }

    /// Remedy for an engine that cannot compute on a GPU.
    fn device_remedy(self) -> &'static str {
        match self {
            Self::Onnx if cfg!(feature = "cuda") => "set ORT_DYLIB_PATH to a build of ONNX Runtime for CUDA",
            Self::Onnx => "rebuild with the cargo feature `cuda`",
            Self::Candle => "rebuild with the cargo feature `candle-cuda`",
        }
    }
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(any(feature = "onnx", feature = "onnx-download"))]
fn onnx(config: &EngineConfig) -> Result<Arc<dyn Engine>> {
    Ok(Arc::new(super::onnx::OnnxEngine::new(config)?))
}

#[cfg(not(any(feature = "onnx", feature = "onnx-download")))]
fn onnx(_: &EngineConfig) -> Result<Arc<dyn Engine>> {
    Err(not_compiled(EngineKind::Onnx))
}

#[cfg(feature = "candle")]
#[expect(clippy::unnecessary_wraps, reason = "same signature as `onnx`")]
fn candle() -> Result<Arc<dyn Engine>> {
    Ok(Arc::new(super::candle::CandleEngine::new()))
}

#[cfg(not(feature = "candle"))]
fn candle() -> Result<Arc<dyn Engine>> {
    Err(not_compiled(EngineKind::Candle))
}

#[cfg(not(all(feature = "candle", any(feature = "onnx", feature = "onnx-download"))))]
fn not_compiled(kind: EngineKind) -> Error {
    Error::EngineUnavailable {
        name: kind.name().into(),
        reason: "it is not compiled into this program".into(),
        remedy: format!("rebuild with the cargo feature `{kind}`"),
    }
}

/// Availability of an engine on this machine.
#[derive(Debug, Clone)]
pub struct EngineStatus {
    /// The engine.
    pub kind: EngineKind,
    /// Whether the engine can run on this machine.
    pub available: bool,
    /// Version of the engine or of its library; empty if not available.
    pub version: String,
    /// Supported devices; empty if not available.
    pub devices: Vec<Device>,
    /// Path of the library or instruction set in use; if not available, the reason and the remedy.
    pub detail: String,
}

/// Status of every engine, fastest first.
#[must_use]
pub fn available(config: &EngineConfig) -> Vec<EngineStatus> {
    EngineKind::ALL.map(|kind| status(kind, config)).into()
}

fn status(kind: EngineKind, config: &EngineConfig) -> EngineStatus {
    match kind.create(config) {
        Ok(engine) => {
            let capabilities = engine.capabilities();
            EngineStatus {
                kind,
                available: true,
                version: capabilities.version,
                devices: capabilities.devices,
                detail: capabilities.detail,
            }
        }
        Err(error) => EngineStatus {
            kind,
            available: false,
            version: String::new(),
            devices: vec![],
            detail: error.to_string(),
        },
    }
}

/// Creates the fastest engine that can compute on `device`; the string is a human-readable reason for the
/// choice.
///
/// A configured ONNX Runtime library (`onnx_library` or `ORT_DYLIB_PATH`) takes precedence over speed.
///
/// # Errors
/// `inference.engine_unavailable` if no engine can compute on `device`, or if the configured library cannot
/// be used: an explicit choice is never replaced by another engine.
pub fn auto(config: &EngineConfig, device: Device) -> Result<(Arc<dyn Engine>, String)> {
    let mut rejected = Vec::new();
    for (kind, reason) in order(config, device) {
        match kind.create_for(device, config) {
            Ok(engine) => {
                let why = format!("{kind}: {}{reason}", engine.capabilities().detail);
                return Ok((engine, [vec![why], rejected].concat().join("; ")));
            }
            Err(error) if is_library_configured(config) && kind == EngineKind::Onnx && kind.is_compiled() => {
                return Err(error);
            }
            Err(error) => rejected.push(error.to_string()),
        }
    }

    Err(Error::EngineUnavailable {
        name: "auto".into(),
        reason: format!("no available engine can compute on {device} ({})", rejected.join("; ")),
        remedy: remedy(device).into(),
    })
}

/// Engines in order of preference for `device`, each with a remark on its rank (may be empty).
fn order(config: &EngineConfig, device: Device) -> [(EngineKind, &'static str); 2] {
    if device == Device::Cpu && !is_library_configured(config) && candle_is_fastest() {
        return [
            (EngineKind::Candle, ", faster on this processor than ONNX Runtime"),
            (EngineKind::Onnx, ""),
        ];
    }
    EngineKind::ALL.map(|kind| (kind, ""))
}

/// Remedy if [`auto`] finds no engine for a device.
fn remedy(device: Device) -> &'static str {
    match device {
        Device::Cpu => "rebuild with the cargo feature `candle`",
        Device::Cuda(_) => "follow one of these remedies or use the device `cpu`",
    }
}

#[cfg(feature = "candle")]
fn candle_is_fastest() -> bool {
    super::candle::CandleEngine::new().is_fastest()
}

#[cfg(not(feature = "candle"))]
fn candle_is_fastest() -> bool {
    false
}

/// Whether the user chose an ONNX Runtime library.
fn is_library_configured(config: &EngineConfig) -> bool {
    config.onnx_library.is_some() || std::env::var_os("ORT_DYLIB_PATH").is_some_and(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engine_not_compiled_in_names_its_cargo_feature() {
        for kind in EngineKind::ALL.into_iter().filter(|kind| !kind.is_compiled()) {
            let error = kind.create(&EngineConfig::default()).unwrap_err();
            assert_eq!(error.code(), "inference.engine_unavailable");
            assert!(error.to_string().contains("cargo feature"), "{error}");
        }
    }

    #[test]
    fn auto_selects_an_engine_that_supports_the_device() {
        let serves = |devices: &[Device], device| {
            devices.iter().any(|known| discriminant(known) == discriminant(&device))
        };
        let config = EngineConfig::default();
        for device in [Device::Cpu, Device::Cuda(0), Device::Cuda(3)] {
            let can = available(&config).iter().any(|status| serves(&status.devices, device));
            match auto(&config, device) {
                Ok((engine, why)) => {
                    assert!(can && serves(&engine.capabilities().devices, device), "{device}: {why}");
                    assert!(why.starts_with(engine.name()), "{why}");
                }
                Err(error) => {
                    // A configured library rules out the other engines.
                    assert!(!can || is_library_configured(&config), "{device}: {error}");
                    assert_eq!(error.code(), "inference.engine_unavailable");
                }
            }
        }
    }

    #[cfg(not(any(feature = "cuda", feature = "candle-cuda")))]
    #[test]
    fn unsupported_device_error_lists_the_remedies() {
        let error = auto(&EngineConfig::default(), Device::Cuda(0)).unwrap_err();
        assert_eq!(error.code(), "inference.engine_unavailable");
        let text = error.to_string();
        assert!(text.contains("cargo feature") || text.contains("ONNX Runtime"), "{text}");
        #[cfg(feature = "candle")]
        assert!(is_library_configured(&EngineConfig::default()) || text.contains("`candle-cuda`"), "{text}");
    }

    #[test]
    fn every_engine_has_a_status() {
        let status = available(&EngineConfig::default());
        assert_eq!(status.len(), EngineKind::ALL.len());
        assert!(status.iter().all(|status| status.kind.is_compiled() || !status.available));
    }
}
