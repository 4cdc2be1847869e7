//! Results on a GPU compared with results on the CPU. Reported as skipped on machines without a GPU.
//!
//! `cargo test --release -p oz-models --features onnx,candle,cuda,candle-cuda --test engine_cuda --
//! --nocapture`
#![cfg(any(feature = "cuda", feature = "candle-cuda"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod engine_support;

use std::sync::Arc;
use std::time::Instant;

use oz_conformance::left_out;
use oz_core::inference::port::{Engine, Session};
use oz_core::inference::{Device, ModelArtifact, SessionOptions};

use engine_support::{bundled, cosine, dynamic_size, engines, input, load, pseudorandom, relative_error};

/// Loads a model for the GPU with index `number`.
fn on_gpu(engine: &dyn Engine, model: &ModelArtifact, number: u32) -> oz_core::Result<Arc<dyn Session>> {
    engine.load(model, &SessionOptions { device: Device::Cuda(number), ..SessionOptions::default() })
}

/// Engines that can use a GPU. Others are reported as skipped with the reason.
fn engines_with_gpu(test: &str) -> Vec<Arc<dyn Engine>> {
    let usable = |engine: &Arc<dyn Engine>| {
        if !engine.capabilities().devices.contains(&Device::Cuda(0)) {
            left_out(format_args!("{test} on {}", engine.name()), "no GPU found");
            return false;
        }
        on_gpu(&**engine, &dynamic_size(), 0)
            .inspect_err(|error| left_out(format_args!("{test} on {}", engine.name()), error))
            .is_ok()
    };
    engines().into_iter().filter(usable).collect()
}

#[test]
fn gpu_agrees_with_cpu_on_every_bundled_model() {
    for engine in engines_with_gpu("gpu_agrees_with_cpu_on_every_bundled_model") {
        for model in bundled() {
            let (cpu, gpu) = (load(&*engine, &model), on_gpu(&*engine, &model, 0).unwrap());
            for batch in [1, 3] {
                let input = input(&*cpu, batch);
                let expected = cpu.run(&[input.view()]).unwrap();
                let actual = gpu.run(&[input.view()]).unwrap();

                assert_eq!(expected.len(), actual.len());
                for (expected, actual) in expected.iter().zip(&actual) {
                    assert_eq!(expected.shape(), actual.shape(), "{}", model.id);
                    let error = relative_error(expected.values(), actual.values());
                    let cosine = cosine(expected.values(), actual.values());

                    let what =
                        format!("{} on {}: error {error:.1e}, cosine {cosine:.7}", model.id, engine.name());
                    println!("{what}");
                    assert!(error <= 1e-3 && cosine >= 0.9999, "{what}");
                }
            }
        }
    }
}

#[test]
fn gpu_agrees_with_cpu_on_images_of_any_size() {
    for engine in engines_with_gpu("gpu_agrees_with_cpu_on_images_of_any_size") {
        let (cpu, gpu) = (load(&*engine, &dynamic_size()), on_gpu(&*engine, &dynamic_size(), 0).unwrap());
        for size in [[1, 3, 24, 32], [2, 3, 33, 17], [1, 3, 24, 32], [1, 3, 128, 8]] {
            let input = pseudorandom(size.to_vec());
            let (expected, actual) = (cpu.run(&[input.view()]).unwrap(), gpu.run(&[input.view()]).unwrap());
            assert_eq!(expected[0].shape(), actual[0].shape());
            assert!(relative_error(expected[0].values(), actual[0].values()) <= 1e-4, "{}", engine.name());
        }
    }
}

#[test]
fn concurrent_runs_on_a_gpu_agree_with_a_single_one() {
    const THREADS: usize = 8;
    for engine in engines_with_gpu("concurrent_runs_on_a_gpu_agree_with_a_single_one") {
        for model in bundled() {
            let session = on_gpu(&*engine, &model, 0).unwrap();
            let input = input(&*session, 2);
            let alone = session.run(&[input.view()]).unwrap();

            let same = || {
                (0..10).all(|_| {
                    let answer = session.run(&[input.view()]).unwrap();
                    let pairs = alone.iter().zip(&answer);
                    pairs.into_iter().all(|(a, b)| relative_error(a.values(), b.values()) <= 1e-5)
                })
            };

            let right = std::thread::scope(|scope| {
                let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(same)).collect();
                workers.into_iter().map(|worker| worker.join().unwrap()).collect::<Vec<_>>()
            });

            assert_eq!(right, [true; THREADS], "{} on {}", model.id, engine.name());
        }
    }
}

#[test]
fn missing_gpu_is_an_unsupported_option() {
    for engine in engines() {
        for number in [9, 999] {
            let error = on_gpu(&*engine, &dynamic_size(), number).unwrap_err();
            assert_eq!(error.code(), "inference.unsupported_option", "{}: {error}", engine.name());
            assert!(error.to_string().contains(&format!("cuda:{number}")), "{error}");
        }
    }
}

/// Prints run times and the speed-up of the GPU; asserts nothing about them.
#[test]
fn gpu_and_cpu_times_are_reported() {
    for engine in engines_with_gpu("gpu_and_cpu_times_are_reported") {
        for model in bundled() {
            let (cpu, gpu) = (load(&*engine, &model), on_gpu(&*engine, &model, 0).unwrap());
            for batch in [1, 32] {
                let input = input(&*cpu, batch);
                let (cpu, gpu) = (fastest(&*cpu, &input), fastest(&*gpu, &input));
                let (name, id) = (engine.name(), &model.id);
                println!("{name}, {id}, batch {batch}: CPU {cpu:.2} ms, GPU {gpu:.2} ms, x {:.1}", cpu / gpu);
            }
        }
    }
}

/// Minimum time of 12 runs, milliseconds.
fn fastest(session: &dyn Session, input: &oz_core::inference::Tensor) -> f64 {
    let once = || {
        let start = Instant::now();
        session.run(&[input.view()]).unwrap();
        start.elapsed().as_secs_f64() * 1e3
    };
    (0..12).map(|_| once()).fold(f64::INFINITY, f64::min)
}
