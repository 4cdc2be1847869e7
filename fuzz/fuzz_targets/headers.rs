#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oz_media::testing::parse_headers(bytes));
