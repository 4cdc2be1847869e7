//! Routes without sign-in.

use std::net::TcpStream;

use oz_http::API_VERSION;
use serde_json::json;

use crate::support::Service;

#[tokio::test]
async fn version_path_accepts_trailing_slash_and_query() {
    let service = Service::stateless(|_| ()).await;
    let version =
        json!({"core": "1.2.3", "api": API_VERSION, "engines": ["fake"], "models": ["fake-features"]});
    for path in ["/api/version", "/api/version/", "/api/version?", "/api/version/?x=1"] {
        let answer = service.get(path).await;
        assert_eq!(answer.ok(200), version, "{path}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    service.stop().await;
}

#[tokio::test]
async fn health_check_returns_ok() {
    let service = Service::stateless(|_| ()).await;
    assert_eq!(service.get("/healthz").await.ok(200), json!({"status": "ok"}));
    service.stop().await;
}

#[tokio::test]
async fn unknown_path_has_an_error_body() {
    let service = Service::stateless(|_| ()).await;
    let body = json!({"error_code": 10, "error_message": "Not found", "details": null});
    for path in ["/", "/api", "/api/nothing", "/api/version/1", "/api//version"] {
        assert_eq!(service.get(path).await.ok(404), body, "{path}");
    }
    service.stop().await;
}

#[tokio::test]
async fn wrong_method_has_an_error_body() {
    let service = Service::stateless(|_| ()).await;
    let body = json!({"error_code": 1, "error_message": "Method not allowed", "details": null});
    for path in ["/api/version", "/api/version/", "/healthz"] {
        let answer = service.send(service.request("POST", path, None)).await;
        assert_eq!(answer.ok(405), body, "{path}");
    }
    service.stop().await;
}

#[tokio::test]
async fn responses_forbid_sniffing_framing_and_caching() {
    let service = Service::stateless(|_| ()).await;
    for path in ["/api/version", "/api/nothing"] {
        let answer = service.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    service.stop().await;
}

#[tokio::test]
async fn api_documentation_is_self_contained() {
    let service = Service::stateless(|_| ()).await;
    let document = service.get("/api/openapi.json").await.ok(200);
    assert_eq!(document["paths"]["/api/version"]["get"]["operationId"], "version");
    let page = service.get("/docs/").await;
    assert_eq!(page.status, 200);
    let text = String::from_utf8(page.bytes).unwrap();
    assert!(text.contains("swagger-ui") && !text.contains("https://"), "{text}");
    service.stop().await;
}

#[tokio::test]
async fn stopped_service_refuses_connections() {
    let service = Service::stateless(|_| ()).await;
    let address = service.address;
    service.stop().await;
    assert!(TcpStream::connect(address).is_err());
}
