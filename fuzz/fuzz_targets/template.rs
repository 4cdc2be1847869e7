#![no_main]

use oz_core::face::template::{decode, encode};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(features) = decode(bytes) {
        assert_eq!(decode(&encode(&features).expect("what was read can be written")).expect("and read"), features);
    }
});
