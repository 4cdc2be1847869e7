//! The engines that there are.

use std::fmt;
use std::mem::discriminant;
use std::str::FromStr;
use std::sync::Arc;

use oz_core::inference::Device;
use oz_core::inference::port::Engine;
use oz_core::{Error, Result};

use super::EngineConfig;

/// The engines that this crate can be compiled with, fastest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EngineKind {
    /// ONNX Runtime, native; its library is looked for when the program runs.
    Onnx,
    /// Pure Rust.
    Candle,
}

impl EngineKind {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Onnx, Self::Candle];

    /// The name by which an engine is asked for.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Onnx => "onnx",
            Self::Candle => "candle",
        }
    }

    /// Whether the engine is part of this program.
    #[must_use]
    pub fn is_compiled(self) -> bool {
        match self {
            Self::Onnx => cfg!(any(feature = "onnx", feature = "onnx-download")),
            Self::Candle => cfg!(feature = "candle"),
        }
    }

    /// Makes the engine.
    ///
    /// # Errors
    /// `inference.engine_unavailable` when it was not compiled in or what it needs is not here.
    pub fn create(self, config: &EngineConfig) -> Result<Arc<dyn Engine>> {
        match self {
            Self::Onnx => onnx(config),
            Self::Candle => candle(),
        }
    }

    /// What lets the engine compute on a GPU.
    fn device_remedy(self) -> &'static str {
        match self {
            Self::Onnx if cfg!(feature = "cuda") => "name a library of ONNX Runtime that was built for CUDA",
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

impl FromStr for EngineKind {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| Error::EngineUnknown {
            name: name.into(),
            known: Self::ALL.map(Self::name).join(", "),
        })
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
#[expect(clippy::unnecessary_wraps, reason = "as the others")]
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
        reason: "it is not part of this program".into(),
        remedy: format!("rebuild with the cargo feature `{kind}`"),
    }
}

/// An engine, whether it can run here, and what to do if not.
#[derive(Debug, Clone)]
pub struct EngineStatus {
    /// Which engine.
    pub kind: EngineKind,
    /// Whether it can run here.
    pub available: bool,
    /// Version of the engine or of the library that it found; empty when it is not available.
    pub version: String,
    /// Devices that can be asked for.
    pub devices: Vec<Device>,
    /// Where it is or what it uses; why it is not available and the remedy.
    pub detail: String,
}

/// Every engine, fastest first.
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

/// The engine of this name.
///
/// # Errors
/// `inference.engine_unknown` when there is none; `inference.engine_unavailable` when it cannot run here.
pub fn by_name(name: &str, config: &EngineConfig) -> Result<Arc<dyn Engine>> {
    name.parse::<EngineKind>()?.create(config)
}

/// The fastest engine that can run here and compute on `device`, and why it was chosen, for people. Naming a library of
/// ONNX Runtime chooses that engine.
///
/// # Errors
/// `inference.engine_unavailable` when none can; a library that was named explicitly and cannot be used is an error as
/// well, not a reason to take another engine.
pub fn auto(config: &EngineConfig, device: Device) -> Result<(Arc<dyn Engine>, String)> {
    let mut passed_over = Vec::new();
    for (kind, reason) in order(config, device) {
        match kind.create(config).and_then(|engine| serving(engine, kind, device)) {
            Ok(engine) => {
                let why = format!("{kind}: {}{reason}", engine.capabilities().detail);
                return Ok((engine, [vec![why], passed_over].concat().join("; ")));
            }
            Err(error) if named(config) && kind == EngineKind::Onnx && kind.is_compiled() => {
                return Err(error);
            }
            Err(error) => passed_over.push(error.to_string()),
        }
    }
    Err(Error::EngineUnavailable {
        name: "auto".into(),
        reason: format!("no engine here computes on {device} ({})", passed_over.join("; ")),
        remedy: remedy(device).into(),
    })
}

/// The engines, fastest on the device first, each with what there is to say about its place.
fn order(config: &EngineConfig, device: Device) -> [(EngineKind, &'static str); 2] {
    if device == Device::Cpu && !named(config) && candle_is_fastest() {
        return [(EngineKind::Candle, ", faster here than ONNX Runtime"), (EngineKind::Onnx, "")];
    }
    EngineKind::ALL.map(|kind| (kind, ""))
}

/// The engine, if it computes on devices of this kind. Which of several GPUs there are is seen when a model is loaded.
fn serving(engine: Arc<dyn Engine>, kind: EngineKind, device: Device) -> Result<Arc<dyn Engine>> {
    let serves =
        engine.capabilities().devices.iter().any(|known| discriminant(known) == discriminant(&device));
    if serves {
        return Ok(engine);
    }
    let reason = format!("it cannot compute on {device}");
    Err(Error::EngineUnavailable { name: kind.name().into(), reason, remedy: kind.device_remedy().into() })
}

/// What makes `auto` find an engine for a device.
fn remedy(device: Device) -> &'static str {
    match device {
        Device::Cpu => "rebuild with the cargo feature `candle`",
        Device::Cuda(_) => "follow one of these, or take the device `cpu`",
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

fn named(config: &EngineConfig) -> bool {
    config.onnx_library.is_some() || std::env::var_os("ORT_DYLIB_PATH").is_some_and(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let error = by_name("tensorflow", &EngineConfig::default()).unwrap_err();
        assert_eq!(error.code(), "inference.engine_unknown");
        assert!(error.to_string().contains("onnx, candle"), "{error}");
    }

    #[test]
    fn an_engine_that_was_not_compiled_in_names_the_feature() {
        for kind in EngineKind::ALL.into_iter().filter(|kind| !kind.is_compiled()) {
            let error = kind.create(&EngineConfig::default()).unwrap_err();
            assert_eq!(error.code(), "inference.engine_unavailable");
            assert!(error.to_string().contains("cargo feature"), "{error}");
        }
    }

    #[test]
    fn auto_takes_an_engine_that_computes_on_the_device() {
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
                    // A library that was named decides alone.
                    assert!(!can || named(&config), "{device}: {error}");
                    assert_eq!(error.code(), "inference.engine_unavailable");
                }
            }
        }
    }

    #[cfg(not(any(feature = "cuda", feature = "candle-cuda")))]
    #[test]
    fn a_device_that_no_engine_serves_is_refused_with_the_remedies() {
        let error = auto(&EngineConfig::default(), Device::Cuda(0)).unwrap_err();
        assert_eq!(error.code(), "inference.engine_unavailable");
        let text = error.to_string();
        assert!(text.contains("cargo feature") || text.contains("ONNX Runtime"), "{text}");
        #[cfg(feature = "candle")]
        assert!(named(&EngineConfig::default()) || text.contains("`candle-cuda`"), "{text}");
    }

    #[test]
    fn every_engine_has_a_status() {
        let status = available(&EngineConfig::default());
        assert_eq!(status.len(), EngineKind::ALL.len());
        assert!(status.iter().all(|status| status.kind.is_compiled() || !status.available));
    }
}
