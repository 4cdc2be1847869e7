//! HTTP client of the tests.

use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

use super::Service;

/// Complete response.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, bytes: response.bytes().await.unwrap().to_vec() }
    }

    /// Body as JSON; `null` for an empty body.
    pub(crate) fn json(&self) -> Value {
        if self.bytes.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.bytes)))
    }

    /// Header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Checks the status and returns the body.
    #[track_caller]
    pub(crate) fn ok(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self.json()
    }

    /// Checks status and error code.
    #[track_caller]
    pub(crate) fn is_error(&self, status: u16, number: u16) {
        let body = self.ok(status);
        assert_eq!(body["error_code"], number, "{body}");
        assert!(body["error_message"].is_string() && body.get("details").is_some(), "{body}");
    }
}

impl Service {
    /// Builds a request for [`Service::send`].
    pub(crate) fn request(&self, method: &str, path: &str, token: Option<&str>) -> RequestBuilder {
        let method: Method = method.parse().unwrap();
        let request = self.client.request(method, format!("http://{}{path}", self.address));
        match token {
            Some(token) => request.header("X-Forensic-Access-Token", token),
            None => request,
        }
    }

    /// Sends a request.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        Answer::of(request.send().await.unwrap()).await
    }

    /// Sends a GET without token.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path, None)).await
    }

    /// Sends a request with a token, and with a JSON body unless it is null.
    pub(crate) async fn call(&self, method: &str, path: &str, token: &str, body: Value) -> Answer {
        let request = self.request(method, path, Some(token));
        self.send(if body.is_null() { request } else { request.json(&body) }).await
    }
}
