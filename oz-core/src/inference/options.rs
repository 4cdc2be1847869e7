//! Session options and engine capabilities.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// Device that runs a model. Its text form is `cpu` or `cuda:N`.
///
/// ```
/// use oz_core::inference::Device;
///
/// assert_eq!("cuda".parse::<Device>()?, Device::Cuda(0));
/// assert_eq!(Device::Cuda(1).to_string(), "cuda:1");
/// assert!("gpu".parse::<Device>().is_err());
/// # Ok::<(), oz_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Device {
    /// CPU.
    #[default]
    Cpu,
    /// NVIDIA GPU with this index, from 0.
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

    /// Parses `cpu`, `cuda` (the same as `cuda:0`) or `cuda:N`.
    fn from_str(text: &str) -> Result<Self, Error> {
        match text.split_once(':') {
            None if text == "cpu" => Ok(Self::Cpu),
            None if text == "cuda" => Ok(Self::Cuda(0)),
            Some(("cuda", number)) if number.parse::<u32>().is_ok() => {
                Ok(Self::Cuda(number.parse().unwrap_or_default()))
            }
            _ => Err(Error::InvalidValue {
                name: "device",
                detail: format!("must be cpu, cuda or cuda:N, not `{text}`"),
            }),
        }
    }
}

/// Precision of the arithmetic inside a model; inputs and outputs are always `f32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Precision {
    /// 32-bit floating point.
    #[default]
    F32,
    /// 16-bit IEEE floating point, on devices that support it.
    F16,
}

/// Options of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionOptions {
    /// Maximum number of threads per run. One, the default, is best when several runs execute in parallel.
    pub threads: NonZeroUsize,
    /// Device. Default CPU.
    pub device: Device,
    /// Precision. Default [`Precision::F32`].
    pub precision: Precision,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self { threads: NonZeroUsize::MIN, device: Device::Cpu, precision: Precision::F32 }
    }
}

/// Capabilities of an engine on this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EngineCapabilities {
    /// Version of the engine or of the library that it loads.
    pub version: String,
    /// Supported devices.
    pub devices: Vec<Device>,
    /// Supported precisions.
    pub precisions: Vec<Precision>,
    /// CPU features or library path in use, for people.
    pub detail: String,
}
