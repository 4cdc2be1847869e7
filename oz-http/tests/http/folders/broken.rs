//! Malformed and aborted requests.

use serde_json::{Value, json};

use super::{blobs, post, post_raw};
use crate::support::{Service, jpeg};

const FORM: &str = "multipart/form-data; boundary=XX";

fn part(head: &str, body: &[u8]) -> Vec<u8> {
    [b"--XX\r\n", head.as_bytes(), b"\r\n\r\n", body, b"\r\n"].concat()
}

fn file(key: &str) -> Vec<u8> {
    let head = format!("Content-Disposition: form-data; name=\"{key}\"; filename=\"p.jpg\"");
    part(&head, &jpeg("face=ada"))
}

#[tokio::test]
async fn malformed_form_is_refused_and_leaves_no_blobs() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let end = b"--XX--\r\n".to_vec();
    let whole = [file("a"), end.clone()].concat();
    post_raw(&service, &user, "/api/folders", FORM, whole.clone()).await.ok(201);
    let kept = blobs(&service, &user).await;

    let huge = part(
        &format!("X-Filler: {}\r\nContent-Disposition: form-data; name=\"a\"", "x".repeat(3 << 20)),
        b"",
    );
    let many =
        part(&format!("Content-Disposition: form-data; name=\"a\"\r\n{}", "X-A: b\r\n".repeat(100)), b"");

    let cases: Vec<(&str, &str, Vec<u8>)> = vec![
        ("without boundary", "multipart/form-data", whole.clone()),
        ("wrong boundary", "multipart/form-data; boundary=YY", whole.clone()),
        ("empty body", FORM, Vec::new()),
        ("without end", FORM, file("a")),
        ("truncated in a part", FORM, whole[..whole.len() - 14].to_vec()),
        ("truncated in part headers", FORM, b"--XX\r\nContent-Disp".to_vec()),
        ("endless part headers", FORM, huge),
        ("too many headers", FORM, many),
        ("part without name", FORM, [part("Content-Type: image/jpeg", &jpeg("")), end.clone()].concat()),
        ("part without headers", FORM, [part("", &jpeg("")), end.clone()].concat()),
        ("duplicate key", FORM, [file("a"), file("a"), end.clone()].concat()),
        ("empty key", FORM, [file(""), end.clone()].concat()),
        ("duplicate payload", FORM, [payload("{}"), payload("{}"), end.clone()].concat()),
    ];
    for (what, content_type, body) in cases {
        let answer = post_raw(&service, &user, "/api/folders", content_type, body).await;
        assert!(matches!(answer.status, 400 | 413), "{what}: {} {}", answer.status, answer.json());
        assert!(matches!(answer.json()["error_code"].as_u64(), Some(3 | 4)), "{what}: {}", answer.json());
        assert_eq!(blobs(&service, &user).await, kept, "{what}");
    }
    post_raw(&service, &user, "/api/folders", "text/csv", "a,b").await.is_error(415, 4);
    service.stop().await;
}

fn payload(text: &str) -> Vec<u8> {
    part("Content-Disposition: form-data; name=\"payload\"", text.as_bytes())
}

#[tokio::test]
async fn payload_errors_name_the_field() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let cases = [
        ("{", 3, "payload"),
        ("[]", 5, "payload"),
        (r#"{"folder:meta_data": 1}"#, 5, "folder:meta_data"),
        (r#"{"media:tags": {"a": [1]}}"#, 5, "media:tags.a.0"),
        (r#"{"analyses": [{}]}"#, 3, "analyses.0.type"),
        (r#"{"analyses": [{"type": "KYC"}]}"#, 4, "analyses.0.type"),
        (r#"{"analyses": [{"type": "QUALITY", "source_media": ["b"]}]}"#, 4, "analyses.0.source_media.0"),
        (r#"{"analyses": [{"type": "COLLECTION"}]}"#, 3, "analyses.0.params.collection_id"),
        (r#"{"resolution_endpoint": "http://10.0.0.1/"}"#, 4, "resolution_endpoint"),
    ];
    for (text, number, field) in cases {
        let body = [file("a"), payload(text), b"--XX--\r\n".to_vec()].concat();
        let answer = post_raw(&service, &user, "/api/folders", FORM, body).await;
        answer.is_error(400, number);
        let message = answer.json()["error_message"].as_str().unwrap().to_owned();
        assert!(message.contains(field), "{text}: {message}");
        assert_eq!(blobs(&service, &user).await, (0, 0), "{text}");
    }

    let ids = json!({"analyses": [{"type": "COLLECTION", "params": {"collection_id": "7"}}]});
    post(&service, &user, "/api/folders", &ids, &[("a", "p.jpg", jpeg(""))]).await.is_error(400, 4);
    assert_eq!(service.call("GET", "/api/folders", &user.token, Value::Null).await.ok(200), json!([]));
    service.stop().await;
}

#[tokio::test]
async fn aborted_upload_leaves_no_blobs() {
    use tokio::io::AsyncWriteExt as _;

    let service = Service::start().await;
    let user = service.service_user().await;
    let mut connection = tokio::net::TcpStream::connect(service.address).await.unwrap();
    let head = format!(
        "POST /api/folders HTTP/1.1\r\nHost: x\r\nX-Forensic-Access-Token: {}\r\nContent-Type: {FORM}\r\n\
         Content-Length: 100000\r\n\r\n",
        user.token
    );

    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(&file("a")).await.unwrap();
    let heading =
        b"--XX\r\nContent-Disposition: form-data; name=\"b\"; filename=\"b.jpg\"\r\n\r\n\xff\xd8\xff";

    connection.write_all(heading).await.unwrap();

    until(async || blobs(&service, &user).await.0 == 1).await;
    drop(connection);
    until(async || blobs(&service, &user).await == (0, 0)).await;
    service.stop().await;
}

/// Polls until the condition holds, for at most ten seconds.
async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !holds().await {
        assert!(std::time::Instant::now() < deadline, "the condition must hold within ten seconds");
        tokio::task::yield_now().await;
    }
}
