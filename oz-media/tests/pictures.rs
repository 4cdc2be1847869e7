//! Orientation of images, times of animations, order of shot sets.

use std::time::Duration;

use image::ImageFormat;
use oz_core::media::port::MediaDecoder as _;
use oz_core::media::{DecodeLimits, Frame, MediaInfo, MediaKind};
use oz_media::testing::{animated_gif, animated_png, animated_webp, good, picture, zip};
use oz_media::{Decoders, decode_image};

fn play(bytes: Vec<u8>) -> (MediaInfo, Vec<Frame>) {
    let mut source = Decoders::standard().open(bytes.into(), &DecodeLimits::default()).expect("open media");
    let info = source.info().clone();
    (info, std::iter::from_fn(|| source.next_frame().expect("decode frame")).collect())
}

/// Column of the white square in line 8.
fn square(frame: &Frame) -> Option<u32> {
    (0..frame.image.width()).find(|&x| frame.image.pixel(x, 8).iter().all(|&value| value > 240))
}

#[test]
fn exif_orientations_give_the_expected_size_and_corner() {
    // Expected centre of the square that is at the top left of the stored picture, in 64 x 48 or 48 x 64.
    let expected = [(9, 8), (54, 8), (54, 39), (9, 39), (8, 9), (39, 9), (39, 54), (8, 54)];
    for (orientation, (x, y)) in (1..=8).zip(expected) {
        let specimen =
            good().into_iter().find(|specimen| specimen.name == format!("jpeg turned {orientation}"));
        let image =
            decode_image(specimen.expect("specimen of each orientation").bytes, &DecodeLimits::default())
                .unwrap();
        let size = if orientation < 5 { (64, 48) } else { (48, 64) };
        assert_eq!((image.width(), image.height()), size, "orientation {orientation}");
        let pixel = image.pixel(x, y);
        assert!(pixel.iter().all(|&value| value > 200), "orientation {orientation}: {pixel:?}");
    }
}

#[test]
fn animations_are_videos_with_frame_times() {
    for (codec, bytes) in [("gif", animated_gif(6)), ("png", animated_png(6)), ("webp", animated_webp(6))] {
        let (info, frames) = play(bytes);
        assert_eq!((info.kind, info.codec.as_str(), info.frames), (MediaKind::Video, codec, Some(6)));
        assert_eq!(frames.len(), 6, "{codec}");
        for (at, frame) in (0..).zip(&frames) {
            assert_eq!((frame.index, frame.time), (u64::from(at), Duration::from_millis(50) * at), "{codec}");
            assert_eq!(square(frame), Some(at), "{codec}: frame {at}");
        }
    }
}

#[test]
fn single_frame_is_an_image_in_every_format() {
    for format in [ImageFormat::Gif, ImageFormat::WebP, ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Jpeg]
    {
        let (info, frames) = play(picture(format, 40, 30, 6));
        assert_eq!((info.kind, frames.len()), (MediaKind::Image, 1), "{format:?}");
    }
}

#[test]
fn shot_set_is_in_natural_order_of_names() {
    let shots: Vec<_> = [10, 9, 2, 1, 11]
        .map(|n| (format!("set/frame_{n}.png"), picture(ImageFormat::Png, 64, 48, n * 3)))
        .into_iter()
        .chain([("set/notes.txt".to_owned(), b"no picture".to_vec())])
        .collect();
    let (info, frames) = play(zip(&shots));
    assert_eq!(info.kind, MediaKind::ShotSet);
    let order: Vec<_> = frames.iter().map(square).collect();
    assert_eq!(order, [3, 6, 27, 30, 33].map(Some));
    assert_eq!(frames[4].time, Duration::from_millis(400));
}

#[test]
fn deeper_samples_grey_and_alpha_become_rgb() {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let deep = image::ImageBuffer::from_pixel(3, 2, image::LumaA([0x8080_u16, 0xFFFF]));
    image::DynamicImage::ImageLumaA16(deep).write_to(&mut bytes, ImageFormat::Png).unwrap();
    assert_eq!(decode_image(bytes.into_inner(), &DecodeLimits::default()).unwrap().pixel(1, 1), [128; 3]);
}
