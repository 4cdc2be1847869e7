//! Service with in-memory storage and a signed-in user of every role, for trying out the interface and for
//! property-based API testing. Prints one line of JSON, `{"url", "tokens"}`, and stops at the end of standard
//! input.
//!
//! ```console
//! cargo run -p oz-http --example in_memory
//! ```

#![allow(clippy::unwrap_used, reason = "an example fails by panicking")]

#[path = "../tests/http/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use oz_core::account::Role;
use oz_http::config::Period;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use support::{Person, Service, jpeg};

#[tokio::main]
async fn main() {
    let service = Service::with(|config| {
        config.sign_in.max_failures_per_account = u32::MAX;
        config.sign_in.max_failures_per_address = u32::MAX;
        config.work.answer_timeout = Period::secs(1);
    })
    .await;

    let company = service.company("Acme").await;
    let mut tokens = BTreeMap::new();
    for role in Role::ALL {
        let person = service.person(role, role.has_company().then_some(company)).await;
        if role == Role::ClientAdministrator {
            fill(&service, &person).await;
        }
        tokens.insert(role.name(), person.token);
    }

    println!("{}", json!({"url": format!("http://{}", service.address), "tokens": tokens}));
    let input_end =
        tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    while !input_end.is_finished() {
        service.work().await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    service.stop().await;
}

/// Creates a collection with a person, and a folder with media and analyses.
async fn fill(service: &Service, manager: &Person) {
    let collection =
        service.call("POST", "/api/collections", &manager.token, json!({"alias": "blacklist"})).await;
    let path = format!("/api/collections/{}/persons", collection.ok(201)["collection_id"].as_str().unwrap());
    upload(service, manager, &path, &Value::Null, "face=eve").await;

    let payload = json!({"folder:meta_data": {"transaction_id": "T-1"}});
    let folder = upload(service, manager, "/api/folders", &payload, "face=ada").await;
    let path = format!("/api/folders/{}/analyses", folder["folder_id"].as_str().unwrap());
    let analyses = json!({"analyses": [{"type": "quality"}]});
    service.call("POST", &path, &manager.token, analyses).await.ok(201);
}

async fn upload(service: &Service, manager: &Person, path: &str, payload: &Value, words: &str) -> Value {
    let photo = Part::bytes(jpeg(words)).file_name("photo.jpg");
    let form = Form::new().text("payload", payload.to_string()).part("photo1", photo);
    let request = service.request("POST", path, Some(&manager.token)).multipart(form);
    service.send(request).await.ok(201)
}
