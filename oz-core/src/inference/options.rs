//! How a session shall run, and what an engine can do.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// Where a model runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Device {
    /// The processor.
    #[default]
    Cpu,
    /// The NVIDIA GPU of this number, from 0.
    Cuda(u32),
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(number) => write!(f, "cuda:{number}"),
        }
    }
}

impl From<Device> for String {
    fn from(device: Device) -> Self {
        device.to_string()
    }
}

impl TryFrom<String> for Device {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl FromStr for Device {
    type Err = Error;

    /// Reads `cpu`, `cuda` or `cuda:N`.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text.split_once(':') {
            None if text == "cpu" => Ok(Self::Cpu),
            None if text == "cuda" => Ok(Self::Cuda(0)),
            Some(("cuda", number)) if number.parse::<u32>().is_ok() => {
                Ok(Self::Cuda(number.parse().unwrap_or_default()))
            }
            _ => Err(Error::InvalidValue {
                name: "device",
                detail: format!("`{text}` is not cpu, cuda or cuda:N"),
            }),
        }
    }
}

/// Arithmetic inside a model; inputs and outputs are `f32` always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Precision {
    /// 32-bit floating point.
    #[default]
    F32,
    /// 16-bit IEEE floating point, on devices that compute in it.
    F16,
}

/// How a session shall run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionOptions {
    /// Threads that one run may use. One is best where several runs go side by side.
    pub threads: NonZeroUsize,
    /// Where to run.
    pub device: Device,
    /// In which arithmetic.
    pub precision: Precision,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self { threads: NonZeroUsize::MIN, device: Device::Cpu, precision: Precision::F32 }
    }
}

/// What an engine can do on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EngineCapabilities {
    /// Version of the engine or of the library that it found.
    pub version: String,
    /// Devices that can be asked for.
    pub devices: Vec<Device>,
    /// Arithmetic that can be asked for.
    pub precisions: Vec<Precision>,
    /// Processor features or library path in use, for people.
    pub detail: String,
}
