#![no_main]

use oz_core::face::template::{decode, encode};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(features) = decode(bytes) {
        let encoded = encode(&features).expect("a decoded template can be encoded");
        assert_eq!(decode(&encoded).expect("an encoded template can be decoded"), features);
    }
});
