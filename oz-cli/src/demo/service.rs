//! Demonstration of the service: starts it, calls it over HTTP like a client application, and stops it.

use std::time::Duration;

use oz::{Config, Error, Result};
use oz_server::examiner::{WorkerLimits, WorkerProgram};
use oz_server::{Server, ServiceSettings, shutdown_signal};
use reqwest::multipart::{Form, Part};
use reqwest::{Client as Http, RequestBuilder};
use serde_json::{Value, json};

use super::PORTRAIT;
use crate::{http, output, table};

/// Interval between two polls of an analysis.
const PAUSE: Duration = Duration::from_millis(50);

/// Email address of the user that the demo creates.
const EMAIL: &str = "ada@demo.example";

/// Starts the service in a temporary folder on a free port, calls it and prints a table. With `keep` the
/// service runs until it is interrupted.
pub(crate) fn show(config: &Config, keep: bool) -> Result<()> {
    let folder = tempfile::tempdir().map_err(|source| Error::File {
        action: "create",
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
            .map(|first| (first.email.clone(), first.password.clone()))
            .ok_or_else(|| failed("starting the service", "the new data folder has an administrator"))?;
        output::text(format!("\nService listening on {url}"))?;

        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running = tokio::spawn(server.run(async { stopped.await.unwrap_or(()) }));
        Visitor::sign_in(&url, &email, &password).await?.visit().await?;

        if keep {
            output::text(format!(
                "\nRunning until Ctrl-C, then all data are deleted. Administrator {email}, password {password}."
            ))?;
            shutdown_signal().await;
        }
        // Fails only if the service has stopped already; its own result reports the reason.
        let _ = stop.send(());
        running.await.map_err(|error| failed("running the service", error))?
    })
}

/// Client of the service.
struct Visitor {
    http: Http,
    url: String,
    token: String,
}

impl Visitor {
    async fn sign_in(url: &str, email: &str, password: &str) -> Result<Self> {
        let http = http::client(url).map_err(|error| failed("calling the service", error))?;
        let anonymous = Self { http, url: url.into(), token: String::new() };
        let body = json!({"credentials": {"email": email, "password": password}});
        let session = anonymous.post("/api/authorize/auth", &body).await?;
        Ok(Self { token: text(&session, "access_token")?, ..anonymous })
    }

    /// Creates a company and a user, and analyses the portrait as that user.
    async fn visit(&self) -> Result<()> {
        let company = text(&self.post("/api/companies/", &json!({"name": "Demo"})).await?, "company_id")?;
        let password = format!("demo-{}", &self.token[..16]);
        let user = json!({
            "email": EMAIL,
            "password": password,
            "user_type": "CLIENT",
            "is_admin": true,
            "company_id": company,
            "first_name": "Ada",
            "last_name": "Byron",
        });
        self.post("/api/users/", &user).await?;
        Self::sign_in(&self.url, EMAIL, &password).await?.analyse().await
    }

    /// Enrols the portrait in a collection, then checks, compares and searches it.
    async fn analyse(&self) -> Result<()> {
        let mut rows = table::new(["over HTTP", "state", "resolution", "result"]);
        let list =
            text(&self.post("/api/collections/", &json!({"alias": "watchlist"})).await?, "collection_id")?;
        let enrolled =
            self.upload(&format!("/api/collections/{list}/persons/"), &["image1"], &json!({})).await?;
        rows.add_row(["person enrolled".into(), "—".into(), "—".into(), text(&enrolled, "person_id")?]);

        let folder =
            text(&self.upload("/api/folders/", &["photo1", "photo2"], &json!({})).await?, "folder_id")?;
        let search = json!({"type": "collection", "params": {"collection_id": list}});
        let requested = json!({"analyses": [{"type": "quality"}, {"type": "biometry"}, search]});
        self.post(&format!("/api/folders/{folder}/analyses/"), &requested).await?;

        for analysis in self.finished(&folder).await?["analyses"].as_array().into_iter().flatten() {
            rows.add_row([
                text(analysis, "type")?,
                text(analysis, "state")?,
                text(analysis, "resolution")?,
                results(analysis),
            ]);
        }
        output::text(format!("\n{rows}"))
    }

    /// Polls a folder until its analyses are finished.
    async fn finished(&self, folder: &str) -> Result<Value> {
        loop {
            let url = format!("{}/api/folders/{folder}?with_analyses=true", self.url);
            let state = self.send(self.http.get(url)).await?;
            match state["resolution_status"].as_str() {
                Some("INITIAL" | "PROCESSING") => tokio::time::sleep(PAUSE).await,
                _ => return Ok(state),
            }
        }
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(self.http.post(format!("{}{path}", self.url)).json(body)).await
    }

    /// Uploads the portrait once per key.
    async fn upload(&self, path: &str, keys: &[&'static str], payload: &Value) -> Result<Value> {
        let portrait = || Part::bytes(PORTRAIT).file_name("portrait.png");
        let form = keys.iter().fold(Form::new(), |form, key| form.part(*key, portrait()));
        let form = form.text("payload", payload.to_string());
        self.send(self.http.post(format!("{}{path}", self.url)).multipart(form)).await
    }

    async fn send(&self, request: RequestBuilder) -> Result<Value> {
        let request = request.header("X-Forensic-Access-Token", &self.token);
        let response = request.send().await.map_err(|error| failed("calling the service", error))?;
        let status = response.status();
        let body = response.text().await.map_err(|error| failed("reading a response", error))?;
        if !status.is_success() {
            return Err(failed("calling the service", format!("{status}: {body}")));
        }
        serde_json::from_str(&body).map_err(|error| failed("reading a response", error))
    }
}

/// Summary of the results of an analysis.
fn results(analysis: &Value) -> String {
    let (summary, media) = (&analysis["results_data"], &analysis["results_media"][0]);
    let score = |data: &Value, name: &str| data[name].as_f64().map(|value| format!("{name} {value:.3}"));

    let parts = [
        score(summary, "confidence_spoofing")
            .or_else(|| score(&media["results_data"], "confidence_spoofing")),
        score(summary, "min_confidence"),
        media["output_images"][0]["original_url"].as_str().map(|_| "best shot stored".to_owned()),
        media["collection_persons"][0]["person_id"].as_str().map(|person| format!("person {person}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn text(value: &Value, name: &str) -> Result<String> {
    let found = value[name].as_str().map(str::to_owned);
    found.ok_or_else(|| failed("reading a response", format!("no `{name}` in {value}")))
}

fn failed(operation: &str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Core(oz_core::Error::backend(operation, false, cause))
}
