//! Telemetry events.

use std::time::Duration;

use oz_core::account::Role;
use serde_json::{Value, json};

use crate::support::Service;

#[tokio::test]
async fn events_are_stored_unchanged_and_filtered_by_session_and_time() {
    let service = Service::start().await;
    let company = service.company("Acme").await;
    let client = service.person(Role::Client, Some(company)).await;
    let manager = service.person(Role::ClientAdministrator, Some(company)).await;
    for session in ["s-1", "s-2"] {
        let body = json!({"session_id": session, "events": [{"name": "camera", "ms": 12}]});
        let event = service.call("POST", "/api/event_sessions", &client.token, body.clone()).await.ok(201);
        assert_eq!((&event["content"], &event["session_id"]), (&body, &json!(session)));
        service.clock.advance(Duration::from_secs(60));
    }

    let list = async |query: &str| {
        let answer =
            service.call("GET", &format!("/api/event_sessions/{query}"), &manager.token, Value::Null).await;
        let names: Vec<String> = answer
            .ok(200)
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["session_id"].as_str().unwrap().into())
            .collect();
        (names.join(" "), answer.header("x-total-count").map(str::to_owned))
    };

    assert_eq!(list("").await, ("s-1 s-2".into(), Some("2".into())));
    assert_eq!(list("?sorting=time_created{desc}&limit=1").await, ("s-2".into(), Some("2".into())));
    assert_eq!(list("?session_id.exclude=s-1&total_omit=true").await, ("s-2".into(), None));
    let since = service.state.now().as_secs_f64() - 90.0;
    assert_eq!(list(&format!("?time_created.min={since}")).await.0, "s-2");

    service.call("GET", "/api/event_sessions", &client.token, Value::Null).await.is_error(403, 9);
    service.call("POST", "/api/event_sessions", &client.token, json!([1])).await.is_error(400, 5);
    service.stop().await;
}
