//! Delivery of notices.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use oz_core::folder::{AnalysisKind, notice_id};
use oz_core::storage::{Job, JobState};
use oz_http::work::webhook_secret;
use sha2::Sha256;

use crate::case::{Case, Filed, Plan, until};
use crate::endpoint::{Endpoint, Sent};

const GRACE: Duration = Duration::from_secs(5);

async fn filed(case: &Case, endpoint: String) -> Filed {
    let (media, kinds): (&[&str], _) = (&["face=ada"], &[AnalysisKind::Liveness]);
    case.file(Plan { media, kinds, endpoint: Some(endpoint), ..Plan::default() }).await
}

async fn notice(case: &Case, filed: &Filed, wanted: impl Fn(&Job) -> bool) -> Job {
    let id = notice_id(filed.group);
    until(async || case.service.ports().jobs.job(id).await.ok().filter(|job| wanted(job))).await
}

/// Verifies the signature like a Standard Webhooks library.
fn is_signed(case: &Case, sent: &Sent) -> bool {
    let secret = webhook_secret(case.service.state.secrets(), case.company);
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{}.{}.", sent.headers["webhook-id"], sent.headers["webhook-timestamp"]).as_bytes());
    mac.update(&sent.body);
    let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    sent.headers["webhook-signature"] == expected
}

#[tokio::test]
async fn notice_is_signed_and_retried_under_one_id_until_accepted() {
    let case = Case::with(|config| config.webhooks.allow_private = true).await;
    let redirect = "302 Found\r\nLocation: http://127.0.0.1:1/elsewhere";
    let endpoint = Endpoint::answering(&["503 Service Unavailable", redirect]).await;

    let workers = case.workers();
    let filed = filed(&case, endpoint.url("/oz?key=1")).await;
    for attempt in 1..=2 {
        let waiting =
            notice(&case, &filed, |job| job.state == JobState::Waiting && job.attempts == attempt).await;
        assert_eq!(waiting.failure.as_ref().unwrap().code, "notice.undelivered");
        assert!(waiting.due >= case.service.state.now().after(Duration::from_secs(10)));
        case.service.clock.advance(Duration::from_secs(30));
    }
    notice(&case, &filed, |job| job.state == JobState::Done).await;

    let sent = endpoint.sent();
    assert_eq!(sent.len(), 3, "two refusals, then accepted; the redirect is not followed");
    for one in &sent {
        assert_eq!(one.line, "POST /oz?key=1 HTTP/1.1");
        assert_eq!(one.headers["webhook-id"], notice_id(filed.group).to_string());
        assert!(is_signed(&case, one));
        let body: serde_json::Value = serde_json::from_slice(&one.body).unwrap();
        assert_eq!(body["folder_id"], filed.folder.to_string());
        assert_eq!(
            (&body["resolution_status"], &body["system_resolution"]),
            (&"FINISHED".into(), &"SUCCESS".into())
        );
        assert_eq!(body["analyses"][0]["analyse_id"], filed.analyses[0].to_string());
        assert_eq!(body["media"][0]["media_id"], filed.media[0].to_string());
    }
    assert_ne!(sent[0].headers["webhook-timestamp"], sent[2].headers["webhook-timestamp"]);
    workers.stop(GRACE).await;
}

#[tokio::test]
async fn private_endpoints_are_refused() {
    let case = Case::new().await;
    let endpoint = Endpoint::answering(&[]).await;
    let workers = case.workers();
    let port = endpoint.url("").rsplit_once(':').unwrap().1.to_owned();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1"] {
        let filed = filed(&case, format!("http://{host}:{port}/")).await;
        let dead = notice(&case, &filed, |job| job.state.is_final()).await;
        assert_eq!(
            (dead.state, dead.failure.unwrap().code.as_str()),
            (JobState::Dead, "notice.refused"),
            "{host}"
        );
    }
    assert!(endpoint.sent().is_empty());
    workers.stop(GRACE).await;
}

#[tokio::test]
async fn unresponsive_endpoint_does_not_block_other_notices() {
    let case = Case::with(|config| {
        config.webhooks.allow_private = true;
        config.webhooks.timeout = oz_http::config::Period::millis(50);
    })
    .await;

    // The operating system accepts connections, but nothing reads from them.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let workers = case.workers();
    let stuck = filed(&case, format!("http://{}/", silent.local_addr().unwrap())).await;
    let waiting = notice(&case, &stuck, |job| job.state == JobState::Waiting && job.attempts == 1).await;
    assert!(waiting.failure.unwrap().message.contains("in time"));

    let endpoint = Endpoint::answering(&["410 Gone"]).await;
    let gone = filed(&case, endpoint.url("/")).await;
    assert_eq!(
        notice(&case, &gone, |job| job.state.is_final()).await.state,
        JobState::Dead,
        "410 ends the attempts"
    );
    workers.stop(GRACE).await;
}
