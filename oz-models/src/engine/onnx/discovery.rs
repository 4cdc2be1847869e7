//! Discovery of the ONNX Runtime library.
//!
//! Search order: the configuration, `ORT_DYLIB_PATH`, the cache that `oz engines install` fills, the folder
//! of the executable, the active Python environment, npm's `onnxruntime-node` in the working directory or a
//! parent, the system library folders. A configured path that does not exist is an error; the search does not
//! continue past it.

use std::env::{self, consts};
use std::fs;
use std::path::{Path, PathBuf};

use oz_core::Result;

use super::super::EngineConfig;
use super::{install, unavailable};

/// Remedy if no library is found.
pub const REMEDY: &str = "run `oz engines install`, or set ORT_DYLIB_PATH to an ONNX Runtime library";

/// Canonical path of the library to load.
///
/// # Errors
/// `inference.engine_unavailable` if no library is found or the configured one does not exist.
pub fn find(config: &EngineConfig) -> Result<PathBuf> {
    if let Some(path) = &config.onnx_library {
        return configured(path, "the configuration");
    }
    if let Some(path) = env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()) {
        return configured(Path::new(&path), "ORT_DYLIB_PATH");
    }

    let found = candidates(config).into_iter().find(|path| path.is_file());
    let found = found.ok_or_else(|| unavailable("its library was not found".into(), REMEDY))?;
    Ok(fs::canonicalize(&found).unwrap_or(found))
}

fn configured(path: &Path, source: &str) -> Result<PathBuf> {
    let found = fs::canonicalize(path).ok().filter(|path| path.is_file());
    found.ok_or_else(|| {
        unavailable(format!("the library {} set by {source} does not exist", path.display()), REMEDY)
    })
}

/// Paths at which a library may be, in search order.
fn candidates(config: &EngineConfig) -> Vec<PathBuf> {
    let mut found: Vec<_> = config.cache().map(|cache| install::installed(&cache)).into_iter().collect();
    let beside = env::current_exe().ok().and_then(|program| Some(program.parent()?.to_path_buf()));
    found.extend(beside.iter().flat_map(|folder| libraries(folder)));
    found.extend(python_folders().iter().flat_map(|folder| libraries(folder)));
    found.extend(node_folders().iter().flat_map(|folder| libraries(folder)));
    found.extend(system_folders().iter().flat_map(|folder| libraries(folder)));
    found
}

/// Libraries in a folder, newest version first: on Linux the file name carries the version.
fn libraries(folder: &Path) -> Vec<PathBuf> {
    let plain = format!("{}onnxruntime{}", consts::DLL_PREFIX, consts::DLL_SUFFIX);
    let stem = format!("{}onnxruntime.", consts::DLL_PREFIX);
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut found: Vec<_> = entries
        .filter(|path| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            name == plain || (name.starts_with(&stem) && name.contains(consts::DLL_EXTENSION))
        })
        .collect();

    found.sort_by_key(|path| std::cmp::Reverse(version(path)));
    found
}

/// Version number in a file name: its dot-separated integers.
fn version(path: &Path) -> Vec<u32> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.split('.').filter_map(|part| part.parse().ok()).collect()
}

fn python_folders() -> Vec<PathBuf> {
    let environments = ["VIRTUAL_ENV", "CONDA_PREFIX"].into_iter().filter_map(env::var_os).map(PathBuf::from);
    let user = env::var_os("HOME").map(|home| PathBuf::from(home).join(".local"));
    let capi = |packages: PathBuf| packages.join("site-packages").join("onnxruntime").join("capi");

    let folders = environments.chain(user).flat_map(|root| {
        let versions = subfolders(&root.join("lib"), "python");
        versions.into_iter().chain([root.join("Lib")]).map(capi).collect::<Vec<_>>()
    });
    folders.collect()
}

fn node_folders() -> Vec<PathBuf> {
    let here = env::current_dir().unwrap_or_default();
    let (system, machine) = match (consts::OS, consts::ARCH) {
        ("macos", machine) => ("darwin", machine),
        ("windows", machine) => ("win32", machine),
        other => other,
    };
    let machine = match machine {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };

    let folders = here.ancestors().flat_map(|folder| {
        let versions = subfolders(&folder.join("node_modules/onnxruntime-node/bin"), "napi-v");
        versions.into_iter().map(|version| version.join(system).join(machine))
    });
    folders.collect()
}

fn system_folders() -> Vec<PathBuf> {
    let listed = ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"].into_iter().filter_map(env::var_os);
    let mut folders: Vec<_> = listed.flat_map(|paths| env::split_paths(&paths).collect::<Vec<_>>()).collect();

    let machine = format!("/usr/lib/{}-linux-gnu", consts::ARCH);
    let usual =
        ["/usr/local/lib", "/usr/lib", "/usr/lib64", &machine, "/opt/onnxruntime/lib", "/opt/homebrew/lib"];

    folders.extend(usual.iter().map(PathBuf::from));
    folders
}

/// Subfolders whose names start with `prefix`, in descending order: newest version first.
fn subfolders(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let fits = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
    let mut found: Vec<_> = fits.map(|entry| entry.path()).collect();
    found.sort_unstable();
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_configured_library_is_an_error_with_a_remedy() {
        let config =
            EngineConfig { onnx_library: Some("/nowhere/libonnxruntime.so".into()), ..Default::default() };
        let error = find(&config).unwrap_err();
        assert_eq!(error.code(), "inference.engine_unavailable");
        assert!(error.to_string().contains("oz engines install"), "{error}");
    }

    #[test]
    fn newest_library_of_a_folder_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["1.9.0", "1.26.0", "1.20.1"].map(|version| match consts::OS {
            "linux" => format!("libonnxruntime.so.{version}"),
            _ => format!("{}onnxruntime.{version}{}", consts::DLL_PREFIX, consts::DLL_SUFFIX),
        });
        for name in &names {
            fs::write(folder.path().join(name), b"").unwrap();
        }
        fs::write(folder.path().join("libonnxruntime_providers_shared.so"), b"").unwrap();

        let found = libraries(folder.path());
        assert_eq!(found.len(), 3);
        assert!(found[0].ends_with(&names[1]));
    }
}
