//! What the media targets share.

use std::panic;
use std::sync::Once;
use std::time::Duration;

use oz_core::media::DecodeLimits;
use oz_core::media::port::MediaDecoder;

/// Decodes `bytes` to the end under small limits and checks what the port promises.
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
    leave_caught_panics_alone();
    let Ok(mut source) = decoder.open(bytes.into(), &limits) else { return };
    let mut index = 0;
    loop {
        match source.next_frame() {
            Ok(Some(frame)) => {
                assert_eq!(frame.index, index);
                let pixels = u64::from(frame.image.width()) * u64::from(frame.image.height());
                assert!(pixels <= limits.pixels, "a picture larger than the limit");
                index += 1;
                assert!(index <= limits.frames, "more frames than the limit");
            }
            Ok(None) => break,
            Err(error) => {
                assert!(error.code().starts_with("media."), "{error}");
                break;
            }
        }
    }
    assert!(matches!(source.next_frame(), Ok(None)), "the end is not the end");
}

/// libFuzzer aborts on the first panic, caught or not. Panics of other people's decoders are expected and caught, so only
/// those of our own code abort at once; any other that is caught by nobody still ends the run.
fn leave_caught_panics_alone() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let abort = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let foreign = info.location().is_some_and(|place| place.file().contains("/registry/src/"));
            if !foreign {
                abort(info);
            }
        }));
    });
}
