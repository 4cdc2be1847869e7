#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = oz_http::upload::parse_payload(bytes);
});
