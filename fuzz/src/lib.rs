//! Shared code of the media targets.

use std::panic;
use std::sync::Once;
use std::time::Duration;

use oz_core::media::DecodeLimits;
use oz_core::media::port::MediaDecoder;

/// Decodes `bytes` to the end under small limits and checks the contract of the port.
pub fn play(decoder: &dyn MediaDecoder, bytes: &[u8]) {
    let limits = DecodeLimits {
        pixels: 512 * 512,
        side: 2048,
        frames: 64,
        archive_entries: 64,
        unpacked_bytes: 4 << 20,
        decode_time: Duration::from_secs(10),
        ..DecodeLimits::default()
    };
    ignore_panics_of_dependencies();

    let Ok(mut source) = decoder.open(bytes.into(), &limits) else { return };
    let mut index = 0;
    loop {
        match source.next_frame() {
            Ok(Some(frame)) => {
                assert_eq!(frame.index, index);
                let pixels = u64::from(frame.image.width()) * u64::from(frame.image.height());
                assert!(pixels <= limits.pixels, "an image exceeds the limit");
                index += 1;
                assert!(index <= limits.frames, "the number of frames exceeds the limit");
            }
            Ok(None) => break,
            Err(error) => {
                assert!(error.code().starts_with("media."), "{error}");
                break;
            }
        }
    }
    assert!(
        matches!(source.next_frame(), Ok(None)),
        "the decoder returns frames after the end of the stream"
    );
}

/// Lets only panics of the project's own code abort at once.
///
/// libFuzzer aborts at the first panic, even if it is caught. Panics of third-party decoders are expected and
/// caught; an uncaught one still ends the run.
fn ignore_panics_of_dependencies() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let abort = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let in_dependency = info.location().is_some_and(|place| place.file().contains("/registry/src/"));
            if !in_dependency {
                abort(info);
            }
        }));
    });
}
