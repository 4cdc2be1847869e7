//! Results of the engines compared with each other and with a reference run.
#![cfg(any(feature = "candle", feature = "onnx"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod engine_support;

use std::fs;
use std::path::Path;

use oz_conformance::left_out;
use serde_json::Value;

use engine_support::{bundled, cosine, dynamic_size, engines, input, load, pseudorandom, relative_error};

#[test]
fn engines_agree_on_every_bundled_model() {
    let engines = engines();
    let [first, others @ ..] = engines.as_slice() else { return };
    if others.is_empty() {
        left_out("parity of engines", format_args!("only {} is available", first.name()));
    }
    for model in bundled() {
        let expected = load(&**first, &model);
        let input = input(&*expected, 2);
        let expected = expected.run(&[input.view()]).unwrap();

        for other in others {
            let actual = load(&**other, &model).run(&[input.view()]).unwrap();
            assert_eq!(expected.len(), actual.len());
            for (expected, actual) in expected.iter().zip(&actual) {
                assert_eq!(expected.shape(), actual.shape(), "{}", model.id);
                let error = relative_error(expected.values(), actual.values());
                let cosine = cosine(expected.values(), actual.values());
                assert!(error <= 1e-3 && cosine >= 0.9999, "{}: error {error}, cosine {cosine}", model.id);
            }
        }
    }
}

/// A photo of a crowd is one batch.
#[test]
fn engines_agree_on_a_large_batch() {
    const FACES: usize = 40;
    let engines = engines();
    for model in bundled() {
        let answers = engines.iter().map(|engine| {
            let session = load(&**engine, &model);
            session.run(&[input(&*session, FACES).view()]).unwrap()
        });
        let answers: Vec<_> = answers.collect();

        for (expected, actual) in answers.iter().flat_map(|answer| answers[0].iter().zip(answer)) {
            assert_eq!(expected.shape(), actual.shape(), "{}", model.id);
            let error = relative_error(expected.values(), actual.values());
            assert!(error <= 1e-3, "{}: {error}", model.id);
        }
    }
}

#[test]
fn engines_agree_on_images_of_any_size() {
    let engines = engines();
    for size in [[1, 3, 24, 32], [2, 3, 33, 17], [1, 3, 24, 32], [1, 3, 128, 8]] {
        let input = pseudorandom(size.to_vec());
        let answers =
            engines.iter().map(|engine| load(&**engine, &dynamic_size()).run(&[input.view()]).unwrap());
        let answers: Vec<_> = answers.collect();

        for answer in &answers {
            assert_eq!(answer[0].shape(), answers[0][0].shape());
            assert!(relative_error(answers[0][0].values(), answer[0].values()) <= 1e-4);
        }
    }
}

/// The reference was recorded with ONNX Runtime 1.26.0 by `tools/golden/make.py`.
#[test]
fn engines_agree_with_the_reference_run() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/models.json");
    let golden: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    for engine in engines() {
        for model in bundled() {
            let entries = golden["models"].as_array().unwrap();
            let Some(entry) = entries.iter().find(|entry| entry["id"] == model.id.as_str()) else {
                left_out(format_args!("reference run of {}", model.id), "not recorded");
                continue;
            };

            let session = load(&*engine, &model);
            let outputs = session.run(&[input(&*session, 1).view()]).unwrap();
            let specs = session.signature().outputs.iter().zip(&outputs);
            for ((spec, output), expected) in specs.zip(entry["outputs"].as_array().unwrap()) {
                assert_eq!(expected["name"], spec.name.as_str());
                check(output.values(), expected, &format!("{} on {}", model.id, engine.name()));
            }
        }
    }
}

/// Compares the first values, the norm and the sum of an output with the reference, within 0.1 %.
fn check(values: &[f32], expected: &Value, what: &str) {
    let number = |name: &str| expected[name].as_f64().unwrap();
    let largest = number("largest");
    let close = |actual: f64, expected: f64, scale: f64| (actual - expected).abs() <= 1e-3 * scale.max(1e-6);
    for (value, expected) in values.iter().zip(expected["first"].as_array().unwrap()) {
        assert!(
            close((*value).into(), expected.as_f64().unwrap(), largest),
            "{what}: {value} not {expected}"
        );
    }

    let norm = values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
    assert!(close(norm, number("l2_norm"), number("l2_norm")), "{what}: norm {norm}");
    let sum: f64 = values.iter().copied().map(f64::from).sum();
    assert!(close(sum, number("sum"), norm * (values.len() as f64).sqrt()), "{what}: sum {sum}");
}
