//! Behaviour of [`MediaDecoder`] and its [`FrameSource`].

use std::sync::Arc;

use super::{Claim, Make, all_hold, assert_code, claims};
use oz_core::media::port::{FrameSource, MediaDecoder};
use oz_core::media::{DecodeLimits, Frame, MediaBytes, MediaType};
use oz_core::{Error, Result};

/// Media that the decoder under test must open, and what is in it.
#[derive(Debug, Clone)]
pub struct MediaSample {
    /// Name for messages.
    pub name: String,
    /// The file.
    pub bytes: MediaBytes,
    /// The format that `sniff` must find.
    pub media_type: MediaType,
    /// Width and height of the first upright picture in pixels.
    pub size: (u32, u32),
    /// Number of pictures.
    pub frames: u64,
}

/// The decoder under test and what it is given.
struct Bench<'a> {
    decoder: Arc<dyn MediaDecoder>,
    samples: &'a [MediaSample],
}

/// Checks a decoder with media that it must open.
///
/// # Panics
/// When a claim does not hold.
pub fn media_decoder(adapter: &str, make: Make<'_, dyn MediaDecoder>, samples: &[MediaSample]) {
    assert!(!samples.is_empty(), "a decoder is checked with one sample at least");
    let claims: &[Claim<fn(&Bench<'_>)>] = claims![
        a_format_is_told_by_its_first_4096_bytes,
        sniffing_never_fails,
        what_is_not_media_is_not_recognised,
        headers_tell_format_and_decoder,
        pictures_come_in_order_and_then_none,
        empty_media_is_refused,
        what_is_not_media_is_refused,
        input_beyond_the_limit_of_bytes_is_refused,
        pictures_beyond_the_limit_of_pixels_are_refused,
        pictures_beyond_the_limit_of_side_length_are_refused,
        media_cut_off_gives_frames_or_a_media_error,
        changed_bytes_give_frames_or_a_media_error,
        nothing_comes_after_an_error,
    ];
    all_hold(adapter, claims, |check| check(&Bench { decoder: make(), samples }));
}

/// Everything that a file gives: its pictures, and the error that ended them.
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

fn a_format_is_told_by_its_first_4096_bytes(bench: &Bench<'_>) {
    for sample in bench.samples {
        assert_eq!(bench.decoder.sniff(head(&sample.bytes)), Some(sample.media_type), "{}", sample.name);
        assert_eq!(bench.decoder.sniff(&sample.bytes), Some(sample.media_type), "{}", sample.name);
    }
}

fn sniffing_never_fails(bench: &Bench<'_>) {
    for sample in bench.samples {
        let head = head(&sample.bytes);
        for end in 0..head.len().min(256) {
            bench.decoder.sniff(&head[..end]);
            bench.decoder.sniff(&head[end..]);
        }
    }
}

fn not_media() -> [&'static [u8]; 4] {
    [b"", b"%PDF-1.7\n", b"<html><body>no picture</body></html>", &[0xa5; 5_000]]
}

fn what_is_not_media_is_not_recognised(bench: &Bench<'_>) {
    for bytes in not_media() {
        assert_eq!(bench.decoder.sniff(bytes), None, "{} bytes", bytes.len());
    }
}

fn headers_tell_format_and_decoder(bench: &Bench<'_>) {
    for sample in bench.samples {
        let source = bench.decoder.open(sample.bytes.clone(), &DecodeLimits::default()).unwrap();
        let info = source.info();
        assert_eq!(info.media_type, sample.media_type, "{}", sample.name);
        // The name of the one that opened it: a decoder may hand media on to others.
        assert!(!info.decoder.is_empty(), "{}", sample.name);
        assert!(info.width.is_none_or(|width| width == sample.size.0), "{}: {info:?}", sample.name);
        assert!(info.height.is_none_or(|height| height == sample.size.1), "{}: {info:?}", sample.name);
    }
}

fn pictures_come_in_order_and_then_none(bench: &Bench<'_>) {
    for sample in bench.samples {
        let mut source = bench.decoder.open(sample.bytes.clone(), &DecodeLimits::default()).unwrap();
        let (frames, end) = drain(source.as_mut());
        end.unwrap_or_else(|error| panic!("{}: {error}", sample.name));
        assert_eq!(frames.len() as u64, sample.frames, "{}", sample.name);
        assert_eq!((frames[0].image.width(), frames[0].image.height()), sample.size, "{}", sample.name);
        assert!(frames[0].time.is_zero(), "{}: the first frame is at {:?}", sample.name, frames[0].time);
        assert!(frames.iter().map(|frame| frame.index).eq(0..sample.frames), "{}", sample.name);
        assert!(frames.is_sorted_by_key(|frame| frame.time), "{}: times go back", sample.name);
        for _ in 0..3 {
            assert!(source.next_frame().unwrap().is_none(), "{}: a frame came after the end", sample.name);
        }
    }
}

fn empty_media_is_refused(bench: &Bench<'_>) {
    let (frames, end) =
        decode(bench.decoder.as_ref(), MediaBytes::from(Vec::new()), &DecodeLimits::default());
    assert!(frames.is_empty());
    assert_code(end, "media.empty");
}

fn what_is_not_media_is_refused(bench: &Bench<'_>) {
    for bytes in not_media() {
        let (frames, end) = decode(bench.decoder.as_ref(), bytes.into(), &DecodeLimits::default());
        assert!(frames.is_empty());
        assert_media_error(&end.unwrap_err(), "no media");
    }
}

/// Checks that a file is refused, at the latest instead of its first picture, when a limit is set one below its need.
fn check_limit(bench: &Bench<'_>, limits: impl Fn(&MediaSample) -> DecodeLimits) {
    for sample in bench.samples {
        let (frames, end) = decode(bench.decoder.as_ref(), sample.bytes.clone(), &limits(sample));
        assert!(frames.is_empty(), "{}: a picture came in spite of the limit", sample.name);
        assert_code(end, "media.limit_exceeded");
    }
}

fn input_beyond_the_limit_of_bytes_is_refused(bench: &Bench<'_>) {
    check_limit(bench, |sample| DecodeLimits { bytes: sample.bytes.len() as u64 - 1, ..Default::default() });
}

fn pictures_beyond_the_limit_of_pixels_are_refused(bench: &Bench<'_>) {
    check_limit(bench, |sample| DecodeLimits {
        pixels: u64::from(sample.size.0) * u64::from(sample.size.1) - 1,
        ..Default::default()
    });
}

fn pictures_beyond_the_limit_of_side_length_are_refused(bench: &Bench<'_>) {
    check_limit(bench, |sample| DecodeLimits {
        side: sample.size.0.max(sample.size.1) - 1,
        ..Default::default()
    });
}

/// Checks that damaged media ends in frames or an error of the media, never in a panic.
fn check_damaged(bench: &Bench<'_>, damaged: Vec<u8>, sample: &MediaSample) {
    let (_, end) = decode(bench.decoder.as_ref(), damaged.into(), &DecodeLimits::default());
    if let Err(error) = end {
        assert_media_error(&error, &sample.name);
    }
}

fn media_cut_off_gives_frames_or_a_media_error(bench: &Bench<'_>) {
    for sample in bench.samples {
        for part in 1..16 {
            check_damaged(bench, sample.bytes[..sample.bytes.len() * part / 16].to_vec(), sample);
        }
        check_damaged(bench, sample.bytes[..sample.bytes.len() - 1].to_vec(), sample);
    }
}

fn changed_bytes_give_frames_or_a_media_error(bench: &Bench<'_>) {
    for sample in bench.samples {
        for step in 0..16_usize {
            let mut damaged = sample.bytes.to_vec();
            // Half of the changes hit the headers, the others the content.
            let range = if step % 2 == 0 { damaged.len().min(256) } else { damaged.len() };
            let at = step * 7_919 % range;
            damaged[at] ^= 0xff;
            check_damaged(bench, damaged, sample);
        }
    }
}

fn nothing_comes_after_an_error(bench: &Bench<'_>) {
    for sample in bench.samples {
        for part in 8..16 {
            let cut = sample.bytes[..sample.bytes.len() * part / 16].to_vec();
            let Ok(mut source) = bench.decoder.open(cut.into(), &DecodeLimits::default()) else { continue };
            if drain(source.as_mut()).1.is_err() {
                assert!(
                    matches!(source.next_frame(), Ok(None)),
                    "{}: something came after an error",
                    sample.name
                );
            }
        }
    }
}
