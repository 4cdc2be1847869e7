//! Services built from parts of an application.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use oz::{Config, Oz};
use oz_core::Result;
use oz_core::account::AnalysisRights;
use oz_core::face::Calibration;
use oz_core::folder::judgement::port::AnalysisJudge;
use oz_core::folder::judgement::{Evidence, Judgement};
use oz_core::folder::{AnalysisKind, AnalysisParams, AnalysisResults, CustomKind, MediaResult, Resolution};
use oz_core::metadata::Metadata;
use oz_core::storage::port::{BlobStore, KeyProvider};
use oz_core::storage::{DataKey, KeyVersion};
use oz_core::system::CompanyId;
use oz_server::{ExaminerKind, Repositories, Server, ServerBuilder, ServiceSettings};
use oz_storage::memory::{MemoryBlobStore, MemoryKeyProvider};
use serde_json::{Value, json};

/// Key provider that counts the requests for keys.
#[derive(Debug, Default)]
struct CountingKeys {
    keys: MemoryKeyProvider,
    requests: AtomicUsize,
}

#[async_trait]
impl KeyProvider for CountingKeys {
    async fn current(&self, owner: CompanyId) -> Result<DataKey> {
        self.requests.fetch_add(1, Ordering::SeqCst);
        self.keys.current(owner).await
    }

    async fn key(&self, owner: CompanyId, version: KeyVersion) -> Result<DataKey> {
        self.requests.fetch_add(1, Ordering::SeqCst);
        self.keys.key(owner, version).await
    }

    async fn rotate(&self, owner: CompanyId) -> Result<DataKey> {
        self.keys.rotate(owner).await
    }

    async fn destroy(&self, owner: CompanyId) -> Result<()> {
        self.keys.destroy(owner).await
    }
}

fn config() -> Config {
    Config { engine: "candle".into(), ..Config::default() }
}

fn settings(folder: &Path) -> ServiceSettings {
    ServiceSettings { data_dir: Some(folder.join("data")), workers: 1, ..ServiceSettings::default() }
}

fn builder(settings: ServiceSettings) -> ServerBuilder {
    Server::builder().config(config()).settings(settings)
}

/// Client of a running server.
struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Client {
    /// Serves the routes until the test ends, and signs in as the first administrator.
    async fn of(server: Server) -> Self {
        let administrator = server.administrator().unwrap();
        let credentials =
            json!({"credentials": {"email": administrator.email, "password": administrator.password}});
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = server.into_router().into_make_service_with_connect_info::<std::net::SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });

        // An error means that a provider was installed before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let anonymous = Self { http, url, token: String::new() };
        let session = anonymous.post("/api/authorize/auth", &credentials).await;
        Self { token: session["access_token"].as_str().unwrap().into(), ..anonymous }
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.http.post(format!("{}{path}", self.url)).json(body);
        self.answer(request).await
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Value {
        let response = request.header("X-Forensic-Access-Token", &self.token).send().await.unwrap();
        let status = response.status();
        let body = response.text().await.unwrap();
        assert!(status.is_success(), "{status}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Creates a company and uploads a picture into a folder of it.
    async fn upload(&self, picture: Vec<u8>) -> CompanyId {
        let company = self.post("/api/companies/", &json!({"name": "Own"})).await;
        let company = company["company_id"].as_str().unwrap().to_owned();
        let part = reqwest::multipart::Part::bytes(picture).file_name("photo.png");
        let form = reqwest::multipart::Form::new()
            .part("photo", part)
            .text("payload", json!({"folder": {"company_id": company}}).to_string());
        self.answer(
            self.http.post(format!("{}/api/folders/?company_id={company}", self.url)).multipart(form),
        )
        .await;
        company.parse().unwrap()
    }
}

fn picture() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/astronaut.png")).unwrap()
}

#[tokio::test]
async fn custom_blob_store_receives_media_encrypted_with_custom_keys() {
    let folder = tempfile::tempdir().unwrap();
    let (blobs, keys) = (Arc::new(MemoryBlobStore::default()), Arc::new(CountingKeys::default()));
    let server = builder(settings(folder.path()))
        .blob_store(blobs.clone())
        .key_provider(keys.clone())
        .build()
        .await
        .unwrap();
    let company = Client::of(server).await.upload(picture()).await;

    let stored = blobs.list(company, None, 100).await.unwrap();
    assert!(!stored.is_empty(), "media are in the custom store");
    for key in stored {
        let bytes = blobs.read(key).await.unwrap();
        assert!(
            !bytes.windows(4).any(|part| part == b"\x89PNG" || part == b"IHDR"),
            "the store contains an unencrypted picture"
        );
    }
    assert!(keys.requests.load(Ordering::SeqCst) > 0, "the custom keys encrypt");
    assert!(!folder.path().join("data/blobs").exists(), "no default store was created");
    assert!(!folder.path().join("data/keys").exists(), "no default keys were created");
}

