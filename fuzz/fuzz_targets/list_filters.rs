#![no_main]

use oz_http::config::ListConfig;
use oz_http::extract::ListQuery;
use oz_http::filter::{parse_analysis_query, parse_folder_query};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let config = ListConfig::default();
    let query = ListQuery::new(text, config.clone());
    if let Ok(folders) = parse_folder_query(&query, &[]) {
        assert!(folders.slice.limit <= config.max_limit && folders.slice.offset <= i64::MAX as u64);
    }
    let _ = parse_analysis_query(&query, &[]);
});
