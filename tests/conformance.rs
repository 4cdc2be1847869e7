//! Adapters of the workspace against the behaviour suites of their ports.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;
#[path = "../examples/tract_engine.rs"]
#[allow(dead_code, reason = "the example has its own main function")]
mod tract_engine;

use std::path::Path;
use std::sync::Arc;

use oz::{RandomIds, SystemClock};
use oz_conformance::folder::Database;
use oz_conformance::inference::ModelSample;
use oz_conformance::media::MediaSample;
use oz_conformance::{
    account, at_once, collection, event, folder, inference, license, media, storage, system,
};
use oz_core::inference::SessionOptions;
use oz_core::media::{DecodeLimits, Image, MediaBytes, MediaType};
use oz_media::{Decoders, FfmpegConfig, FfmpegDecoder, ImageDecoder, ShotSetDecoder, VideoDecoder};
use oz_models::engine::{EngineConfig, Engines};
use oz_models::registry::{Registry, RegistryConfig};
use oz_storage::license::UnlimitedLicense;
use oz_storage::memory::{
    MemoryAuditLog, MemoryBlobStore, MemoryCollectionRepository, MemoryKeyProvider, MemoryStore,
    MemoryVectorIndex,
};

#[test]
fn memory_adapters_keep_the_contract() {
    storage::blob_store("memory", &|| Arc::new(MemoryBlobStore::default()), &at_once);
    storage::job_queue("memory", &|| Arc::new(MemoryStore::default()), &at_once);
    storage::erasure_list("memory", &|| Arc::new(MemoryStore::default()), &at_once);
    account::account_repository("memory", &|| Arc::new(MemoryStore::default()), &at_once);
    event::event_session_repository("memory", &|| Arc::new(MemoryStore::default()), &at_once);
    let database = || Arc::new(Database::of(&Arc::new(MemoryStore::default())));
    folder::folder_repository("memory", &database, &at_once);
    storage::audit_log("memory", &|| Arc::new(MemoryAuditLog::default()), &at_once);
    storage::key_provider("memory", &|| Arc::new(MemoryKeyProvider::default()), &at_once);
    collection::collection_repository(
        "memory",
        &|| Arc::new(MemoryCollectionRepository::default()),
        &at_once,
    );
    collection::vector_index("memory", &|| Arc::new(MemoryVectorIndex::default()));
}

#[test]
fn licence_providers_keep_the_contract() {
    license::unlimited("unlimited", &|| Arc::new(UnlimitedLicense::default()), &at_once);
}

#[test]
fn system_clock_and_random_ids_keep_the_contract() {
    system::clock("system", &|| Arc::new(SystemClock));
    system::id_generator("random", &|| Arc::new(RandomIds));
}

#[test]
fn decoders_keep_the_contract() {
    let (pictures, videos, shot_sets) = (pictures(), videos(), [shot_set()]);
    media::media_decoder("image", &|| Arc::new(ImageDecoder), &pictures);
    media::media_decoder("video", &|| Arc::new(VideoDecoder), &videos);
    media::media_decoder("shot_set", &|| Arc::new(ShotSetDecoder), &shot_sets);
    let all: Vec<MediaSample> = pictures.into_iter().chain(videos).chain(shot_sets).collect();
    media::media_decoder("decoders", &|| Arc::new(Decoders::standard()), &all);
}

#[test]
fn ffmpeg_decoder_keeps_the_contract() {
    let Ok(ffmpeg) = FfmpegDecoder::new(FfmpegConfig::default()) else {
        return support::left_out("ffmpeg_decoder_keeps_the_contract", "ffmpeg is not installed");
    };
    let samples = [clip("mpeg4.avi", (64, 48)), clip("rotated.mp4", (48, 64))];
    media::media_decoder("ffmpeg", &|| Arc::new(ffmpeg.clone()), &samples);
}

