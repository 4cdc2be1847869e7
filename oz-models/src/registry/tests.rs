use super::*;
use crate::ledger::OWN_MODEL;

/// A registry with the model `own`, whose file contains `weights`.
fn with_own_model(weights: &[u8]) -> (tempfile::TempDir, Registry) {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("own.toml");
    fs::write(&manifest, OWN_MODEL).unwrap();
    fs::write(folder.path().join("own.onnx"), weights).unwrap();
    let config = RegistryConfig {
        cache_dir: Some(folder.path().join("cache")),
        manifests: vec![manifest],
        ..RegistryConfig::default()
    };
    let registry = Registry::new(&config).unwrap();
    (folder, registry)
}

fn code(registry: &Registry, id: &str) -> &'static str {
    registry.artifact(id).unwrap_err().code()
}

#[test]
fn user_model_is_loaded_by_manifest() {
    let (_folder, registry) = with_own_model(b"abc");
    assert_eq!(&*registry.artifact("own").unwrap().onnx, b"abc");
    assert_eq!(registry.integrity(registry.ledger().get("own").unwrap()), Integrity::Intact);
}

#[test]
fn altered_file_is_refused() {
    for weights in [&b"abd"[..], b"ab", b""] {
        let (_folder, registry) = with_own_model(weights);
        assert_eq!(code(&registry, "own"), "model.digest_mismatch");
        let own = registry.ledger().get("own").unwrap();
        assert!(matches!(registry.integrity(own), Integrity::Altered { .. }));
    }
}

#[test]
fn file_that_changes_after_its_first_load_is_refused() {
    let (folder, registry) = with_own_model(b"abc");
    registry.artifact("own").unwrap();
    fs::write(folder.path().join("own.onnx"), b"xyz").unwrap();
    assert_eq!(code(&registry, "own"), "model.digest_mismatch");
}

#[test]
fn missing_model_names_its_remedy() {
    let (_folder, registry) = with_own_model(b"abc");
    let error = registry.artifact("dlib_resnet_128").unwrap_err();
    assert_eq!(error.code(), "model.not_installed");
    assert!(error.to_string().contains("`oz models pull dlib_resnet_128`"), "{error}");
    assert!(error.to_string().contains("`oz_models::pull::pull`"), "{error}");
    assert_eq!(code(&registry, "nothing"), "model.unknown");
}

#[test]
fn model_without_known_commercial_use_is_refused() {
    let (_folder, mut registry) = with_own_model(b"abc");
    registry.require_commercial_use = true;
    assert_eq!(code(&registry, "mobilefacenet_192"), "model.commercial_use_restricted");
    assert_eq!(code(&registry, "minifasnet_v2_2.7"), "model.commercial_use_restricted");
    assert!(registry.artifact("own").is_ok());
}

#[test]
fn audit_has_a_verdict_for_every_model() {
    let (_folder, registry) = with_own_model(b"abc");
    let verdict = |id: &str, required| {
        let rows = registry.audit(required);
        assert_eq!(rows.len(), registry.ledger().models().len());
        rows.into_iter().find(|row| row.id.as_str() == id).unwrap().verdict
    };
    assert_eq!(verdict("own", true), Verdict::Usable);
    assert_eq!(verdict("mobilefacenet_192", false), Verdict::Restricted);
    assert_eq!(verdict("mobilefacenet_192", true), Verdict::Refused);
    assert_eq!(verdict("yunet_n", true), Verdict::Refused);
}

#[cfg(feature = "bundled-weights")]
#[test]
fn every_bundled_model_is_compiled_in_and_intact() {
    let (_folder, registry) = with_own_model(b"abc");
    let bundled: Vec<_> = registry.ledger().models().iter().filter(|model| model.bundled).collect();
    assert!(!bundled.is_empty());
    for model in bundled {
        assert_eq!(registry.presence(model), Presence::Bundled, "{}", model.id);
        assert_eq!(registry.integrity(model), Integrity::Intact, "{}", model.id);
        assert_eq!(
            registry.artifact(model.id.as_str()).unwrap().onnx.len() as u64,
            model.bytes,
            "{}",
            model.id
        );
    }
}

#[cfg(not(feature = "bundled-weights"))]
#[test]
fn missing_bundled_weights_name_the_feature() {
    let (_folder, registry) = with_own_model(b"abc");
    let error = registry.artifact("face_landmarks_478").unwrap_err();
    assert!(error.to_string().contains("`bundled-weights`"), "{error}");
}
