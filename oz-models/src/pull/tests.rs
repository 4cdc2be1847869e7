use super::archive::tests::{tar_gz, zip};
use super::*;
use crate::ledger::OWN_MODEL;
use crate::registry::RegistryConfig;

const MEMBER: &str = "dir/own.task!own.onnx";

/// A package that contains the model `own` in a nested archive, and a registry that expects it.
struct Setup {
    folder: tempfile::TempDir,
    registry: Registry,
    package: Vec<u8>,
}

impl Setup {
    /// Packs `weights`; the ledger expects the model to be `abc`.
    fn new(weights: &[u8]) -> Self {
        let package = tar_gz("dir/own.task", &zip("own.onnx", weights));
        let member = Digest::of(weights);
        let source = format!(
            "registry = \"pypi\"\npackage = \"mine\"\nversion = \"1\"\narchive = \"mine-1.tar.gz\"\n\
             archive_sha256 = \"{}\"\nmember_sha256 = \"{member}\"\nmember = \"{MEMBER}\"",
            Digest::of(&package)
        );
        let repository =
            "registry = \"repository\"\npackage = \"mine\"\nversion = \"\"\nmember = \"own.onnx\"";
        assert!(OWN_MODEL.contains(repository));
        Self::with_manifest(&OWN_MODEL.replace(repository, &source), package)
    }

    fn with_manifest(manifest: &str, package: Vec<u8>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("models").join("own.toml");
        fs::create_dir(path.parent().unwrap()).unwrap();
        fs::write(&path, manifest).unwrap();
        let cache_dir = Some(folder.path().join("cache"));
        let config = RegistryConfig { cache_dir, manifests: vec![path], ..RegistryConfig::default() };
        let registry = Registry::new(&config).unwrap();
        Self { folder, registry, package }
    }

    fn pull_from(&self, bytes: &[u8]) -> Result<PathBuf> {
        let source = self.folder.path().join("given");
        fs::write(&source, bytes).unwrap();
        self.pull(&PullOptions { source: Some(source), ..PullOptions::default() })
    }

    fn pull(&self, options: &PullOptions) -> Result<PathBuf> {
        pull(&self.registry, "own", options, &mut |_| {})
    }

    /// Asserts that the model's folder contains only the manifest.
    fn assert_only_manifest(&self) {
        let names = fs::read_dir(self.folder.path().join("models")).unwrap();
        let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["own.toml"]);
    }
}

#[test]
fn package_member_and_onnx_file_are_accepted() {
    let setup = Setup::new(b"abc");
    for bytes in [&setup.package[..], b"abc"] {
        let path = setup.pull_from(bytes).unwrap();
        assert_eq!(&*setup.registry.artifact("own").unwrap().onnx, b"abc");
        fs::remove_file(path).unwrap();
        setup.assert_only_manifest();
    }
}

#[test]
fn every_step_is_reported() {
    let setup = Setup::new(b"abc");
    let source = setup.folder.path().join("given");
    fs::write(&source, &setup.package).unwrap();
    let mut seen = Vec::new();
    let options = PullOptions { source: Some(source.clone()), ..PullOptions::default() };
    let path = pull(&setup.registry, "own", &options, &mut |step| seen.push(step)).unwrap();
    assert_eq!(seen.first(), Some(&PullProgress::Hashing(source)));
    assert_eq!(seen[1], PullProgress::Unpacking { member: MEMBER.into() });
    assert_eq!(seen.last(), Some(&PullProgress::Installed(path)));
}

#[test]
fn damaged_package_is_refused_before_unpacking() {
    let setup = Setup::new(b"abc");
    let mut altered = setup.package.clone();
    altered[30] ^= 1;
    for bytes in [&altered[..], &setup.package[..40], b""] {
        assert_eq!(setup.pull_from(bytes).unwrap_err().code(), "model.digest_mismatch");
        setup.assert_only_manifest();
    }
}

