//! Commands of the `oz` program: output, exit codes, written files.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::process::{Command, Output};

fn oz(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_oz")).args(arguments).output().unwrap()
}

fn portrait() -> String {
    support::portrait().display().to_string()
}

/// The JSON document on standard output.
fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!(
            "{error}: {} {}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn analyze_prints_the_documented_schema() {
    let output = oz(&["analyze", "--json", "--reference", &portrait(), &portrait()]);
    assert_eq!(output.status.code(), Some(0));
    let report = json(&output);
    assert_eq!(report["schema"], "oz.analysis/1");
    assert_eq!(report["media"]["codec"], "png");
    assert_eq!(report["comparison"]["decision"], "match");
    assert_eq!(report["liveness"]["verdict"], "bona_fide");
    let face = &report["frames"][0]["faces"][0];
    for key in ["box", "landmarks", "pose", "quality"] {
        assert!(face[key].is_object(), "{key}");
    }
    assert!(face.get("mesh").is_none());
    assert!(report["timings_ms"]["total"].as_f64().unwrap() > 0.0);
}

#[test]
fn mesh_is_printed_on_request() {
    let report = json(&oz(&["inspect", "--json", "--mesh", &portrait()]));
    assert_eq!(report["schema"], "oz.inspection/1");
    assert_eq!(report["faces"][0]["mesh"].as_array().unwrap().len(), 478);
}

#[test]
fn invalid_input_exits_with_one_and_a_code() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("portrait.png");
    std::fs::write(&bad, b"%PDF-1.7 not a picture").unwrap();
    let output = oz(&["analyze", "--json", &bad.display().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(json(&output)["code"], "media.unsupported_type");

    let missing = oz(&["inspect", &folder.path().join("nowhere.jpg").display().to_string()]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&missing.stderr).contains("file.unreadable"));
}

#[test]
fn invalid_input_does_not_stop_the_other_inputs() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("empty.jpg");
    std::fs::write(&bad, b"").unwrap();
    let output = oz(&["inspect", "--json", &bad.display().to_string(), &portrait()]);
    let schemas: Vec<_> = text(&output)
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["schema"].clone())
        .collect();
    assert_eq!(schemas, ["oz.failure/1", "oz.inspection/1"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn invalid_options_exit_with_two_and_missing_engines_with_three() {
    assert_eq!(oz(&["analyze", "--actions", "wink", &portrait()]).status.code(), Some(2));
    assert_eq!(oz(&["compare", "--threshold", "7", &portrait(), &portrait()]).status.code(), Some(2));
    assert_eq!(oz(&["inspect", "--engine", "abacus", &portrait()]).status.code(), Some(3));
}

#[cfg(not(any(feature = "cuda", feature = "candle-cuda")))]
#[test]
fn unsupported_device_exits_with_three_and_a_remedy() {
    let output = oz(&["inspect", "--device", "cuda:0", "--json", &portrait()]);
    assert_eq!(output.status.code(), Some(3));
    let printed = format!("{}{}", text(&output), String::from_utf8_lossy(&output.stderr));
    // Without the library of ONNX Runtime, the remedy for the other engine is printed.
    let remedies = ["cargo feature `cuda`", "cargo feature `candle-cuda`"];
    assert!(printed.contains("inference.engine_unavailable"), "{printed}");
    assert!(remedies.iter().any(|remedy| printed.contains(remedy)), "{printed}");
}

#[test]
fn compare_prints_a_decision() {
    let report = json(&oz(&["compare", "--json", &portrait(), &portrait()]));
    assert_eq!((&report["schema"], &report["decision"]), (&"oz.comparison/1".into(), &"match".into()));
}

#[test]
fn annotated_pictures_and_best_shot_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let annotated = folder.path().join("annotated.png");
    let best = folder.path().join("best.jpg");
    assert!(oz(&["inspect", "--annotate", &annotated.display().to_string(), &portrait()]).status.success());
    assert!(oz(&["analyze", "--save-best-shot", &best.display().to_string(), &portrait()]).status.success());
    let frames = folder.path().join("frames");
    assert!(oz(&["analyze", "--annotate", &frames.display().to_string(), &portrait()]).status.success());
    let head = |path: &Path| std::fs::read(path).unwrap()[..4].to_vec();
    assert_eq!(head(&frames.join("frame-00000.png")), b"\x89PNG");
    assert_eq!(head(&annotated), b"\x89PNG");
    assert_eq!(head(&best)[..2], [0xFF, 0xD8]);
}

#[test]
fn tables_fit_the_given_width_and_are_not_padded_in_pipes() {
    let table = |columns: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_oz"));
        command
            .args(["analyze", &portrait()])
            .env_remove("COLUMNS")
            .envs(columns.map(|value| ("COLUMNS", value)));
        text(&command.output().unwrap())
    };
    for columns in ["40", "80", "200"] {
        let text = table(Some(columns));
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= columns.parse().unwrap() && text.contains("bona fide"), "{columns}:\n{text}");
    }
    let piped = table(None);
    assert!(piped.lines().all(|line| line == line.trim_end()), "{piped}");
    assert_eq!(piped.lines().filter(|line| line.contains("liveness")).count(), 1);
}

