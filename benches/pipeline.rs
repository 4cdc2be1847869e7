//! The whole pipeline, and each of its stages, on every engine that is available.
//!
//! `cargo bench --bench pipeline`; ids name stage, engine and size.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use oz::core::face::FaceSample;
use oz::core::media::MediaKind;
use oz::{AnalysisRequest, Config, Frame, Image, Media, Oz};

fn engines() -> Vec<Oz> {
    let build =
        |engine: &str| Oz::builder().config(Config { engine: engine.into(), ..Config::default() }).build();
    ["onnx", "candle"].into_iter().filter_map(|engine| build(engine).ok()).collect()
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
