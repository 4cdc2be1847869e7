//! Suite of [`MediaDecoder`] and [`FrameSource`].

use std::sync::Arc;

use super::{Claim, Make, assert_code, check_claims, claims};
use oz_core::media::port::{FrameSource, MediaDecoder};
use oz_core::media::{DecodeLimits, Frame, MediaBytes, MediaType};
use oz_core::{Error, Result};

/// File that the decoder under test must open, and its expected content.
#[derive(Debug, Clone)]
pub struct MediaSample {
    /// Name in messages.
    pub name: String,
    /// Content of the file.
    pub bytes: MediaBytes,
    /// Format that [`MediaDecoder::sniff`] must detect.
    pub media_type: MediaType,
    /// Width and height of the first frame in pixels, after rotation.
    pub size: (u32, u32),
    /// Number of frames.
    pub frames: u64,
}

/// Decoder under test and its files.
struct Bench<'a> {
    decoder: Arc<dyn MediaDecoder>,
    samples: &'a [MediaSample],
}

/// Checks a decoder with files that it must open.
///
/// # Panics
/// When a claim does not hold or `samples` is empty.
pub fn media_decoder(adapter: &str, make: Make<'_, dyn MediaDecoder>, samples: &[MediaSample]) {
    assert!(!samples.is_empty(), "the suite requires at least one sample");
    let claims: &[Claim<fn(&Bench<'_>)>] = claims![
        the_format_is_detected_from_the_first_4096_bytes,
        sniffing_never_panics,
        other_content_is_not_detected_as_media,
        info_states_format_and_decoder,
        frames_are_in_order_and_end_with_none,
        empty_media_is_refused,
        other_content_is_refused,
        input_over_the_byte_limit_is_refused,
        frames_over_the_pixel_limit_are_refused,
        frames_over_the_side_limit_are_refused,
        truncated_media_gives_frames_or_a_media_error,
        corrupted_media_gives_frames_or_a_media_error,
        no_frame_follows_an_error,
    ];
    check_claims(adapter, claims, |check| check(&Bench { decoder: make(), samples }));
}

/// Frames of a file, and the error that ended decoding, if any.
fn decode(decoder: &dyn MediaDecoder, bytes: MediaBytes, limits: &DecodeLimits) -> (Vec<Frame>, Result<()>) {
    match decoder.open(bytes, limits) {
        Ok(mut source) => drain(source.as_mut()),
        Err(error) => (Vec::new(), Err(error)),
    }
}

fn drain(source: &mut dyn FrameSource) -> (Vec<Frame>, Result<()>) {
    let mut frames = Vec::new();
    loop {
        match source.next_frame() {
            Ok(Some(frame)) => frames.push(frame),
            Ok(None) => return (frames, Ok(())),
            Err(error) => return (frames, Err(error)),
        }
    }
}

fn head(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(4_096)]
}

#[track_caller]
fn assert_media_error(error: &Error, name: &str) {
    assert!(error.code().starts_with("media."), "{name}: {}: {error}", error.code());
}

fn the_format_is_detected_from_the_first_4096_bytes(bench: &Bench<'_>) {
    for sample in bench.samples {
        assert_eq!(bench.decoder.sniff(head(&sample.bytes)), Some(sample.media_type), "{}", sample.name);
        assert_eq!(bench.decoder.sniff(&sample.bytes), Some(sample.media_type), "{}", sample.name);
    }
}

fn sniffing_never_panics(bench: &Bench<'_>) {
    for sample in bench.samples {
        let head = head(&sample.bytes);
        for end in 0..head.len().min(256) {
            bench.decoder.sniff(&head[..end]);
            bench.decoder.sniff(&head[end..]);
        }
    }
}

fn other_content() -> [&'static [u8]; 4] {
    [b"", b"%PDF-1.7\n", b"<html><body>no picture</body></html>", &[0xa5; 5_000]]
}

fn other_content_is_not_detected_as_media(bench: &Bench<'_>) {
    for bytes in other_content() {
        assert_eq!(bench.decoder.sniff(bytes), None, "{} bytes", bytes.len());
    }
}

fn info_states_format_and_decoder(bench: &Bench<'_>) {
    for sample in bench.samples {
        let source = bench.decoder.open(sample.bytes.clone(), &DecodeLimits::default()).unwrap();
        let info = source.info();
        assert_eq!(info.media_type, sample.media_type, "{}", sample.name);
        // A decoder may delegate to others, so any name is accepted.
        assert!(!info.decoder.is_empty(), "{}", sample.name);
        assert!(info.width.is_none_or(|width| width == sample.size.0), "{}: {info:?}", sample.name);
        assert!(info.height.is_none_or(|height| height == sample.size.1), "{}: {info:?}", sample.name);
    }
}

