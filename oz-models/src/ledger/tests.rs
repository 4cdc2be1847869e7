use super::*;

/// Minimal valid manifest of a user's model.
pub(crate) const OWN_MODEL: &str = r#"
schema = 1
[[model]]
id = "own"
task = "face_features"
family = "arcface"
title = "trained at home"
file = "own.onnx"
sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
bytes = 3
[model.input]
name = "x"
shape = [0, 3, 112, 112]
layout = "nchw"
colour = "rgb"
mean = [0, 0, 0]
std = [1, 1, 1]
crop = "aligned"
[model.alignment]
template = "arcface_112"
[[model.output]]
name = "y"
shape = [0, 4]
meaning = "feature vector"
[model.licence]
code = "MIT"
weights = "MIT"
training_data = "my own"
commercial_use = "allowed"
[model.source]
registry = "repository"
package = "mine"
version = ""
member = "own.onnx"
conversion = "none"
"#;

/// Replaces one line of a valid manifest and expects an error that names the model and the key.
fn check(line: &str, replacement: &str, named: &str) {
    assert!(OWN_MODEL.contains(line), "{line}");
    let error = Ledger::parse(&OWN_MODEL.replacen(line, replacement, 1)).unwrap_err();
    assert_eq!(error.code(), "model.invalid_manifest");
    let text = error.to_string();
    assert!(text.contains("`own`") && text.contains(named), "{replacement}: {text}");
}

#[test]
fn bundled_ledger_is_valid() {
    let ledger = Ledger::bundled().unwrap();
    let default_ids = |task| ledger.defaults(task).map(|model| model.id.as_str()).collect::<Vec<_>>();
    assert_eq!(default_ids(Task::FaceDetection), ["face_detection_short", "face_detection_full"]);
    assert_eq!(default_ids(Task::FaceLandmarks), ["face_landmarks_478"]);
    assert!(ledger.models().iter().filter(|model| model.default).all(|model| model.bundled));
}

#[test]
fn ledger_survives_a_round_trip() {
    for text in [BUNDLED, OWN_MODEL] {
        let again = file::tests::round_trip(text);
        assert_eq!(Ledger::parse(&toml::to_string(&again).unwrap()).unwrap(), Ledger::parse(text).unwrap());
    }
}

#[test]
fn known_template_equals_the_points_in_the_ledger() {
    let ledger = Ledger::bundled().unwrap();
    let model = ledger.get("mobilefacenet_192").unwrap();
    let own = Ledger::parse(OWN_MODEL).unwrap();
    assert_eq!(model.alignment_template().unwrap(), own.get("own").unwrap().alignment_template().unwrap());
}

#[test]
fn parameter_of_wrong_type_is_named() {
    let ledger = Ledger::bundled().unwrap();
    let detector = ledger.get("face_detection_short").unwrap();
    assert_eq!(detector.parameter::<f32>("nms_iou").unwrap(), 0.3);
    let wrong = detector.parameter::<String>("nms_iou").unwrap_err().to_string();
    assert!(wrong.contains("`face_detection_short`, parameters.nms_iou"), "{wrong}");
    let missing = detector.parameter::<f32>("colour").unwrap_err().to_string();
    assert!(missing.contains("parameters.colour: is missing"), "{missing}");
}

#[test]
fn invalid_value_is_named() {
    check("task = \"face_features\"", "task = \"cooking\"", "task");
    check("family = \"arcface\"", "family = \"yunet\"", "family");
    check("family = \"arcface\"", "", "family");
    check("title = \"trained at home\"", "title = 3", "title");
    check("file = \"own.onnx\"", "file = \"../own.onnx\"", "file");
    check("sha256 = \"ba78", "sha256 = \"78", "sha256");
    check("bytes = 3", "bytes = 0", "bytes");
    check("bytes = 3", "bytes = -3", "bytes");
    check("bytes = 3", "bytes = 3\ncolor = 1", "color");
    check("shape = [0, 3, 112, 112]", "shape = [0, 3, 112]", "input.shape");
    check("shape = [0, 3, 112, 112]", "shape = [0, 1, 112, 112]", "input.shape");
    check("shape = [0, 3, 112, 112]", "shape = [0, 3, 96, 112]", "alignment.size");
    check("layout = \"nchw\"", "layout = \"hcwn\"", "layout");
    check("layout = \"nchw\"", "layout = \"points\"", "input.shape");
    check("colour = \"rgb\"", "", "input.colour");
    check("mean = [0, 0, 0]", "mean = [0, nan, 0]", "input.mean");
    check("std = [1, 1, 1]", "std = [1, 0, 1]", "input.std");
    check("crop = \"aligned\"", "crop = \"letterbox\"", "alignment");
    check("template = \"arcface_112\"", "template = \"round\"", "alignment.template");
    check("template = \"arcface_112\"", "size = 112", "alignment");
    check("[[model.output]]\nname = \"y\"\nshape = [0, 4]\nmeaning = \"feature vector\"", "", "output");
    check("commercial_use = \"allowed\"", "commercial_use = \"unknown\"", "licence.restriction");
    check("commercial_use = \"allowed\"", "commercial_use = \"maybe\"", "commercial_use");
    check("registry = \"repository\"", "registry = \"pypi\"", "source.version");
    check("package = \"mine\"", "package = \"--index\"", "source.package");
    check("conversion = \"none\"", "conversion = \"magic\"", "conversion");
}

#[test]
fn file_that_is_not_a_ledger_is_refused() {
    for text in ["", "schema = 2", "schema = 1", "schema = 1\nmodel = []", "schema = ", "\u{0}"] {
        assert_eq!(Ledger::parse(text).unwrap_err().code(), "model.invalid_manifest", "{text:?}");
    }
}

#[test]
fn duplicate_id_is_refused() {
    let own = || Ledger::parse(OWN_MODEL).unwrap();
    let error = own().with(own()).unwrap_err().to_string();
    assert!(error.contains("`own`, id"), "{error}");
    assert_eq!(own().get("theirs").unwrap_err().code(), "model.unknown");
}

#[test]
fn user_model_cannot_be_bundled_or_default() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("models.toml");
    for key in ["bundled", "default"] {
        std::fs::write(
            &path,
            OWN_MODEL.replace(
                "bytes = 3",
                &format!(
                    "bytes = 3
        {key} = true"
                ),
            ),
        )
        .unwrap();
        assert_eq!(Ledger::read(&path).unwrap_err().code(), "model.invalid_manifest");
    }
    assert_eq!(Ledger::read(folder.path()).unwrap_err().code(), "model.invalid_manifest");
}
