#![no_main]

// Reading and planning arbitrary bytes as a model gives a plan or a typed error.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = oz_models::engine::candle::check(bytes) {
        assert!(error.code().starts_with("inference."), "{error}");
    }
});
