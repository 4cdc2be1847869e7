//! Description of the machine.

use serde::Serialize;

/// Machine of a benchmark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// Operating system, e.g. `linux`.
    pub os: &'static str,
    /// Architecture, e.g. `x86_64`.
    pub arch: &'static str,
    /// Name of the processor; `None` if the system does not state it (only Linux does).
    pub cpu: Option<String>,
    /// Number of threads that the process can run in parallel.
    pub cores: usize,
    /// Names of the NVIDIA GPUs that the Linux driver reports.
    pub gpus: Vec<String>,
}

impl Machine {
    /// This machine.
    #[must_use]
    pub fn current() -> Self {
        let cpu_info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        Self {
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
            cpu: field(&cpu_info, "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            gpus: gpus(),
        }
    }
}

fn gpus() -> Vec<String> {
    let Ok(folders) = std::fs::read_dir("/proc/driver/nvidia/gpus") else { return Vec::new() };
    let texts =
        folders.flatten().filter_map(|gpu| std::fs::read_to_string(gpu.path().join("information")).ok());
    let mut names: Vec<_> = texts.filter_map(|text| field(&text, "Model")).collect();
    names.sort();
    names
}

/// Value of the first line `name : value`.
fn field(text: &str, name: &str) -> Option<String> {
    let fields = text.lines().filter_map(|line| line.split_once(':'));
    let mut values = fields.filter(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned());
    values.find(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_whole_name() {
        let text = "model\t\t: 85\nmodel name\t: Example CPU @ 2 GHz\nmodel name : Other";
        assert_eq!(field(text, "model name").unwrap(), "Example CPU @ 2 GHz");
        assert_eq!(field(text, "name"), None);
    }
}
