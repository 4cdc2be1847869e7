//! `oz bench`: engines compared, combinations, errors.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../tests/support/mod.rs"]
mod support;

use std::process::{Command, Output};

use serde_json::Value;

/// Runs the program on small models with few runs.
fn bench(arguments: &[&str]) -> Output {
    let effort = ["--iterations", "3", "--time-limit", "0.2"];
    Command::new(env!("CARGO_BIN_EXE_oz"))
        .arg("bench")
        .args(arguments)
        .args(effort)
        .env_remove("OZ__ENGINE")
        .output()
        .unwrap()
}

fn report(arguments: &[&str], exit_code: i32) -> Value {
    let output = bench(&[arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(exit_code), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn rows(report: &Value) -> &[Value] {
    report["rows"].as_array().unwrap()
}

/// Whether ONNX Runtime is found on this machine.
fn is_onnx_available() -> bool {
    let output = Command::new(env!("CARGO_BIN_EXE_oz")).args(["engines", "list", "--json"]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let engines = report["engines"].as_array().unwrap();
    engines.iter().any(|engine| engine["name"] == "onnx" && engine["available"] == true)
}

fn check_refused(arguments: &[&str], exit_code: i32, expected: &str) {
    let output = bench(arguments);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(exit_code), "{text}");
    assert!(text.contains(expected), "{text}");
}

#[test]
fn report_states_machine_versions_and_a_row_per_combination() {
    let report = report(
        &[
            "--engine",
            "candle",
            "--model",
            "face_blendshapes,pad_views",
            "--batch",
            "1,4",
            "--threads",
            "1,2",
        ],
        0,
    );
    assert_eq!(report["schema"], "oz.bench/1");
    assert_eq!(report["oz"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["machine"]["os"], std::env::consts::OS);
    assert!(report["machine"]["cores"].as_u64().unwrap() > 0);
    assert_eq!(report["engines"][0]["engine"], "candle");
    assert!(!report["engines"][0]["version"].as_str().unwrap().is_empty());

    let rows = rows(&report);
    let combination = |row: &Value| {
        let number = |key: &str| row[key].as_u64().unwrap();
        (row["model"].as_str().unwrap().to_owned(), number("batch"), number("threads"))
    };
    let expected = ["face_blendshapes", "pad_views"].into_iter().flat_map(|model| {
        [(1, 1), (1, 2), (4, 1), (4, 2)].map(|(batch, threads)| (model.to_owned(), batch, threads))
    });
    assert_eq!(rows.iter().map(combination).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[test]
fn rows_have_times_and_are_compared_with_the_reference() {
    let report = report(&["--engine", "candle", "--model", "face_blendshapes", "--threads", "1,2"], 0);
    let [reference, other] = rows(&report) else { panic!("{report}") };
    for row in [reference, other] {
        assert_eq!(row["status"], "measured");
        let number = |key: &str| row[key].as_f64().unwrap();
        assert!(number("median_ms") > 0.0 && number("p95_ms") >= number("median_ms"), "{row}");
        assert!((number("inputs_per_second") * number("median_ms") - 1000.0).abs() < 1.0, "{row}");
        assert!(number("runs") >= 1.0 && number("runs") <= 3.0, "{row}");
    }

    assert_eq!(report["reference"], serde_json::json!({"engine": "candle", "device": "cpu", "threads": 1}));
    assert_eq!((&reference["speed_ratio"], &reference["agreement"]), (&1.0.into(), &Value::Null));
    assert!(other["speed_ratio"].as_f64().unwrap() > 0.0);
    assert_eq!(other["agreement"]["verdict"], "agrees");
    assert_eq!(other["agreement"]["tolerance"], 1e-3);
    assert!(other["agreement"]["max_absolute"].is_number() && other["agreement"]["max_relative"].is_number());
}

#[test]
fn several_engines_are_compared_and_one_that_does_not_start_is_a_row_with_its_error() {
    let is_available = is_onnx_available();
    let arguments = ["--engine", "candle", "--engine", "onnx", "--model", "mobilefacenet_192"];
    let report = report(&arguments, if is_available { 0 } else { 1 });
    let [candle, onnx] = rows(&report) else { panic!("{report}") };
    assert_eq!((&candle["engine"], &onnx["engine"]), (&"candle".into(), &"onnx".into()));
    if is_available {
        assert_eq!(onnx["agreement"]["verdict"], "agrees", "{onnx}");
    } else {
        assert_eq!((&onnx["status"], &onnx["median_ms"]), (&"failed".into(), &Value::Null));
        assert_eq!(onnx["error"]["code"], "inference.engine_unavailable");
    }
}

#[cfg(not(any(feature = "cuda", feature = "candle-cuda")))]
#[test]
fn device_that_an_engine_cannot_use_is_a_row_with_the_remedy() {
    let arguments = ["--engine", "candle", "--device", "cpu,cuda", "--model", "face_blendshapes"];
    let report = report(&arguments, 1);
    let [cpu, cuda] = rows(&report) else { panic!("{report}") };
    assert_eq!((&cpu["status"], &cuda["status"]), (&"measured".into(), &"failed".into()));
    assert_eq!((&cuda["engine"], &cuda["device"]), (&"candle".into(), &"cuda:0".into()));
    assert!(cuda["error"]["message"].as_str().unwrap().contains("candle-cuda"), "{cuda}");
}

#[cfg(not(any(feature = "cuda", feature = "candle-cuda")))]
#[test]
fn nothing_is_compared_if_the_reference_fails() {
    let arguments = ["--engine", "candle", "--device", "cuda,cpu", "--model", "face_blendshapes"];
    let report = report(&arguments, 1);
    let [cuda, cpu] = rows(&report) else { panic!("{report}") };
    assert_eq!((&cuda["status"], &cpu["status"]), (&"failed".into(), &"measured".into()));
    assert_eq!((&cpu["speed_ratio"], &cpu["agreement"]), (&Value::Null, &Value::Null));
    assert_eq!(report["reference"]["device"], "cuda:0");
}

#[test]
fn engines_that_do_not_start_are_listed_if_none_was_named() {
    let report = report(&["--model", "face_blendshapes"], 0);
    let names = |list: &Value, key: &str| -> Vec<String> {
        list.as_array().unwrap().iter().map(|each| each[key].as_str().unwrap().to_owned()).collect()
    };
    let (measured, left_out) = (names(&report["rows"], "engine"), names(&report["left_out"], "engine"));
    assert!(measured.contains(&"candle".to_owned()), "{report}");
    assert_eq!(left_out, if is_onnx_available() { vec![] } else { vec!["onnx".to_owned()] });
}

#[test]
fn difference_above_the_tolerance_is_a_failed_check() {
    // Sums in another order differ in the last bits.
    let arguments = ["--engine", "candle,onnx", "--model", "mobilefacenet_192", "--tolerance", "1e-12"];
    if !is_onnx_available() {
        return support::left_out(
            "difference_above_the_tolerance_is_a_failed_check",
            "ONNX Runtime is not found",
        );
    }
    let report = report(&arguments, 1);
    assert_eq!(rows(&report)[1]["agreement"]["verdict"], "differs", "{report}");
}

#[test]
fn photo_gives_the_stages_of_the_pipeline() {
    let photo = support::portrait().display().to_string();
    let report = report(&["--engine", "candle", "--threads", "1,2", &photo], 0);
    assert!(rows(&report).is_empty());
    let pipelines = report["pipelines"].as_array().unwrap();
    for stage in ["decode", "detect", "mesh", "embed"] {
        assert!(pipelines[0]["stages_ms"][stage].as_f64().unwrap() > 0.0, "{stage}");
    }
    assert_eq!(pipelines[1]["agreement"]["verdict"], "agrees", "{report}");
}

#[test]
fn table_shows_every_column_and_the_errors_below() {
    let output = bench(&["--engine", "candle", "--device", "cpu,cuda:7", "--model", "face_blendshapes"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("reference: candle on cpu"), "{text}");
    for title in ["median ms", "p95 ms", "inputs/s", "speed", "difference", "outputs"] {
        assert!(text.contains(title), "{title} is missing in\n{text}");
    }
    assert!(text.contains("candle on cuda:7: the inference engine `candle`"), "{text}");
}

#[test]
fn invalid_arguments_name_the_permitted_values() {
    check_refused(&["--batch", "0"], 2, "from 1 to 1024");
    check_refused(&["--batch", "1,x"], 2, "from 1 to 1024");
    check_refused(&["--threads", "0"], 2, "from 1 to 256");
    check_refused(&["--device", "gpu"], 2, "cpu, cuda or cuda:N");
    check_refused(&["--tolerance", "0"], 2, "above 0");
    check_refused(&["--engine", "candle,abacus"], 3, "known engines: onnx, candle");
    check_refused(&["--engine", "candle", "--model", "facenet"], 3, "mobilefacenet_192");
    check_refused(&["--engine", "candle", "missing.jpg"], 1, "file.unreadable");
}
