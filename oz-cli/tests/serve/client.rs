//! Client of the HTTP interface, as a client application implements it.

use std::time::{Duration, Instant};

use reqwest::blocking::multipart::{Form, Part};
use reqwest::blocking::{Client as Http, RequestBuilder, Response};
use serde_json::{Value, json};

/// Maximum time for an analysis.
const ANALYSIS: Duration = Duration::from_secs(120);

/// Pause between two polls.
const PAUSE: Duration = Duration::from_millis(20);

/// HTTP client with an access token, if signed in.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: Http,
    base: String,
    token: String,
}

/// Status and body of a response.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    /// Header `Retry-After`, in seconds.
    pub(crate) retry_after: Option<u64>,
}

impl Answer {
    fn of(response: Response) -> Self {
        let status = response.status().as_u16();
        let retry_after =
            response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        let text = response.text().unwrap_or_default();
        Self { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)), retry_after }
    }

    /// Body of the response, which must be a success.
    #[track_caller]
    pub(crate) fn good(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.body);
        self.body
    }
}

/// File of a multipart request.
pub(crate) struct File<'a> {
    pub(crate) key: &'a str,
    pub(crate) name: &'a str,
    pub(crate) content: &'a [u8],
}

impl Client {
    /// Client that is not signed in.
    pub(crate) fn anonymous(base: &str) -> Self {
        // Fails only if a provider is already installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Http::builder().no_proxy().timeout(ANALYSIS).build().unwrap();
        Self { http, base: base.into(), token: String::new() }
    }

    /// Signs in.
    pub(crate) fn sign_in(base: &str, email: &str, password: &str) -> Self {
        let anonymous = Self::anonymous(base);
        let body = json!({"credentials": {"email": email, "password": password}});
        let session = anonymous.post("/api/authorize/auth", &body).good();
        Self { token: session["access_token"].as_str().unwrap().into(), ..anonymous }
    }

    /// The client with another base URL, for example after a restart of the service.
    pub(crate) fn at(&self, base: &str) -> Self {
        Self { base: base.into(), ..self.clone() }
    }

    fn authorized(&self, request: RequestBuilder) -> RequestBuilder {
        if self.token.is_empty() { request } else { request.header("X-Forensic-Access-Token", &self.token) }
    }

    fn send(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        self.authorized(request).send().map(Answer::of)
    }

    pub(crate) fn try_get(&self, path: &str) -> Result<Answer, reqwest::Error> {
        self.send(self.http.get(format!("{}{path}", self.base)))
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.try_get(path).unwrap()
    }

    pub(crate) fn try_post(&self, path: &str, body: &Value) -> Result<Answer, reqwest::Error> {
        self.send(self.http.post(format!("{}{path}", self.base)).json(body))
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.try_post(path, body).unwrap()
    }

    pub(crate) fn try_delete(&self, path: &str) -> Result<Answer, reqwest::Error> {
        self.send(self.http.delete(format!("{}{path}", self.base)))
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.try_delete(path).unwrap()
    }

    /// Downloads an absolute URL; returns status and body.
    pub(crate) fn download(&self, url: &str) -> (u16, Vec<u8>) {
        let response = self.http.get(url).send().unwrap();
        (response.status().as_u16(), response.bytes().unwrap().to_vec())
    }

    /// Uploads files and a payload as multipart.
    pub(crate) fn try_upload(
        &self,
        path: &str,
        files: &[File<'_>],
        payload: &Value,
    ) -> Result<Answer, reqwest::Error> {
        let part = |file: &File<'_>| Part::bytes(file.content.to_vec()).file_name(file.name.to_owned());
        let form = files.iter().fold(Form::new(), |form, file| form.part(file.key.to_owned(), part(file)));
        let form = form.text("payload", payload.to_string());
        self.send(self.http.post(format!("{}{path}", self.base)).multipart(form))
    }

    pub(crate) fn upload(&self, path: &str, files: &[File<'_>], payload: &Value) -> Answer {
        self.try_upload(path, files, payload).unwrap()
    }

    /// Polls a folder until all its analyses have ended.
    pub(crate) fn finished(&self, folder: &str) -> Value {
        let end = Instant::now() + ANALYSIS;
        loop {
            let found = self.get(&format!("/api/folders/{folder}?with_analyses=true")).good();
            let analyses = found["analyses"].as_array().unwrap();
            if analyses.iter().all(|analysis| analysis["state"] != "PROCESSING") {
                return found;
            }
            assert!(Instant::now() < end, "the analyses take too long: {found}");
            std::thread::sleep(PAUSE);
        }
    }
}

/// Creates a company with a user, and signs the user in.
pub(crate) fn company_with(admin: &Client, name: &str, user: &Value) -> (String, Client) {
    let company = admin.post("/api/companies/", &json!({"name": name})).good();
    let id = company["company_id"].as_str().unwrap().to_owned();
    let mut body = json!({
        "email": format!("{}@example.org", name.to_lowercase()),
        "password": "Correct-horse-7",
        "company_id": id,
        "user_type": "CLIENT", "first_name": "Ada", "last_name": "Byron",
    });
    body.as_object_mut().unwrap().extend(user.as_object().unwrap().clone());
    admin.post("/api/users/", &body).good();
    let client =
        Client::sign_in(&admin.base, body["email"].as_str().unwrap(), body["password"].as_str().unwrap());
    (id, client)
}
