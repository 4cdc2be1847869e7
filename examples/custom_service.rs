//! A custom service: media in a custom blob store, an additional API route and a page, mounted in an axum
//! application.
//!
//! `cargo run --release --example custom_service` starts it on a free port, sends requests and stops it.
//! `cargo run --release --example custom_service -- 127.0.0.1:8080` keeps it running.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use oz_server::http::utoipa_axum::routes;
use oz_server::http::{ApiError, ServiceState, extract::Caller, utoipa};
use oz_server::{Server, ServiceSettings, shutdown_signal};
use oz_storage::memory::{MemoryBlobStore, MemoryKeyProvider};

/// Return the number of examinations that run in parallel
///
/// Extractors of the service also work in routes of the application: `Caller` requires a signed-in user.
#[utoipa::path(
    get,
    path = "/api/own/capacity",
    responses((status = 200, description = "Number of examinations."))
)]
async fn capacity(_caller: Caller, State(state): State<ServiceState>) -> Result<String, ApiError> {
    Ok(state.engine().examiner.parallelism().to_string())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Media are examined in this process. To examine them in worker processes, add
    // `.worker(WorkerProgram::this_program(…)?)` and call `oz_server::run_worker_if_asked()` first in `main`.
    let folder = tempfile::tempdir()?;
    let settings =
        ServiceSettings { data_dir: Some(folder.path().join("data")), ..ServiceSettings::default() };

    // Any implementation of the ports can be used. Media are encrypted with keys of the key provider before
    // they reach the blob store. Keys in memory are lost with the process: keep those of a real service, e.g.
    // in a KMS.
    let blobs = Arc::new(MemoryBlobStore::default());
    let server = Server::builder()
        .settings(settings)
        .blob_store(blobs)
        .key_provider(Arc::new(MemoryKeyProvider::default()))
        .route(routes!(capacity))
        .build()
        .await?;

    // The password of the first administrator is available only at the first start.
    let administrator = server.administrator().map(|first| (first.email.clone(), first.password.clone()));
    let (email, password) = administrator.ok_or("the data folder already has an administrator")?;
    println!("administrator: {email}");

    // Merges the routes into an application. The limits on sign-in attempts need the addresses of clients.
    let (routes, background) = server.into_parts();
    let application = axum::Router::new().route("/", get(async || "hello")).merge(routes);
    let address = std::env::args().nth(1);
    let listener = tokio::net::TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:0")).await?;
    let url = format!("http://{}", listener.local_addr()?);
    println!("listening on {url}");

    let (end, ended) = tokio::sync::oneshot::channel::<()>();
    let service = application.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async { ended.await.unwrap_or(()) });
    let serving = tokio::spawn(serving.into_future());

    if address.is_some() {
        println!("one-time password: {password}");
        shutdown_signal().await;
    } else {
        send_requests(&url, &email, &password).await?;
    }

    let _ = end.send(());
    serving.await??;
    background.stop().await;
    Ok(())
}

/// Signs in and calls the additional route and the page.
async fn send_requests(url: &str, email: &str, password: &str) -> Result<(), Box<dyn std::error::Error>> {
    // The HTTP client requires a cryptography provider even for plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let credentials = serde_json::json!({ "credentials": { "email": email, "password": password } });
    let session: serde_json::Value =
        client.post(format!("{url}/api/authorize/auth")).json(&credentials).send().await?.json().await?;
    let token = session["access_token"].as_str().ok_or("no access token")?;

    let capacity = client.get(format!("{url}/api/own/capacity")).header("X-Forensic-Access-Token", token);
    println!("capacity: {}", capacity.send().await?.error_for_status()?.text().await?);
    let refused = client.get(format!("{url}/api/own/capacity")).send().await?;
    println!("without a token: {}", refused.status());
    println!("page of the application: {}", client.get(url).send().await?.text().await?);
    Ok(())
}