#[test]
fn challenge_is_drawn_and_not_met_by_a_photo() {
    let drawn = oz(&["challenge", "new", "--gestures", "4", "--seed", "7"]);
    assert!(drawn.status.success(), "{}", String::from_utf8_lossy(&drawn.stderr));
    let challenge = json(&drawn);
    assert_eq!((&challenge["schema"], &challenge["gesture_time_s"]), (&"oz.challenge/1".into(), &5.0.into()));
    assert_eq!(challenge["gestures"].as_array().unwrap().len(), 4);
    assert_eq!(
        json(&oz(&["challenge", "new", "--gestures", "4", "--seed", "7"]))["gestures"],
        challenge["gestures"]
    );

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("challenge.json");
    std::fs::write(&file, &drawn.stdout).unwrap();
    let file = file.display().to_string();
    let report = json(&oz(&["analyze", "--json", "--challenge", &file, &portrait()]));
    assert_eq!(report["challenge"]["met"], false);
    assert_eq!(report["challenge"]["answers"][3]["refusal"], "missing");
    assert_eq!(report["challenge"]["id"], challenge["id"]);
    let late = json(&oz(&["analyze", "--json", "--challenge", &file, "--received", "4e9", &portrait()]));
    let refusals = late["challenge"]["refusals"].as_array().unwrap();
    assert!(refusals.iter().any(|refusal| refusal["reason"] == "expired"), "{refusals:?}");
}

#[test]
fn invalid_challenges_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("challenge.json");
    for text in ["left,up", "{}", r#"{"schema": "oz.challenge/9", "gestures": []}"#] {
        std::fs::write(&file, text).unwrap();
        let output = oz(&["analyze", "--challenge", &file.display().to_string(), &portrait()]);
        assert_eq!(output.status.code(), Some(2), "{text}");
    }
    assert_eq!(oz(&["challenge", "new", "--gestures", "0"]).status.code(), Some(2));
    assert_eq!(oz(&["challenge", "new", "--among", "left", "--gestures", "2"]).status.code(), Some(2));
}

#[test]
fn engines_and_models_are_listed() {
    let engines = oz(&["engines", "list"]);
    assert!(engines.status.success());
    assert!(text(&engines).contains("candle") && text(&engines).contains("onnx"));
    let models = oz(&["models", "list"]);
    assert!(text(&models).contains("mobilefacenet_192") && text(&models).contains("dlib_resnet_128"));
    assert!(oz(&["models", "verify"]).status.success());
    assert!(oz(&["models", "audit"]).status.success());
    assert_eq!(oz(&["models", "audit", "--require-commercial-use"]).status.code(), Some(1));
}

#[test]
fn completions_are_printed() {
    assert!(text(&oz(&["completions", "bash"])).contains("analyze"));
}

#[test]
fn portrait_of_the_demo_is_the_fixture() {
    let fixture = std::fs::read(support::portrait()).unwrap();
    assert!(fixture == include_bytes!("../assets/portrait.png"), "the files differ");
}

#[test]
fn demo_detects_its_attacks() {
    let output = oz(&["demo", "--engine", "candle"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = text(&output);
    for words in ["printed photo, turned to both sides", "ATTACK", "inconclusive", "match"] {
        assert!(printed.contains(words), "{words} is not in\n{printed}");
    }
    for attack in ["printed photo", "screen", "single frame", "video segment", "photo, asked"] {
        let row = printed.lines().find(|line| line.trim_start().starts_with(attack)).unwrap();
        assert!(!row.contains("bona fide"), "{row}");
    }
}

/// Runs a command whose output nobody reads: the reading end of the pipe is closed before the program prints.
#[cfg(unix)]
fn with_closed_pipe(arguments: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = Command::new(env!("CARGO_BIN_EXE_oz"))
        .args(arguments)
        .stdout(writer)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.wait_with_output().unwrap()
}

#[test]
#[cfg(unix)]
fn a_closed_pipe_ends_commands_quietly() {
    for arguments in
        [&["models", "list"][..], &["completions", "zsh"], &["inspect", &portrait()], &["config", "print"]]
    {
        let output = with_closed_pipe(arguments);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_message_that_cannot_be_written_is_no_failure() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_oz")).args(["inspect", "absent.png"]).stderr(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "not the code of a panic");
}

#[test]
fn inputs_are_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("photo.png");
    std::fs::copy(support::portrait(), &photo).unwrap();
    let before = std::fs::read(&photo).unwrap();

    let name = photo.to_str().unwrap();
    for arguments in [["inspect", "--annotate", name, name], ["analyze", "--save-best-shot", name, name]] {
        let output = oz(&arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("is an input"), "{arguments:?}");
    }
    assert_eq!(std::fs::read(&photo).unwrap(), before);
}

#[test]
fn maintenance_creates_no_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let typo = folder.path().join("typo");
    let name = typo.to_str().unwrap();
    for command in [&["check"][..], &["keys", "list"], &["audit", "verify"], &["purge", "--older-than", "1d"]]
    {
        let output = oz(&[command, &["--data-dir", name]].concat());
        assert_eq!(output.status.code(), Some(2), "{command:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("does not exist"), "{command:?}");
        assert!(!typo.exists(), "{command:?}");
    }
}

#[test]
fn values_out_of_range_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("oz.toml");
    for text in ["threads = 100000000000", "[liveness]\nattack_score = nan", "[liveness]\nreject_score = 0.9"]
    {
        std::fs::write(&file, text).unwrap();
        let output = oz(&["--config", file.to_str().unwrap(), "config", "check"]);
        assert_eq!(output.status.code(), Some(2), "{text}");
    }
}
