#![no_main]

// Reading and planning a model file: any bytes, a plan or a typed error.
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Err(error) = oz_models::engine::candle::check(bytes) {
        assert!(error.code().starts_with("inference."), "{error}");
    }
});
