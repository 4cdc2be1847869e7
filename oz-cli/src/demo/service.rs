//! The same questions asked over HTTP: the service is started, used as an integrator uses it, and ended.

use std::time::Duration;

use oz::{Config, Error, Result};
use oz_server::examiner::{WorkerLimits, WorkerProgram};
use oz_server::{Server, ServiceSettings, shutdown_signal};
use reqwest::multipart::{Form, Part};
use reqwest::{Client as Http, RequestBuilder};
use serde_json::{Value, json};

use super::PORTRAIT;
use crate::{http, output, table};

/// Pause between two looks at analyses.
const PAUSE: Duration = Duration::from_millis(50);

/// The user that the demo makes.
const EMAIL: &str = "ada@demo.example";

/// Starts the service in a temporary folder on a free port, asks it, prints a table; with `keep` it goes on until it is
/// interrupted.
pub(crate) fn show(config: &Config, keep: bool) -> Result<()> {
    let folder = tempfile::tempdir().map_err(|source| Error::File {
        action: "make",
        path: std::env::temp_dir(),
        source,
    })?;
    let settings = ServiceSettings {
        listen: ([127, 0, 0, 1], 0).into(),
        data_dir: Some(folder.path().join("data")),
        ..ServiceSettings::default()
    };
    crate::service::runtime()?.block_on(async {
        let worker = WorkerProgram::this_program(WorkerLimits::default())?;
        let server = Server::builder().config(config.clone()).settings(settings).worker(worker).bind().await?;
        let url = server.url();
        let (email, password) = server
            .administrator()
            .map(|made| (made.email.clone(), made.password.clone()))
            .ok_or_else(|| failed("starting the service", "a new data folder has an administrator already"))?;
        output::text(format!("\nThe service listens on {url}"))?;
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(server.run(async { ended.await.unwrap_or(()) }));
        Visitor::sign_in(&url, &email, &password).await?.visit().await?;
        if keep {
            output::text(format!(
                "\nIt goes on until Ctrl-C. Administrator {email}, password {password}; its data are deleted at the end."
            ))?;
            shutdown_signal().await;
        }
        // The receiver is gone only if the service has ended by itself; that is told by its own result.
        let _ = end.send(());
        running.await.map_err(|error| failed("serving", error))?
    })
}

/// A client of the service.
struct Visitor {
    http: Http,
    url: String,
    token: String,
}

impl Visitor {
    async fn sign_in(url: &str, email: &str, password: &str) -> Result<Self> {
        let http = http::client(url).map_err(|error| failed("asking the service", error))?;
        let stranger = Self { http, url: url.into(), token: String::new() };
        let body = json!({"credentials": {"email": email, "password": password}});
        let session = stranger.post("/api/authorize/auth", &body).await?;
        Ok(Self { token: text(&session, "access_token")?, ..stranger })
    }

    /// Makes a company and a user, and does what the user would do.
    async fn visit(&self) -> Result<()> {
        let company = text(&self.post("/api/companies/", &json!({"name": "Demo"})).await?, "company_id")?;
        let password = format!("demo-{}", &self.token[..16]);
        let user = json!({
            "email": EMAIL, "password": password, "user_type": "CLIENT", "is_admin": true, "company_id": company,
            "first_name": "Ada", "last_name": "Byron",
        });
        self.post("/api/users/", &user).await?;
        let ada = Self::sign_in(&self.url, EMAIL, &password).await?;
        let mut rows = table::new(["over HTTP", "state", "resolution", "found"]);
        let list =
            text(&ada.post("/api/collections/", &json!({"alias": "watchlist"})).await?, "collection_id")?;
        let enrolled =
            ada.upload(&format!("/api/collections/{list}/persons/"), &["image1"], &json!({})).await?;
        rows.add_row(["person enrolled".into(), "—".into(), "—".into(), text(&enrolled, "person_id")?]);
        let folder =
            text(&ada.upload("/api/folders/", &["photo1", "photo2"], &json!({})).await?, "folder_id")?;
        let search = json!({"type": "collection", "params": {"collection_id": list}});
        let wanted = json!({"analyses": [{"type": "quality"}, {"type": "biometry"}, search]});
        ada.post(&format!("/api/folders/{folder}/analyses/"), &wanted).await?;
        for analysis in ada.finished(&folder).await?["analyses"].as_array().into_iter().flatten() {
            rows.add_row([
                text(analysis, "type")?,
                text(analysis, "state")?,
                text(analysis, "resolution")?,
                found(analysis),
            ]);
        }
        output::text(format!("\n{rows}"))
    }

    async fn finished(&self, folder: &str) -> Result<Value> {
        loop {
            let found = self
                .answer(self.http.get(format!("{}/api/folders/{folder}?with_analyses=true", self.url)))
                .await?;
            match found["resolution_status"].as_str() {
                Some("INITIAL" | "PROCESSING") => tokio::time::sleep(PAUSE).await,
                _ => return Ok(found),
            }
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.answer(self.http.post(format!("{}{path}", self.url)).json(body)).await
    }

    /// Sends the portrait under each of the keys.
    async fn upload(&self, path: &str, keys: &[&'static str], payload: &Value) -> Result<Value> {
        let portrait = || Part::bytes(PORTRAIT).file_name("portrait.png");
        let form = keys.iter().fold(Form::new(), |form, key| form.part(*key, portrait()));
        let form = form.text("payload", payload.to_string());
        self.answer(self.http.post(format!("{}{path}", self.url)).multipart(form)).await
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Value> {
        let request = request.header("X-Forensic-Access-Token", &self.token);
        let response = request.send().await.map_err(|error| failed("asking the service", error))?;
        let status = response.status();
        let body = response.text().await.map_err(|error| failed("reading an answer", error))?;
        if !status.is_success() {
            return Err(failed("asking the service", format!("{status}: {body}")));
        }
        serde_json::from_str(&body).map_err(|error| failed("reading an answer", error))
    }
}

/// What an analysis found, in a few words.
fn found(analysis: &Value) -> String {
    let (summary, media) = (&analysis["results_data"], &analysis["results_media"][0]);
    let score = |data: &Value, name: &str| data[name].as_f64().map(|value| format!("{name} {value:.3}"));
    let words = [
        score(summary, "confidence_spoofing")
            .or_else(|| score(&media["results_data"], "confidence_spoofing")),
        score(summary, "min_confidence"),
        media["output_images"][0]["original_url"].as_str().map(|_| "best shot kept".to_owned()),
        media["collection_persons"][0]["person_id"].as_str().map(|person| format!("person {person}")),
    ];
    words.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn text(value: &Value, name: &str) -> Result<String> {
    let found = value[name].as_str().map(str::to_owned);
    found.ok_or_else(|| failed("reading an answer", format!("`{name}` is not in {value}")))
}

fn failed(operation: &str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Core(oz_core::Error::backend(operation, false, cause))
}
