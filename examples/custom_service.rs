//! A service of one's own: media in an own blob store, an own route, an own page, mounted in an axum application.
//!
//! `cargo run --release --example custom_service` starts it on a free port, visits it and ends.
//! `cargo run --release --example custom_service -- 127.0.0.1:8080` keeps it running.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use oz_server::http::utoipa_axum::routes;
use oz_server::http::{ApiError, ServiceState, extract::Caller, utoipa};
use oz_server::{Server, ServiceSettings, shutdown_signal};
use oz_storage::memory::{MemoryBlobStore, MemoryKeyProvider};

/// Says how many examinations run in parallel
///
/// Extractors of the service work in routes of the application: only signed-in users get an answer.
#[utoipa::path(get, path = "/api/own/capacity", responses((status = 200, description = "Number of examinations.")))]
async fn capacity(_caller: Caller, State(state): State<ServiceState>) -> Result<String, ApiError> {
    Ok(state.engine().examiner.parallelism().to_string())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // With `ServerBuilder::worker(WorkerProgram::this_program(…)?)` media are examined in processes of their own. Such a
    // program calls `oz_server::run_worker_if_asked()` first. Here they are examined in this process.
    let folder = tempfile::tempdir()?;
    let settings =
        ServiceSettings { data_dir: Some(folder.path().join("data")), ..ServiceSettings::default() };

    // Any implementation of the ports will do. What the service stores is encrypted before it reaches the blob store, with
    // keys of the key provider. Keys in memory are lost with the process: a real service keeps them, e.g. in a KMS.
    let blobs = Arc::new(MemoryBlobStore::default());
    let server = Server::builder()
        .settings(settings)
        .blob_store(blobs)
        .key_provider(Arc::new(MemoryKeyProvider::default()))
        .route(routes!(capacity))
        .build()
        .await?;

    // The password of the first administrator is shown once.
    let administrator = server.administrator().map(|made| (made.email.clone(), made.password.clone()));
    let (email, password) = administrator.ok_or("the data folder was used before")?;
    println!("administrator: {email}");

    // The routes join those of an application. Client addresses are needed for limits on sign-in attempts.
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
        visit(&url, &email, &password).await?;
    }

    let _ = end.send(());
    serving.await??;
    background.stop().await;
    Ok(())
}

/// Signs in, asks the own route and uploads a portrait.
async fn visit(url: &str, email: &str, password: &str) -> Result<(), Box<dyn std::error::Error>> {
    // The client of this example wants a provider of ciphers, although it speaks plain HTTP.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let credentials = serde_json::json!({ "credentials": { "email": email, "password": password } });
    let session: serde_json::Value =
        client.post(format!("{url}/api/authorize/auth")).json(&credentials).send().await?.json().await?;
    let token = session["access_token"].as_str().ok_or("no access token")?;

    let own = client.get(format!("{url}/api/own/capacity")).header("X-Forensic-Access-Token", token);
    println!("capacity: {}", own.send().await?.error_for_status()?.text().await?);
    let refused = client.get(format!("{url}/api/own/capacity")).send().await?;
    println!("without a token: {}", refused.status());
    println!("page of the application: {}", client.get(url).send().await?.text().await?);
    Ok(())
}
