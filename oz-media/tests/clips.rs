//! Every clip decodes to the same pictures as with ffmpeg.

use oz_core::media::port::MediaDecoder as _;
use oz_core::media::{DecodeLimits, Frame, Image, Orientation};
use oz_media::VideoDecoder;
use oz_media::testing::{clip, clips};

/// Name, size and mean colours of the quarters of every frame, as described in `clips/README.md`.
const EXPECTED: &str = include_str!("clips/expected.txt");

/// Maximum difference of a mean. Rounding differs by one or two; a wrong matrix, range or frame by more.
const TOLERANCE: u32 = 3;

fn frames(bytes: &[u8]) -> Vec<Frame> {
    let mut source = VideoDecoder.open(bytes.into(), &DecodeLimits::default()).expect("open clip");
    std::iter::from_fn(|| source.next_frame().expect("decode clip")).collect()
}

/// Mean red, green and blue of the four quarters.
fn quarters(image: &Image) -> Vec<u32> {
    let (width, height) = (image.width() / 2, image.height() / 2);
    let mean = |x0, y0, channel: usize| {
        let columns = move |y| (x0..x0 + width).map(move |x| (x, y));
        let sum: u32 =
            (y0..y0 + height).flat_map(columns).map(|(x, y)| u32::from(image.pixel(x, y)[channel])).sum();
        sum / (width * height)
    };
    let corners = [(0, 0), (width, 0), (0, height), (width, height)];
    corners.into_iter().flat_map(|(x, y)| (0..3).map(move |channel| mean(x, y, channel))).collect()
}

#[test]
fn clips_decode_to_the_same_pictures_as_with_ffmpeg() {
    let mut worst = 0;
    for (name, bytes) in clips() {
        let expected: Vec<Vec<u32>> = EXPECTED
            .lines()
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
            .map(|line| line.split(' ').map(|number| number.parse().unwrap()).collect())
            .collect();

        let frames = frames(bytes);
        assert_eq!(frames.len(), expected.len(), "{name}: number of frames");
        for (frame, expected) in frames.iter().zip(&expected) {
            let (size, means) = expected.split_at(2);
            assert_eq!(
                [frame.image.width(), frame.image.height()],
                size,
                "{name}: size of frame {}",
                frame.index
            );
            let found = quarters(&frame.image);
            let off = found.iter().zip(means).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
            assert!(off <= TOLERANCE, "{name}: frame {} is {found:?}, not {means:?}", frame.index);
            worst = worst.max(off);
        }
    }
    println!("largest difference of a mean: {worst}");
}

#[test]
fn times_start_at_zero_and_follow_the_container() {
    for (name, bytes) in clips() {
        for (at, frame) in frames(bytes).iter().enumerate() {
            assert_eq!(frame.index, at as u64, "{name}");
            let off = frame.time.as_millis().abs_diff(at as u128 * 100);
            assert!(off <= 1, "{name}: frame {at} is shown at {:?}", frame.time);
        }
    }
}

#[test]
fn rotation_is_reported_and_applied() {
    let source = VideoDecoder.open(clip("rotated.mp4").into(), &DecodeLimits::default()).unwrap();
    let info = source.info();
    assert_eq!((info.width, info.height, info.orientation), (Some(48), Some(64), Orientation::Rotate90));
    assert_eq!(info.codec, "h264");
}

#[test]
fn unsupported_codec_is_named_with_its_remedy_on_opening() {
    for (bytes, name) in [
        (
            include_bytes!("clips/h264_444.mp4").as_slice(),
            "H.264 with 4:4:4 chroma and 8 bits per sample; convert the video",
        ),
        (include_bytes!("clips/mpeg4.mp4").as_slice(), "mp4v; convert the video"),
    ] {
        let error = VideoDecoder.open(bytes.into(), &DecodeLimits::default()).err().unwrap();
        assert_eq!(error.code(), "media.unsupported_codec");
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn truncated_video_gives_its_frames_and_then_an_error() {
    let whole = clip("h264_fragmented.mp4");
    let mut source =
        VideoDecoder.open(whole[..whole.len() * 7 / 10].into(), &DecodeLimits::default()).unwrap();
    let mut shown = 0;
    let error = loop {
        match source.next_frame() {
            Ok(Some(_)) => shown += 1,
            Ok(None) => panic!("truncated video ended without an error"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.code(), "media.truncated");
    assert!(shown >= 4, "{shown} frames");
    assert!(source.next_frame().unwrap().is_none());
}

#[test]
fn frame_and_duration_limits_are_enforced() {
    let limits = DecodeLimits { frames: 5, ..DecodeLimits::default() };
    let error = VideoDecoder.open(clip("vp9.webm").into(), &limits).err().unwrap();
    assert_eq!(error.code(), "media.limit_exceeded");
    let limits = DecodeLimits { duration: std::time::Duration::from_millis(500), ..DecodeLimits::default() };
    let error = VideoDecoder.open(clip("av1.mp4").into(), &limits).err().unwrap();
    assert_eq!(error.code(), "media.limit_exceeded");
}