#[tokio::test]
async fn custom_keys_without_encryption_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let plain = ServiceSettings { encryption: false, ..settings(folder.path()) };
    let error = builder(plain).key_provider(Arc::new(CountingKeys::default())).build().await.unwrap_err();
    assert_eq!(error.code(), "config.invalid");
    assert!(error.to_string().contains("service.encryption"), "{error}");
}

#[tokio::test]
async fn service_with_custom_parts_only_creates_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let server = builder(settings(folder.path()))
        .repositories(repositories())
        .blob_store(Arc::new(MemoryBlobStore::default()))
        .key_provider(Arc::new(CountingKeys::default()))
        .secrets(oz_server::http::ServiceSecrets::generate().unwrap())
        .build()
        .await
        .unwrap();
    Client::of(server).await.upload(picture()).await;
    assert!(!folder.path().join("data").exists());
}

/// Repositories in memory.
fn repositories() -> Repositories {
    let store = Arc::new(oz_storage::memory::MemoryStore::default());
    Repositories {
        accounts: store.clone(),
        folders: store.clone(),
        collections: Arc::new(oz_storage::memory::MemoryCollectionRepository::default()),
        events: store.clone(),
        jobs: store.clone(),
        erasures: store,
        audit: Arc::new(oz_storage::memory::MemoryAuditLog::default()),
    }
}

#[tokio::test]
async fn custom_oz_handle_is_used_without_worker_processes() {
    let folder = tempfile::tempdir().unwrap();
    let oz = Oz::builder().config(config()).build().unwrap();
    let server = builder(settings(folder.path())).oz(oz).build().await.unwrap();
    assert_eq!(server.state().info().engines.len(), 1);
    assert_eq!(child_processes(), Vec::<String>::new(), "no process was started");
}

#[tokio::test]
async fn worker_processes_require_a_worker_program() {
    let folder = tempfile::tempdir().unwrap();
    let settings = ServiceSettings { examiner: ExaminerKind::Process, ..settings(folder.path()) };
    let error = builder(settings).build().await.unwrap_err();
    assert_eq!(error.code(), "config.invalid");
    assert!(error.to_string().contains("worker"), "{error}");
}

#[tokio::test]
async fn two_servers_can_run_in_one_process() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for folder in &folders {
        let server = builder(settings(folder.path())).build().await.unwrap();
        let (_, background) = server.into_parts();
        background.stop().await;
    }
}

/// Starts this test program again, marked as a worker, to build a server.
#[test]
fn worker_process_refuses_to_build_a_server() {
    let program = std::env::current_exe().unwrap();
    let marked = Command::new(program)
        .args(["--exact", "build_a_server_in_a_child_process", "--ignored", "--nocapture"])
        .env("OZ_EXAMINER_WORKER", "0")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&marked.stdout).into_owned();
    assert!(text.contains("run_worker_if_asked"), "{text}");
}

#[tokio::test]
#[ignore = "runs in the process that another test starts"]
async fn build_a_server_in_a_child_process() {
    let folder = tempfile::tempdir().unwrap();
    println!("{}", builder(settings(folder.path())).build().await.unwrap_err());
    assert!(!folder.path().join("data").exists());
}

/// Command lines of the child processes of this process.
fn child_processes() -> Vec<String> {
    let own = std::process::id().to_string();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().filter_map(std::result::Result::ok);
    let is_child = |folder: &Path| {
        let status = std::fs::read_to_string(folder.join("status")).unwrap_or_default();
        status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|parent| parent.trim() == own))
    };
    let folders = processes.map(|entry| entry.path()).filter(|folder| is_child(folder));
    folders.map(|folder| std::fs::read_to_string(folder.join("cmdline")).unwrap_or_default()).collect()
}

/// Judge that succeeds when the quality of the face is at least the parameter `min` on all media.
#[derive(Debug)]
struct QualityGate {
    name: &'static str,
}

impl AnalysisJudge for QualityGate {
    fn kind(&self) -> AnalysisKind {
        AnalysisKind::Custom(CustomKind::new(self.name).unwrap())
    }

    fn min_media(&self) -> usize {
        1
    }

    fn is_permitted(&self, rights: AnalysisRights) -> bool {
        rights.liveness
    }

    fn check_params(&self, custom: &Metadata) -> Result<()> {
        let is_valid = custom.get("min").is_some_and(Value::is_u64);
        let error = oz_core::Error::InvalidValue { name: "params.min", detail: "must be an integer".into() };
        if is_valid { Ok(()) } else { Err(error) }
    }

