//! Capture containers.

use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde_json::{Value, json};
use std::io::Write as _;

use super::{blobs, post_raw};
use crate::support::{Answer, Person, Service, jpeg, mp4};

const TYPE: &str = "application/octet-stream";

/// Compression of an entry.
#[derive(Clone, Copy, PartialEq)]
enum Packing {
    Stored,
    Deflated,
    /// Deflated, with checksum and size in a data descriptor.
    Streamed,
}

/// Builds a ZIP archive.
fn archive(entries: &[(&str, Vec<u8>)], packing: Packing) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in entries {
        let mut sum = flate2::Crc::new();
        sum.update(content);
        let packed = if packing == Packing::Stored { content.clone() } else { deflate(content) };
        let (method, flags) = match packing {
            Packing::Stored => (0u16, 0u16),
            Packing::Deflated => (8, 0),
            Packing::Streamed => (8, 8),
        };
        let facts = [sum.sum(), packed.len() as u32, content.len() as u32].map(u32::to_le_bytes).concat();
        let shown = if packing == Packing::Streamed { vec![0; 12] } else { facts.clone() };

        let head = [&20u16.to_le_bytes()[..], &flags.to_le_bytes(), &method.to_le_bytes(), &[0; 4]].concat();
        let at = (out.len() as u32).to_le_bytes();
        let length = (name.len() as u16).to_le_bytes();
        out.extend([b"PK\x03\x04", &head[..], &shown, &length, &[0; 2], name.as_bytes(), &packed].concat());
        if packing == Packing::Streamed {
            out.extend([b"PK\x07\x08", &facts[..]].concat());
        }

        let rest = [&length[..], &[0; 12], &at].concat();
        directory.extend([b"PK\x01\x02\x14\x00", &head[..], &facts, &rest, name.as_bytes()].concat());
    }

    let count = (entries.len() as u16).to_le_bytes();
    let place = [(directory.len() as u32).to_le_bytes(), (out.len() as u32).to_le_bytes()].concat();
    out.extend(directory);
    out.extend([b"PK\x05\x06\0\0\0\0", &count[..], &count, &place, &[0; 2]].concat());
    out
}

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn token(service: &Service, user: &Person) -> String {
    let id = service.ports().ids.next_id();
    service.state.capture_tokens().issue(id, Some(user.user.id), service.state.now())
}

fn payload(token: &str) -> (&'static str, Vec<u8>) {
    let payload = json!({"session_token": token, "media:tags": {"video1": ["video_selfie"]}});
    ("payload.json", payload.to_string().into_bytes())
}

async fn send(service: &Service, user: &Person, body: Vec<u8>) -> Answer {
    post_raw(service, user, "/api/folders", TYPE, body).await
}

#[tokio::test]
async fn container_is_read_with_every_packing() {
    let service = Service::start().await;
    let user = service.service_user().await;
    for (n, packing) in [Packing::Stored, Packing::Deflated, Packing::Streamed].into_iter().enumerate() {
        let mut video = mp4("face=ada ");
        video.extend((0..200_000u32).map(|n| (n % 250) as u8));
        let entries =
            [("media/", Vec::new()), ("media/video1.mp4", video.clone()), payload(&token(&service, &user))];
        let entries = if packing == Packing::Streamed { &entries[1..] } else { &entries[..] };

        let folder = send(&service, &user, archive(entries, packing)).await.ok(201);
        assert_eq!(folder["media"][0]["media_key"], "video1");
        assert_eq!(folder["media"][0]["tags"], json!(["video_selfie"]));
        let file = service.get(&super::path_of(&folder["media"][0]["original_url"])).await;
        assert!(file.bytes == video);
        assert_eq!(blobs(&service, &user).await, (n + 1, 0));
    }
    service.stop().await;
}