#[test]
fn engines_keep_the_contract() {
    let registry = Registry::new(&RegistryConfig::default()).unwrap();
    let ids = ["face_detection_short", "mobilefacenet_192"];
    let samples = ids.map(|id| ModelSample { model: registry.artifact(id).unwrap(), free: 1 });
    let engines = Engines::built_in(&EngineConfig::default());
    for name in engines.names() {
        match engines.create(name, &SessionOptions::default()) {
            Ok(engine) => inference::engine(name, &|| Arc::clone(&engine), &samples),
            Err(error) if error.code() == "inference.engine_unavailable" => {
                support::left_out(format_args!("engine {name}"), error);
            }
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn an_engine_of_an_application_keeps_the_contract() {
    let registry = Registry::new(&RegistryConfig::default()).unwrap();
    let samples = [ModelSample { model: registry.artifact("face_blendshapes").unwrap(), free: 1 }];
    let engines = tract_engine::engines(&oz::Config::default()).unwrap();
    let create = || engines.create("tract", &SessionOptions::default()).unwrap();
    inference::engine("tract", &create, &samples);
}

fn gradient() -> Image {
    Image::from_fn(80, 60, |x, y| [x as u8 * 3, y as u8 * 4, 90])
}

fn sample(name: &str, bytes: Vec<u8>, media_type: MediaType, frames: u64) -> MediaSample {
    MediaSample { name: name.into(), bytes: MediaBytes::from(bytes), media_type, size: (80, 60), frames }
}

fn pictures() -> Vec<MediaSample> {
    let portrait = std::fs::read(support::portrait()).unwrap();
    let first = oz_media::decode_image(portrait.clone(), &DecodeLimits::default()).unwrap();
    vec![
        MediaSample {
            size: (first.width(), first.height()),
            ..sample("portrait", portrait, MediaType::Png, 1)
        },
        sample("png", oz_media::encode_png(&gradient()).unwrap(), MediaType::Png, 1),
        sample("jpeg", oz_media::encode_jpeg(&gradient(), 90).unwrap(), MediaType::Jpeg, 1),
    ]
}

/// One clip for each container and codec.
fn videos() -> Vec<MediaSample> {
    let upright = ["h264_high.mp4", "h264_fragmented.mp4", "hevc.mkv", "vp8.webm", "vp9.webm", "av1.mp4"];
    upright.into_iter().map(|name| clip(name, (64, 48))).chain([clip("rotated.mp4", (48, 64))]).collect()
}

/// A clip of ten frames; `oz-media/tests/clips/README.md` describes its origin.
fn clip(name: &str, size: (u32, u32)) -> MediaSample {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("oz-media/tests/clips");
    let media_type = match name.rsplit('.').next() {
        Some("mp4") => MediaType::Mp4,
        Some("avi") => MediaType::OtherVideo,
        _ => MediaType::Matroska,
    };
    MediaSample { size, ..sample(name, std::fs::read(folder.join(name)).unwrap(), media_type, 10) }
}

fn shot_set() -> MediaSample {
    let shot = oz_media::encode_jpeg(&gradient(), 90).unwrap();
    sample("zip", stored_zip(&[("1.jpg", &shot), ("2.jpg", &shot), ("10.jpg", &shot)]), MediaType::Zip, 3)
}

/// ZIP archive without compression. Source: PKWARE APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12 and 4.3.16.
fn stored_zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut files, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in entries {
        let offset = files.len() as u32;
        let size = (content.len() as u32).to_le_bytes();
        let mut header = [20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0].to_vec();
        header.extend(crc32(content).to_le_bytes());
        header.extend([size, size].concat());
        header.extend((name.len() as u16).to_le_bytes());
        header.extend([0, 0]);
        files.extend([b"PK\x03\x04", header.as_slice(), name.as_bytes(), content].concat());
        directory.extend([b"PK\x01\x02".as_slice(), &[20, 0], &header, &[0; 10]].concat());
        directory.extend([offset.to_le_bytes().as_slice(), name.as_bytes()].concat());
    }
    let count = (entries.len() as u16).to_le_bytes();
    let place = [(directory.len() as u32).to_le_bytes(), (files.len() as u32).to_le_bytes()].concat();
    [files, directory, b"PK\x05\x06\0\0\0\0".to_vec(), [count, count].concat(), place, vec![0, 0]].concat()
}

/// CRC-32 of ISO 3309, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let update = |crc: u32, byte: &u8| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    };
    !bytes.iter().fold(!0, update)
}
