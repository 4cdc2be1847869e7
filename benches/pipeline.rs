//! The whole pipeline, and each of its stages, on engines of a registry: the built-in ones and rten.
//!
//! `cargo bench --bench pipeline`; ids name stage, engine and size. `OZ_BENCH_ENGINES=candle,rten` selects
//! engines, all of which must start; by default, every engine that starts is measured.

#[path = "../examples/custom_engine.rs"]
#[allow(dead_code, reason = "the example has its own main function")]
mod custom_engine;

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use oz::core::face::FaceSample;
use oz::core::media::MediaKind;
use oz::{AnalysisRequest, Config, Frame, Image, Media, Oz};

/// Handles on the selected engines, or on all that start.
fn engines() -> Vec<Oz> {
    let registry = custom_engine::engines(&Config::default()).expect("the names are unique");
    let build = |engine: &str| Oz::builder().engines(registry.clone()).engine(engine).build();
    if let Ok(selected) = std::env::var("OZ_BENCH_ENGINES") {
        let start = |name: &str| build(name).unwrap_or_else(|error| panic!("OZ_BENCH_ENGINES: {error}"));
        return selected.split(',').map(start).collect();
    }

    let report = |error| eprintln!("left out: {error}");
    registry.names().into_iter().filter_map(|name| build(name).map_err(report).ok()).collect()
}

/// The portrait on a canvas of 640 x 480, the size of a webcam's frame.
fn webcam_frame(oz: &Oz) -> Image {
    let portrait = oz.decode(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/astronaut.png"));
    let portrait = portrait.expect("the fixture is a picture");
    Image::from_fn(640, 480, |x, y| if (64..576).contains(&x) { portrait.pixel(x - 64, y) } else { [90; 3] })
}

fn decode(c: &mut Criterion) {
    let Some(oz) = engines().pop() else { return };
    let frame = webcam_frame(&oz);
    let jpeg = oz::media::encode_jpeg(&frame, 90).expect("the picture can be encoded");
    let png = oz::media::encode_png(&frame).expect("the picture can be encoded");
    let mut group = c.benchmark_group("decode");
    for (format, bytes) in [("jpeg", jpeg), ("png", png)] {
        group.bench_function(BenchmarkId::new(format, "640x480"), |b| {
            b.iter(|| oz.decode(Media::from(black_box(bytes.as_slice()))));
        });
    }
    group.finish();
}

fn stages(c: &mut Criterion) {
    for oz in engines() {
        let name = oz.engine().name.clone();
        let image = webcam_frame(&oz);
        let stages = oz.pipeline().stages().clone();
        let detections = stages.detector.detect(&image).expect("the detector runs");
        let faces = oz.pipeline().inspect(&image).expect("the pipeline runs");
        let samples: Vec<_> =
            faces.iter().map(|face| FaceSample { image: &image, face: &face.face }).collect();
        let located: Vec<_> = faces.iter().map(|face| face.face.clone()).collect();
        c.bench_function(&format!("detect/{name}/640x480"), |b| {
            b.iter(|| stages.detector.detect(black_box(&image)));
        });
        c.bench_function(&format!("mesh/{name}/1-face"), |b| {
            b.iter(|| stages.landmarks.estimate(black_box(&image), &detections));
        });
        c.bench_function(&format!("quality/{name}/1-face"), |b| {
            b.iter(|| stages.quality.assess(black_box(&image), &located));
        });
        if let Some(extractor) = &stages.extractor {
            c.bench_function(&format!("embed/{name}/1-face"), |b| {
                b.iter(|| extractor.extract(black_box(&samples)));
            });
        }
        c.bench_function(&format!("pad-texture/{name}/1-face"), |b| {
            b.iter(|| oz::core::analysis::liveness::texture::periodicity(black_box(samples[0])));
        });
    }
}

fn whole(c: &mut Criterion) {
    for oz in engines() {
        let name = oz.engine().name.clone();
        let image = webcam_frame(&oz);
        let jpeg = oz::media::encode_jpeg(&image, 90).expect("the picture can be encoded");
        let mut group = c.benchmark_group("pipeline");
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("image/{name}/640x480"), |b| {
            b.iter(|| oz.analyze(Media::from(black_box(jpeg.as_slice())), &AnalysisRequest::default()));
        });
        let second: Vec<Frame> = (0..30)
            .map(|index| Frame { image: image.clone(), time: Duration::from_millis(index * 33), index })
            .collect();
        group.sample_size(10);
        group.bench_function(format!("video-second/{name}/640x480"), |b| {
            b.iter(|| {
                oz.analyze(Media::Frames(MediaKind::Video, second.clone()), &AnalysisRequest::default())
            });
        });
        group.finish();
    }
}

criterion_group!(benches, decode, stages, whole);
criterion_main!(benches);