#[tokio::test]
async fn container_errors_have_their_codes() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let video = || ("video1.mp4", mp4("face=ada"));
    let token = || token(&service, &user);
    let good = |entries: &[(&str, Vec<u8>)]| archive(entries, Packing::Stored);
    let whole = good(&[payload(&token()), video()]);

    let mut flipped = whole.clone();
    let at = whole.windows(8).position(|bytes| bytes == b"face=ada").unwrap();
    flipped[at] ^= 1;
    let mut encrypted = whole.clone();
    encrypted[6] |= 1;
    let mut trailing = whole.clone();
    trailing.extend(b"more");
    let wrong_sum =
        json!({"session_token": token(), "media:sha256": {"video1": "00"}}).to_string().into_bytes();

    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("empty body", Vec::new(), 13),
        ("not a ZIP archive", b"Rar!\x1a\x07 or so".to_vec(), 14),
        ("encrypted", encrypted, 14),
        ("without payload", good(&[video()]), 3),
        ("payload that is not JSON", good(&[("payload.json", b"{".to_vec()), video()]), 3),
        ("without media", good(&[payload(&token())]), 4),
        ("empty archive", good(&[]), 3),
        ("truncated in the middle", whole[..whole.len() / 2].to_vec(), 5),
        ("truncated before the end record", whole[..whole.len() - 22].to_vec(), 5),
        ("flipped bit", flipped, 5),
        ("trailing data", trailing, 5),
        ("wrong digest", good(&[("payload.json", wrong_sum), video()]), 14),
        ("without token", good(&[("payload.json", b"{}".to_vec()), video()]), 14),
        ("empty token", good(&[payload(""), video()]), 14),
        ("forged token", good(&[payload("a.b.c"), video()]), 14),
    ];
    for (what, body, number) in cases {
        let answer = send(&service, &user, body).await;
        assert_eq!(
            (answer.status, &answer.json()["error_code"]),
            (400, &json!(number)),
            "{what}: {}",
            answer.json()
        );
        assert_eq!(blobs(&service, &user).await, (0, 0), "{what}");
    }
    service.stop().await;
}

#[tokio::test]
async fn session_token_is_valid_once_until_expiry_and_for_its_company() {
    let service = Service::start().await;
    let (user, other) = (service.service_user().await, service.service_user().await);
    let with = |token: &str| archive(&[payload(token), ("p.jpg", jpeg("face=ada"))], Packing::Stored);
    let once = token(&service, &user);
    send(&service, &user, with(&once)).await.ok(201);
    send(&service, &user, with(&once)).await.is_error(400, 14);
    send(&service, &user, with(&token(&service, &other))).await.is_error(400, 14);

    let late = token(&service, &user);
    service.clock.advance(std::time::Duration::from_secs(3_600));
    send(&service, &user, with(&late)).await.is_error(400, 14);
    assert_eq!(blobs(&service, &user).await, (1, 0));
    service.stop().await;
}

#[tokio::test]
async fn archive_bomb_is_refused() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let mut bomb = jpeg("");
    bomb.resize(64 << 20, 0);
    let body = archive(&[payload(&token(&service, &user)), ("p.jpg", bomb)], Packing::Deflated);
    assert!(body.len() < 1 << 20);
    send(&service, &user, body).await.is_error(413, 4);
    assert_eq!(blobs(&service, &user).await, (0, 0));
    service.stop().await;
}

#[tokio::test]
async fn instant_mode_accepts_containers() {
    let service = Service::stateless(|_| ()).await;
    let token =
        service.state.capture_tokens().issue(service.state.ids().next_id(), None, service.state.now());
    let payload = json!({"session_token": token, "analyses": [{"type": "QUALITY"}]}).to_string().into_bytes();
    let body = archive(&[("payload.json", payload), ("video1.mp4", mp4("face=ada"))], Packing::Stored);
    let request =
        service.request("POST", "/api/instant/folders", None).header("Content-Type", TYPE).body(body.clone());
    let folder = service.send(request).await.ok(201);
    assert_eq!(folder["system_resolution"], "SUCCESS");

    let request =
        service.request("POST", "/api/instant/folders", None).header("Content-Type", TYPE).body(body);
    service.send(request).await.is_error(400, 14);
    assert_ne!(folder, Value::Null);
    service.stop().await;
}
