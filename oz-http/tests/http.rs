//! The service as a client meets it: a running server on a free port, spoken to over TCP.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;

use oz_http::{API_VERSION, ServiceInfo, ServiceState, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A running service; ended by [`Service::stop`].
struct Service {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Service {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let info =
            ServiceInfo { core: "1.2.3".into(), engines: vec!["candle".into()], models: vec!["m".into()] };
        let shutdown = async move { stopped.await.unwrap_or_default() };
        let server = tokio::spawn(serve(listener, ServiceState::new(info), shutdown));
        Self { address, stop, server }
    }

    /// Status, content type and body of the answer.
    async fn request(&self, method: &str, path: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("headers end with an empty line");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status line");
        let content_type = head.lines().find_map(|line| line.strip_prefix("content-type: "));
        (status, content_type.unwrap_or_default().into(), body.into())
    }

    async fn check(&self, method: &str, path: &str, expected: (u16, Value)) {
        let (status, content_type, body) = self.request(method, path).await;
        let body: Value =
            serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"));
        assert_eq!((status, body), expected, "{method} {path}");
        assert_eq!(content_type, "application/json", "{method} {path}");
    }

    async fn stop(self) {
        self.stop.send(()).expect("the server is running");
        self.server.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn the_version_is_told_with_and_without_a_slash_at_the_end() {
    let service = Service::start().await;
    let version = json!({"core": "1.2.3", "api": API_VERSION, "engines": ["candle"], "models": ["m"]});
    for path in ["/api/version", "/api/version/", "/api/version?", "/api/version/?x=1"] {
        service.check("GET", path, (200, version.clone())).await;
    }
    service.stop().await;
}

#[tokio::test]
async fn a_healthy_service_says_so() {
    let service = Service::start().await;
    service.check("GET", "/healthz", (200, json!({"status": "ok"}))).await;
    service.stop().await;
}

#[tokio::test]
async fn unknown_paths_get_the_error_body_of_the_api() {
    let service = Service::start().await;
    let body = json!({"error_code": 10, "error_message": "Not found", "details": null});
    for path in ["/", "/api", "/api/nothing", "/api/version/1", "/api//version"] {
        service.check("GET", path, (404, body.clone())).await;
    }
    service.stop().await;
}

#[tokio::test]
async fn wrong_methods_get_the_error_body_of_the_api() {
    let service = Service::start().await;
    let body = json!({"error_code": 1, "error_message": "Method not allowed", "details": null});
    for path in ["/api/version", "/api/version/", "/healthz"] {
        service.check("POST", path, (405, body.clone())).await;
    }
    service.stop().await;
}

#[tokio::test]
async fn a_stopped_service_is_no_longer_reached() {
    let service = Service::start().await;
    let address = service.address;
    service.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
}
