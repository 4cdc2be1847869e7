//! Sign-in, sessions and capture tokens (points 1 and 11 of the compatibility checklist).

use std::time::Duration;

use oz_core::account::Role;
use oz_http::auth::{CaptureRefusal, bootstrap_administrator};
use serde_json::{Value, json};

use crate::support::people::PASSWORD;
use crate::support::{Answer, Person, Service};

async fn sign_in(service: &Service, email: &str, password: &str) -> Answer {
    let body = json!({"credentials": {"email": email, "password": password}});
    service.send(service.request("POST", "/api/authorize/auth/", None).json(&body)).await
}

async fn client(service: &Service) -> Person {
    let company = service.company("Acme").await;
    service.person(Role::Client, Some(company)).await
}

/// Status of a request with this token.
async fn status_with(service: &Service, token: &str) -> u16 {
    service.call("GET", "/api/users", token, Value::Null).await.status
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

#[tokio::test]
async fn sign_in_returns_opaque_tokens_accepted_in_both_headers() {
    let service = Service::start().await;
    let person = client(&service).await;
    let session = sign_in(&service, &person.user.email.to_uppercase(), PASSWORD).await.ok(200);
    for key in ["access_token", "expire_token"] {
        let token = text(&session, key);
        assert!(token.len() == 128 && token.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
    }

    let in_15_minutes = service.state.now().as_secs_f64() + 900.0;
    assert_eq!(session["expire_date"], in_15_minutes);
    assert_eq!(session["user"]["user_id"], person.id().to_string());
    assert!(session["user"].get("password").is_none());

    assert_eq!(status_with(&service, text(&session, "access_token")).await, 200);
    let plural = service.request("GET", "/api/users", None);
    let plural = plural.header("X-Forensics-Access-Token", text(&session, "access_token"));
    assert_eq!(service.send(plural).await.status, 200);
    service.stop().await;
}

#[tokio::test]
async fn wrong_password_and_unknown_account_have_equal_responses() {
    let service = Service::start().await;
    let person = client(&service).await;
    let wrong = sign_in(&service, &person.user.email, "wrong password").await;
    let unknown = sign_in(&service, "nobody@acme.example", PASSWORD).await;
    wrong.is_error(401, 7);
    assert_eq!(wrong.bytes, unknown.bytes, "responses must not reveal which accounts exist");

    let bodies = [(json!({}), 3), (json!({"credentials": {}}), 3), (json!({"credentials": 1}), 5)];
    for (body, number) in bodies {
        let request = service.request("POST", "/api/authorize/auth", None).json(&body);
        service.send(request).await.is_error(400, number);
    }

    service.get("/api/users").await.is_error(401, 6);
    service.call("GET", "/api/users", &"0".repeat(128), Value::Null).await.is_error(401, 7);
    service.stop().await;
}

#[tokio::test]
async fn used_session_is_extended_and_idle_session_expires() {
    let service = Service::start().await;
    let person = client(&service).await;
    for _ in 0..3 {
        service.clock.advance(Duration::from_secs(14 * 60));
        assert_eq!(status_with(&service, &person.token).await, 200);
    }
    service.clock.advance(Duration::from_secs(15 * 60));
    service.call("GET", "/api/users", &person.token, Value::Null).await.is_error(401, 8);
    service.stop().await;
}

#[tokio::test]
async fn session_is_not_extended_when_sliding_is_off() {
    let service = Service::with(|config| config.sessions.sliding = false).await;
    let person = client(&service).await;
    service.clock.advance(Duration::from_secs(14 * 60));
    assert_eq!(status_with(&service, &person.token).await, 200);
    service.clock.advance(Duration::from_secs(60));
    assert_eq!(status_with(&service, &person.token).await, 401);
    service.stop().await;
}

#[tokio::test]
async fn service_user_stays_signed_in_for_years() {
    let service = Service::start().await;
    let company = service.company("Acme").await;
    let service_user = service.person(Role::ClientService, Some(company)).await;
    service.clock.advance(Duration::from_secs(4 * 365 * 86_400));
    assert_eq!(status_with(&service, &service_user.token).await, 200);
    service.stop().await;
}

#[tokio::test]
async fn old_tokens_expire_on_first_use_of_the_new_ones() {
    let service = Service::start().await;
    let person = client(&service).await;
    let old = sign_in(&service, &person.user.email, PASSWORD).await.ok(200);
    let body = json!({"expire_token": old["expire_token"]});

    let refresh = |token: String, body: Value| {
        let service = &service;
        async move { service.call("POST", "/api/authorize/refresh", &token, body).await }
    };
    let new = refresh(text(&old, "access_token").into(), body.clone()).await.ok(200);
    assert_eq!(
        status_with(&service, text(&old, "access_token")).await,
        200,
        "old token is valid until the new one is used"
    );
    assert_eq!(status_with(&service, text(&new, "access_token")).await, 200);
    service.call("GET", "/api/users", text(&old, "access_token"), Value::Null).await.is_error(401, 7);
    refresh(text(&new, "access_token").into(), body).await.is_error(401, 7);
    service.stop().await;
}

#[tokio::test]
async fn refresh_requires_the_callers_own_token() {
    let service = Service::start().await;
    let person = client(&service).await;
    let other = service.person(Role::Client, person.user.company).await;
    let session = sign_in(&service, &person.user.email, PASSWORD).await.ok(200);
    let path = "/api/authorize/refresh/";
    let missing = service.call("POST", path, &person.token, json!({})).await;
    missing.is_error(400, 3);
    assert!(missing.json()["error_message"].as_str().unwrap().contains("key_path expire_token"));

    let unknown = json!({"expire_token": "0".repeat(128)});
    service.call("POST", path, &person.token, unknown).await.is_error(401, 7);
    let body = json!({"expire_token": session["expire_token"]});
    service.call("POST", path, &other.token, body).await.is_error(403, 9);
    service.stop().await;
}

#[tokio::test]
async fn sign_out_ends_the_session() {
    let service = Service::start().await;
    let person = client(&service).await;
    service.call("POST", "/api/authorize/logout", &person.token, Value::Null).await.ok(204);
    assert_eq!(status_with(&service, &person.token).await, 401);
    service.stop().await;
}

#[tokio::test]
async fn repeated_failures_are_throttled() {
    let service = Service::with(|config| config.sign_in.max_failures_per_account = 3).await;
    let person = client(&service).await;
    for _ in 0..3 {
        sign_in(&service, &person.user.email, "wrong password").await.is_error(401, 7);
    }
    let refused = sign_in(&service, &person.user.email, PASSWORD).await;
    refused.is_error(429, 9);
    assert_eq!(refused.header("retry-after"), Some("900"));
    service.clock.advance(Duration::from_secs(901));
    sign_in(&service, &person.user.email, PASSWORD).await.ok(200);
    service.stop().await;
}

#[tokio::test]
async fn all_roles_except_operators_get_capture_tokens() {
    let service = Service::start().await;
    let company = service.company("Acme").await;
    for role in Role::ALL {
        let person = service.person(role, role.has_company().then_some(company)).await;
        let answer = service.call("GET", "/api/authorize/session_token", &person.token, Value::Null).await;
        if role == Role::Operator {
            answer.is_error(403, 9);
            continue;
        }
        let token = answer.ok(200)["session_token"].as_str().unwrap().to_owned();
        let tokens = service.state.capture_tokens();
        assert_eq!(tokens.redeem(&token, service.state.now()).unwrap().sub, Some(person.id()));
        assert_eq!(tokens.redeem(&token, service.state.now()), Err(CaptureRefusal::Used));
    }
    service.get("/api/authorize/session_token").await.is_error(401, 6);
    service.stop().await;

    let stateless = Service::stateless(|_| ()).await;
    stateless.get("/api/authorize/session_token").await.ok(200);
    stateless.stop().await;
}

#[tokio::test]
async fn first_administrator_is_created_once_with_a_random_password() {
    let service = Service::start().await;
    let first = bootstrap_administrator(&service.state).await.unwrap().unwrap();
    assert!(bootstrap_administrator(&service.state).await.unwrap().is_none());
    let session = sign_in(&service, &first.email, &first.password).await.ok(200);
    assert_eq!(session["user"]["user_type"], "ADMIN");
    assert!(!format!("{first:?}").contains(&first.password));
    service.stop().await;
}

#[tokio::test]
async fn sign_ins_are_audited_without_secrets() {
    let service = Service::start().await;
    let person = client(&service).await;
    sign_in(&service, &person.user.email, "wrong password").await.is_error(401, 7);
    sign_in(&service, &person.user.email, PASSWORD).await.ok(200);
    let entries = service.ports().audit.entries(0, 100).await.unwrap();
    let actions: Vec<&str> = entries.iter().map(|entry| entry.event.action.as_str()).collect();
    assert_eq!(actions, ["session.refused", "session.opened"]);
    let all = format!("{entries:?}");
    assert!(!all.contains(&person.user.email) && !all.contains(PASSWORD));
    service.stop().await;
}