    fn judge(&self, params: &AnalysisParams, media: &[Evidence<'_>], _: &Calibration) -> Judgement {
        let mut lowest = u8::MAX;
        let mut results = Vec::new();
        for evidence in media {
            let subject = evidence.subject()?;
            lowest = lowest.min(subject.quality);
            results.push(MediaResult::of(evidence.media, subject));
        }

        let min = params.custom.get("min").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let passed = u64::from(lowest) >= min;
        let resolution = if passed { Resolution::Success } else { Resolution::Declined };
        let custom = Metadata::new(json!({"lowest": lowest})).unwrap();
        Ok((resolution, AnalysisResults { media: results, custom, ..AnalysisResults::default() }))
    }
}

impl Client {
    /// Uploads a picture with one analysis; returns the status and the body.
    async fn order(&self, analysis: &Value) -> (u16, Value) {
        let companies = self.get("/api/companies/").await;
        let name = format!("Own {}", companies.as_array().unwrap().len());
        let company = self.post("/api/companies/", &json!({"name": name})).await;
        let company = company["company_id"].as_str().unwrap().to_owned();
        let part = reqwest::multipart::Part::bytes(picture()).file_name("photo.png");
        let payload = json!({"folder": {"company_id": company}, "analyses": [analysis]}).to_string();
        let form = reqwest::multipart::Form::new().part("photo", part).text("payload", payload);
        let url = format!("{}/api/folders/?company_id={company}", self.url);
        let request = self.http.post(url).header("X-Forensic-Access-Token", &self.token).multipart(form);

        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap())
    }

    async fn get(&self, path: &str) -> Value {
        self.answer(self.http.get(format!("{}{path}", self.url))).await
    }

    /// Waits for the end of an analysis.
    async fn ended(&self, id: &str) -> Value {
        let started = std::time::Instant::now();
        loop {
            let analysis = self.get(&format!("/api/analyses/{id}")).await;
            if analysis["state"] != "PROCESSING" {
                return analysis;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "{analysis}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// A client of a service that has the kind `quality_gate`.
async fn with_quality_gate(folder: &Path) -> Client {
    let gate = Arc::new(QualityGate { name: "quality_gate" });
    Client::of(builder(settings(folder)).analysis(gate).build().await.unwrap()).await
}

#[tokio::test]
async fn clients_start_analyses_of_a_custom_kind() {
    let folder = tempfile::tempdir().unwrap();
    let client = with_quality_gate(folder.path()).await;

    let (status, made) =
        client.order(&json!({"type": "quality_gate", "params": {"min": 1}, "meta_data": {"step": 1}})).await;
    assert_eq!(status, 201, "{made}");
    let passed = client.ended(made["analyses"][0]["analyse_id"].as_str().unwrap()).await;
    assert_eq!(passed["type"], "QUALITY_GATE");
    assert_eq!(passed["resolution_status"], "SUCCESS", "{passed}");
    assert_eq!(passed["confs"], json!({"min": 1}));
    assert!(passed["results_data"]["lowest"].as_u64().unwrap() > 1, "{passed}");
    assert_eq!(passed["results_media"].as_array().unwrap().len(), 1);

    let (_, made) = client.order(&json!({"type": "QUALITY_GATE", "params": {"min": 101}})).await;
    let declined = client.ended(made["analyses"][0]["analyse_id"].as_str().unwrap()).await;
    assert_eq!(declined["resolution_status"], "DECLINED", "{declined}");

    let listed = client.get("/api/analyses?type=QUALITY_GATE").await;
    assert_eq!(listed.as_array().unwrap().len(), 2);
    let others = client.get("/api/analyses?type.exclude=quality_gate").await;
    assert_eq!(others, json!([]));
}

#[tokio::test]
async fn unknown_kinds_and_invalid_parameters_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let client = with_quality_gate(folder.path()).await;

    let (status, error) = client.order(&json!({"type": "AGE_GATE"})).await;
    assert_eq!(status, 400, "{error}");
    let text = error.to_string();
    assert!(text.contains("analyses.0.type") && text.contains("QUALITY_GATE"), "{text}");

    let (status, error) = client.order(&json!({"type": "QUALITY_GATE", "params": {"min": "high"}})).await;
    assert_eq!(status, 400, "{error}");
    assert!(error.to_string().contains("must be an integer"), "{error}");
    assert_eq!(client.get("/api/folders").await, json!([]), "nothing was stored");
}

#[tokio::test]
async fn kinds_named_like_a_type_of_the_oz_api_are_refused() {
    for name in ["quality", "biometry", "collection", "documents"] {
        let folder = tempfile::tempdir().unwrap();
        let own = Arc::new(QualityGate { name });
        let error = builder(settings(folder.path())).analysis(own).build().await.unwrap_err();
        assert_eq!(error.code(), "config.invalid", "{name}");
        assert!(error.to_string().contains(name), "{error}");
    }
}
