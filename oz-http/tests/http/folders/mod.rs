//! Folders, media, analyses and files.

mod analyses;
mod broken;
mod container;
mod files;
mod instant;
mod lists;
mod metadata;
mod single;
mod tenancy;
mod uploads;
mod wire;

use reqwest::multipart::{Form, Part};
use serde_json::Value;

use crate::support::{Answer, Person, Service};

/// Builds a form with a payload, and media as (key, file name, content).
pub(crate) fn form(payload: &Value, media: &[(&str, &str, Vec<u8>)]) -> Form {
    let mut form = Form::new();
    if !payload.is_null() {
        form = form.text("payload", payload.to_string());
    }
    for (key, name, bytes) in media {
        form = form.part((*key).to_owned(), Part::bytes(bytes.clone()).file_name((*name).to_owned()));
    }
    form
}

/// Posts a form.
pub(crate) async fn post(
    service: &Service,
    user: &Person,
    path: &str,
    payload: &Value,
    media: &[(&str, &str, Vec<u8>)],
) -> Answer {
    let request = service.request("POST", path, Some(&user.token));
    service.send(request.multipart(form(payload, media))).await
}

/// Posts a raw body.
pub(crate) async fn post_raw(
    service: &Service,
    user: &Person,
    path: &str,
    content_type: &str,
    body: impl Into<reqwest::Body>,
) -> Answer {
    let request = service.request("POST", path, Some(&user.token));
    service.send(request.header("Content-Type", content_type).body(body)).await
}

/// String value of a key.
#[track_caller]
pub(crate) fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("{key} of {value}")).to_owned()
}

/// Path and query of a media URL.
#[track_caller]
pub(crate) fn path_of(url: &Value) -> String {
    let url = url.as_str().unwrap_or_else(|| panic!("{url} must be a URL"));
    url[url.find("/static/").unwrap()..].to_owned()
}

/// Number of stored blobs of the user's company, and number of blobs on the erasure list.
pub(crate) async fn blobs(service: &Service, user: &Person) -> (usize, u64) {
    let ports = service.ports();
    let stored = ports.blobs.list(user.user.company.unwrap(), None, 1_000).await.unwrap();
    (stored.len(), ports.erasures.staged().await.unwrap())
}
