//! Decoding with the ffmpeg program; reported as skipped where it is not installed.

use oz_conformance::left_out;
use oz_core::media::DecodeLimits;
use oz_core::media::port::MediaDecoder as _;
use oz_media::testing::clip;
use oz_media::{Decoders, FfmpegConfig, FfmpegDecoder, first_frame};

fn ffmpeg(test: &str) -> Option<FfmpegDecoder> {
    let found = FfmpegDecoder::new(FfmpegConfig::default());
    if found.is_err() {
        left_out(test, "ffmpeg is not installed");
    }
    found.ok()
}

#[test]
fn program_decodes_media_unsupported_in_process() {
    let Some(ffmpeg) = ffmpeg("program_decodes_media_unsupported_in_process") else { return };
    let decoders = Decoders::standard().with(ffmpeg);
    for bytes in [
        include_bytes!("clips/mpeg4.avi").as_slice(),
        include_bytes!("clips/mpeg4.mp4"),
        include_bytes!("clips/h264_444.mp4"),
    ] {
        let mut source = decoders.open(bytes.into(), &DecodeLimits::default()).unwrap();
        assert_eq!(source.info().decoder, "ffmpeg");
        let frames: Vec<_> = std::iter::from_fn(|| source.next_frame().unwrap()).collect();
        assert_eq!(frames.len(), 10);
        assert!(
            frames
                .iter()
                .enumerate()
                .all(|(at, frame)| frame.time.as_millis().abs_diff(at as u128 * 100) <= 1)
        );
        assert_eq!((frames[9].image.width(), frames[9].image.height()), (64, 48));
    }
}

#[test]
fn program_agrees_with_the_in_process_decoders() {
    let Some(ffmpeg) = ffmpeg("program_agrees_with_the_in_process_decoders") else { return };
    for name in ["rotated.mp4", "h264_high.mp4", "hevc.mkv", "vp8.webm", "av1.mp4"] {
        let theirs = first_frame(&ffmpeg, clip(name), &DecodeLimits::default()).unwrap().image;
        let ours = first_frame(&Decoders::standard(), clip(name), &DecodeLimits::default()).unwrap().image;
        assert_eq!((ours.width(), ours.height()), (theirs.width(), theirs.height()), "{name}");
        let sum: u64 =
            ours.pixels().iter().zip(theirs.pixels()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let mean = sum as f64 / ours.pixels().len() as f64;
        assert!(mean < 3.0, "{name}: pixels differ by {mean:.2} on average");
    }
}

#[test]
fn program_is_ended_by_timeout_and_damage() {
    let Some(ffmpeg) = ffmpeg("program_is_ended_by_timeout_and_damage") else { return };
    let clip = include_bytes!("clips/mpeg4.avi");

    let none = DecodeLimits { decode_time: std::time::Duration::ZERO, ..DecodeLimits::default() };
    let error = first_frame(&ffmpeg, clip.as_slice(), &none).unwrap_err();
    assert!(matches!(error.code(), "media.limit_exceeded" | "media.corrupt"), "{error}");

    let error = first_frame(&ffmpeg, &clip[..300], &DecodeLimits::default()).unwrap_err();
    assert_eq!(error.code(), "media.corrupt");
}
