//! Routes of an application in addition to, and instead of, the built-in ones.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;
use oz_core::account::Scope;
use oz_http::auth::port::Authenticator;
use oz_http::config::PathPrefix;
use oz_http::extract::Caller;
use oz_http::utoipa_axum::routes;
use oz_http::{Api, ApiError, ServiceState, utoipa};
use tokio::net::TcpListener;

use crate::support::Service;

/// Return the number of companies
#[utoipa::path(
    get,
    path = "/api/own/companies",
    responses((status = 200, description = "Number of companies."))
)]
async fn count(caller: Caller, State(state): State<ServiceState>) -> Result<String, ApiError> {
    let _ = caller;
    let (all, filter) = (Scope::Everything, oz_core::account::CompanyFilter::default());
    let companies = state.store()?.accounts.companies(&all, &filter, &Default::default()).await?;
    Ok(companies.len().to_string())
}

/// Replaces the built-in version
#[utoipa::path(get, path = "/api/version", responses((status = 200, description = "Own version.")))]
async fn version() -> &'static str {
    "own"
}

/// Serves the routes of `api` until the test ends.
async fn serve(api: Api) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = api.into_router().into_make_service_with_connect_info::<std::net::SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

async fn text(client: &reqwest::Client, url: &str) -> (u16, String) {
    let response = client.get(url).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn custom_routes_extend_and_replace_built_in_ones() {
    let service = Service::start().await;
    let api = Api::new(service.state.clone()).route(routes!(count)).route(routes!(version));
    let document = api.openapi();
    let url = serve(api.merge(axum::Router::new().route("/page", get(async || "page")))).await;

    let client = &service.client;
    assert_eq!(text(client, &format!("{url}/api/version")).await, (200, "own".into()));
    assert_eq!(text(client, &format!("{url}/page")).await, (200, "page".into()));
    assert_eq!(
        text(client, &format!("{url}/api/own/companies")).await.0,
        401,
        "extractors of the service work"
    );
    assert_eq!(text(client, &format!("{url}/healthz")).await.0, 200, "other built-in routes remain");
    let refused = client.post(format!("{url}/api/version")).send().await.unwrap();
    assert_eq!(refused.status(), 405, "other methods of a replaced path are unchanged");

    let paths = serde_json::to_value(&document).unwrap()["paths"].clone();
    assert_eq!(paths["/api/version"]["get"]["summary"], "Replaces the built-in version");
    assert!(paths["/api/own/companies"]["get"].is_object());
    service.stop().await;
}

#[tokio::test]
async fn prefix_precedes_every_path_and_link() {
    let service = Service::with(|config| config.path_prefix = PathPrefix::new("/identity").unwrap()).await;
    let api = Api::new(service.state.clone());
    let document = serde_json::to_value(api.openapi()).unwrap();
    assert!(document["paths"].as_object().unwrap().keys().all(|path| path.starts_with("/identity/")));

    let url = serve(api).await;
    let client = &service.client;
    assert_eq!(text(client, &format!("{url}/identity/healthz")).await.0, 200);
    assert_eq!(text(client, &format!("{url}/healthz")).await.0, 404);
    assert_eq!(text(client, &format!("{url}/identity/api/openapi.json")).await.0, 200);
    assert_eq!(text(client, &format!("{url}/identity/docs/")).await.0, 200);
    service.stop().await;
}

/// Authenticator that trusts a header set by a proxy.
#[derive(Debug)]
struct ProxyHeader;

#[async_trait]
impl Authenticator for ProxyHeader {
    async fn authenticate(&self, headers: &HeaderMap, state: &ServiceState) -> Result<Caller, ApiError> {
        let email = headers.get("x-user").and_then(|value| value.to_str().ok());
        let user =
            state.store()?.accounts.user_by_email(email.ok_or_else(ApiError::auth_not_provided)?).await?;
        Ok(Caller { user, session: None })
    }
}

#[tokio::test]
async fn custom_authenticator_identifies_callers() {
    let service = Service::start().await;
    let ports = service.ports().clone();
    let administrator = oz_http::auth::bootstrap_administrator(&service.state).await.unwrap().unwrap();
    let secrets = oz_http::ServiceSecrets::generate().unwrap();
    let state = ServiceState::persistent(
        ports,
        service.state.engine().clone(),
        service.state.config().clone(),
        secrets,
    )
    .unwrap()
    .with_authenticator(Arc::new(ProxyHeader));
    let url = serve(Api::new(state)).await;

    let companies = format!("{url}/api/companies");
    assert_eq!(text(&service.client, &companies).await.0, 401);
    let known = service.client.get(&companies).header("x-user", &administrator.email).send().await.unwrap();
    assert_eq!(known.status(), 200);
    service.stop().await;
}
