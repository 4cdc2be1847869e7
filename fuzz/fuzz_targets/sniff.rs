#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = oz_media::sniff::media_type(bytes);
    assert!(!oz_media::sniff::describe(bytes).is_empty());
});
