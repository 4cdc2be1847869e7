//! Packages for the registry: manifests, archives, sizes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::report::Report;
use crate::run::{cargo, root, step_by_lines, target_dir};

/// Maximum size of an archive that crates.io accepts.
const MAX_BYTES: u64 = 10_000_000;

/// Keys of `[package]`, and tables, that every published package must have.
const REQUIRED: [&str; 8] = [
    "description",
    "version",
    "license",
    "repository",
    "readme",
    "keywords",
    "categories",
    "[package.metadata.docs.rs]",
];

/// Packages all published crates and checks manifests and sizes. With `verify`, each package is also compiled
/// from its archive, which takes as long as a build of the workspace.
pub(crate) fn run(report: &mut Report, verify: bool) {
    let members = members();
    let (published, private): (Vec<_>, Vec<_>) = members.iter().partition(|member| member.is_published());

    for member in &published {
        for fault in member.faults() {
            println!("{}: {fault}", member.name());
            report.failed.push(format!("manifest of {}: {fault}", member.name()));
        }
    }

    let mut arguments = vec!["package", "--workspace", "--allow-dirty"];
    if !verify {
        arguments.push("--no-verify");
    }
    for member in &private {
        arguments.extend(["--exclude", member.name()]);
    }

    let mut archives = Vec::new();
    let name = if verify { "packages, compiled" } else { "packages" };
    step_by_lines(report, name, &mut cargo(&arguments), |_, line| archives.extend(archive_name(line)));
    if archives.len() != published.len() {
        report.failed.push(format!("{} of {} packages were created", archives.len(), published.len()));
    }
    for archive in &archives {
        check_size(report, archive);
    }
}

fn check_size(report: &mut Report, archive: &str) {
    let path = target_dir().join("package").join(archive);
    match fs::metadata(&path).map(|metadata| metadata.len()) {
        Ok(bytes) if bytes < MAX_BYTES => println!("{:>9.2} MB  {archive}", bytes as f64 / 1e6),
        Ok(bytes) => {
            report.failed.push(format!("{archive}: {bytes} bytes, but registries accept {MAX_BYTES}"));
        }
        Err(error) => report.failed.push(format!("{}: {error}", path.display())),
    }
}

/// Name of the archive in a line of cargo: `Packaging NAME vVERSION (FOLDER)`.
fn archive_name(line: &str) -> Option<String> {
    let mut words = line.trim_start().strip_prefix("Packaging ")?.split(' ');
    let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
    Some(format!("{name}-{version}.crate"))
}

/// A package of the workspace.
struct Member {
    folder: PathBuf,
    manifest: String,
}

impl Member {
    fn read(folder: PathBuf) -> Self {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a member has a manifest");
        Self { folder, manifest }
    }

    fn name(&self) -> &str {
        value(&self.manifest, "name").unwrap_or_default().trim_matches('"')
    }

    fn is_published(&self) -> bool {
        value(&self.manifest, "publish") != Some("false")
    }

    fn faults(&self) -> Vec<String> {
        let missing = REQUIRED.iter().filter(|key| !has(&self.manifest, key));
        let mut faults: Vec<_> = missing.map(|key| format!("`{key}` is missing")).collect();

        let exists = |name: &str| self.folder.join(name).is_file();
        if !exists("README.md") {
            faults.push("README.md is missing".into());
        }
        if !exists("LICENSE-MIT") && !exists("LICENSE-APACHE") {
            faults.push("the licence text is missing".into());
        }
        faults
    }
}

/// The root package and the members of the workspace.
fn members() -> Vec<Member> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace has a manifest");
    let list = manifest.split_once("members = [").and_then(|(_, rest)| rest.split_once(']'));
    let folders = list.map_or("", |(list, _)| list).split('"').skip(1).step_by(2);
    [Path::new(".")]
        .into_iter()
        .chain(folders.map(Path::new))
        .map(|folder| Member::read(root().join(folder)))
        .collect()
}

/// Whether a manifest has a table, or a key in its table `[package]`, possibly inherited from the workspace.
fn has(manifest: &str, key: &str) -> bool {
    if key.starts_with('[') {
        return manifest.lines().any(|line| line.trim() == key);
    }
    value(manifest, key).is_some() || value(manifest, &format!("{key}.workspace")).is_some()
}

/// Value of a key in the table `[package]`, as TOML text.
fn value<'a>(manifest: &'a str, key: &str) -> Option<&'a str> {
    let (_, package) = manifest.split_once("[package]\n")?;
    let package = package.lines().take_while(|line| !line.starts_with('['));
    package.filter_map(|line| line.split_once(" = ")).find(|(name, _)| *name == key).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[package]\nname = \"a\"\nversion.workspace = true\n\n[features]\nreadme = []\n";

    #[test]
    fn keys_are_read_from_the_package_table_only() {
        assert_eq!(value(MANIFEST, "name"), Some("\"a\""));
        assert!(has(MANIFEST, "version"));
        assert!(!has(MANIFEST, "readme"));
        assert!(has(MANIFEST, "[features]"));
        assert!(!has(MANIFEST, "[package.metadata.docs.rs]"));
    }

    #[test]
    fn incomplete_manifest_is_a_fault() {
        let member = Member { folder: PathBuf::from("nowhere"), manifest: MANIFEST.into() };
        let faults = member.faults();
        assert!(member.is_published());
        assert!(faults.contains(&"`keywords` is missing".into()), "{faults:?}");
        assert!(faults.contains(&"README.md is missing".into()), "{faults:?}");
    }

    #[test]
    fn archive_is_named_in_the_output_of_cargo() {
        let line = "   Packaging oz-core v0.1.0 (/home/user/oz/oz-core)";
        assert_eq!(archive_name(line), Some("oz-core-0.1.0.crate".into()));
        assert_eq!(archive_name("    Packaged 8 files, 2.9MiB (2.7MiB compressed)"), None);
    }

    #[test]
    fn members_include_the_root_package() {
        let members = members();
        let names: Vec<_> = members.iter().map(Member::name).collect();
        assert!(names.contains(&"oz-biometrics") && names.contains(&"xtask"), "{names:?}");
        assert!(!members.iter().find(|member| member.name() == "xtask").unwrap().is_published());
    }
}