fn frames_are_in_order_and_end_with_none(bench: &Bench<'_>) {
    for sample in bench.samples {
        let mut source = bench.decoder.open(sample.bytes.clone(), &DecodeLimits::default()).unwrap();
        let (frames, end) = drain(source.as_mut());
        end.unwrap_or_else(|error| panic!("{}: {error}", sample.name));

        assert_eq!(frames.len() as u64, sample.frames, "{}", sample.name);
        assert_eq!((frames[0].image.width(), frames[0].image.height()), sample.size, "{}", sample.name);
        assert!(
            frames[0].time.is_zero(),
            "{}: the first frame has the time {:?}",
            sample.name,
            frames[0].time
        );
        assert!(frames.iter().map(|frame| frame.index).eq(0..sample.frames), "{}", sample.name);
        assert!(frames.is_sorted_by_key(|frame| frame.time), "{}: times decrease", sample.name);

        for _ in 0..3 {
            assert!(source.next_frame().unwrap().is_none(), "{}: a frame follows the end", sample.name);
        }
    }
}

fn empty_media_is_refused(bench: &Bench<'_>) {
    let (frames, end) =
        decode(bench.decoder.as_ref(), MediaBytes::from(Vec::new()), &DecodeLimits::default());
    assert!(frames.is_empty());
    assert_code(end, "media.empty");
}

fn other_content_is_refused(bench: &Bench<'_>) {
    for bytes in other_content() {
        let (frames, end) = decode(bench.decoder.as_ref(), bytes.into(), &DecodeLimits::default());
        assert!(frames.is_empty());
        assert_media_error(&end.unwrap_err(), "other content");
    }
}

/// Checks that each file is refused before its first frame when a limit is one below its requirement.
fn check_limit(bench: &Bench<'_>, limits: impl Fn(&MediaSample) -> DecodeLimits) {
    for sample in bench.samples {
        let (frames, end) = decode(bench.decoder.as_ref(), sample.bytes.clone(), &limits(sample));
        assert!(frames.is_empty(), "{}: a frame exceeds the limit", sample.name);
        assert_code(end, "media.limit_exceeded");
    }
}

fn input_over_the_byte_limit_is_refused(bench: &Bench<'_>) {
    check_limit(bench, |sample| DecodeLimits { bytes: sample.bytes.len() as u64 - 1, ..Default::default() });
}

fn frames_over_the_pixel_limit_are_refused(bench: &Bench<'_>) {
    check_limit(bench, |sample| DecodeLimits {
        pixels: u64::from(sample.size.0) * u64::from(sample.size.1) - 1,
        ..Default::default()
    });
}

fn frames_over_the_side_limit_are_refused(bench: &Bench<'_>) {
    check_limit(bench, |sample| DecodeLimits {
        side: sample.size.0.max(sample.size.1) - 1,
        ..Default::default()
    });
}

/// Checks that a damaged file yields frames or a media error, never a panic.
fn check_damaged(bench: &Bench<'_>, damaged: Vec<u8>, sample: &MediaSample) {
    let (_, end) = decode(bench.decoder.as_ref(), damaged.into(), &DecodeLimits::default());
    if let Err(error) = end {
        assert_media_error(&error, &sample.name);
    }
}

fn truncated_media_gives_frames_or_a_media_error(bench: &Bench<'_>) {
    for sample in bench.samples {
        for part in 1..16 {
            check_damaged(bench, sample.bytes[..sample.bytes.len() * part / 16].to_vec(), sample);
        }
        check_damaged(bench, sample.bytes[..sample.bytes.len() - 1].to_vec(), sample);
    }
}

fn corrupted_media_gives_frames_or_a_media_error(bench: &Bench<'_>) {
    for sample in bench.samples {
        for step in 0..16_usize {
            let mut damaged = sample.bytes.to_vec();
            // Half of the changes affect the headers, the others the content.
            let range = if step % 2 == 0 { damaged.len().min(256) } else { damaged.len() };
            let at = step * 7_919 % range;
            damaged[at] ^= 0xff;
            check_damaged(bench, damaged, sample);
        }
    }
}

fn no_frame_follows_an_error(bench: &Bench<'_>) {
    for sample in bench.samples {
        for part in 8..16 {
            let cut = sample.bytes[..sample.bytes.len() * part / 16].to_vec();
            let Ok(mut source) = bench.decoder.open(cut.into(), &DecodeLimits::default()) else { continue };
            if drain(source.as_mut()).1.is_err() {
                assert!(matches!(source.next_frame(), Ok(None)), "{}: a frame follows an error", sample.name);
            }
        }
    }
}
