//! End-to-end tests of the service: the program, HTTP clients, databases.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;
mod crash;
mod large;
mod load;
mod operator;
#[path = "../../../oz-storage/tests/support/postgres.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod postgres;
mod quickstart;
mod server;
mod shapes;
#[path = "../../../tests/support/mod.rs"]
mod support;
mod traces;
mod visit;

/// The portrait as a small JPEG.
fn small_portrait() -> Vec<u8> {
    let bytes = std::fs::read(support::portrait()).unwrap();
    let image = oz_media::decode_image(bytes, &oz_core::media::DecodeLimits::default()).unwrap();
    oz_media::encode_jpeg(&image, 85).unwrap()
}
