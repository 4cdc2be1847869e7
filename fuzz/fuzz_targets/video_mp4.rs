#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oz_fuzz::play(&oz_media::VideoDecoder, bytes));