#[test]
fn valid_package_with_a_wrong_model_is_refused() {
    let setup = Setup::new(b"abd");
    assert_eq!(setup.pull_from(&setup.package).unwrap_err().code(), "model.digest_mismatch");
    setup.assert_only_manifest();
}

#[test]
fn pull_removes_the_folder_of_a_killed_pull() {
    let setup = Setup::new(b"abc");
    let abandoned = setup.folder.path().join("models").join(".pullKilled");
    fs::create_dir(&abandoned).unwrap();
    fs::write(abandoned.join("lock"), b"").unwrap();
    let hour = std::time::Duration::from_secs(3600);
    let long_ago = fs::FileTimes::new().set_modified(std::time::SystemTime::now() - hour);
    // Not every system can open a folder as a file; the tests of `WorkFolder` cover those.
    if File::open(&abandoned).is_ok_and(|folder| folder.set_times(long_ago).is_ok()) {
        fs::remove_file(setup.pull_from(b"abc").unwrap()).unwrap();
        setup.assert_only_manifest();
    }
}

#[test]
fn failed_pull_keeps_the_installed_model() {
    let setup = Setup::new(b"abc");
    setup.pull_from(b"abc").unwrap();
    setup.pull_from(b"damaged").unwrap_err();
    assert_eq!(&*setup.registry.artifact("own").unwrap().onnx, b"abc");
}

#[test]
fn repository_model_names_the_file_to_obtain() {
    let setup = Setup::with_manifest(OWN_MODEL, Vec::new());
    let error = setup.pull(&PullOptions::default()).unwrap_err();
    assert_eq!(error.code(), "model.not_installed");
    let text = error.to_string();
    for part in ["own.onnx of mine", "ba7816bf8f01cfea", "--from"] {
        assert!(text.contains(part), "{text}");
    }
    let path = setup.pull_from(b"abc").unwrap();
    assert!(path.ends_with("models/own.onnx"));
}

#[cfg(feature = "bundled-weights")]
#[test]
fn bundled_model_is_not_pulled() {
    let setup = Setup::new(b"abc");
    let pulled = pull(&setup.registry, "face_blendshapes", &PullOptions::default(), &mut |_| {});
    assert_eq!(pulled.unwrap_err().code(), "input.invalid_value");
}

#[test]
fn missing_client_is_a_permanent_error() {
    let setup = Setup::new(b"abc");
    let programs = Programs { pip: "no-such-program".into(), npm: "no-such-program".into() };
    let error = setup.pull(&PullOptions { source: None, programs }).unwrap_err();
    assert_eq!(error.code(), "storage.backend");
    assert!(!error.is_retryable());
    setup.assert_only_manifest();
}

#[cfg(unix)]
#[test]
fn downloaded_package_is_verified() {
    use std::os::unix::fs::PermissionsExt as _;

    let setup = Setup::new(b"abc");
    let client = setup.folder.path().join("client");
    let pull_with = |script: String| {
        fs::write(&client, script).unwrap();
        fs::set_permissions(&client, fs::Permissions::from_mode(0o755)).unwrap();
        let programs = Programs { pip: client.clone().into(), ..Programs::default() };
        setup.pull(&PullOptions { source: None, programs })
    };
    let package = setup.folder.path().join("package");
    fs::write(&package, &setup.package).unwrap();
    pull_with(format!(
        "#!/bin/sh\ngrep -q 'mine==1 --hash=sha256:' requirements.txt && cp '{}' mine-1.tar.gz",
        package.display()
    ))
    .unwrap();
    fs::write(&package, b"another").unwrap();
    let altered = pull_with(format!("#!/bin/sh\ncp '{}' mine-1.tar.gz", package.display())).unwrap_err();
    assert_eq!(altered.code(), "model.digest_mismatch");
    let failed = pull_with("#!/bin/sh\necho no network >&2\nexit 1".into()).unwrap_err();
    assert!(failed.is_retryable());
    let nothing = pull_with("#!/bin/sh\n".into()).unwrap_err();
    assert_eq!(nothing.code(), "storage.backend");
}
