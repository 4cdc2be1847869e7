//! Lists: filters, sorting and paging.

use std::time::Duration;

use serde_json::{Value, json};

use super::{post, text};
use crate::support::{Person, Service, jpeg};

async fn folders(service: &Service, user: &Person, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    for n in 0..count {
        let payload =
            json!({"folder:meta_data": {"transaction_id": format!("T-{n}"), "person": {"age": n % 2}}});
        let folder = post(service, user, "/api/folders", &payload, &[("a", "a.jpg", jpeg("face=ada"))]).await;
        ids.push(text(&folder.ok(201), "folder_id"));
        service.clock.advance(Duration::from_secs(10));
    }
    ids
}

async fn ids(service: &Service, user: &Person, query: &str) -> Vec<String> {
    let answer =
        service.call("GET", &format!("/api/folders/{query}"), &user.token, Value::Null).await.ok(200);
    answer.as_array().unwrap().iter().map(|folder| text(folder, "folder_id")).collect()
}

#[tokio::test]
async fn folders_are_filtered_by_metadata_time_and_id() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let start = service.state.now().as_secs_f64();
    let all = folders(&service, &user, 4).await;
    let find = async |query: &str| ids(&service, &user, query).await;

    let since = format!("?meta_data=transaction_id==T-2&time_created.min={start}");
    assert_eq!(find(&since).await, [all[2].clone()]);
    assert_eq!(find("?meta_data=transaction_id%3D%3DT-2").await, [all[2].clone()]);
    assert_eq!(find("?meta_data=transaction_id==T-9").await, Vec::<String>::new());
    assert_eq!(find("?meta_data=person.age==1&meta_data=transaction_id!=T-1").await, [all[3].clone()]);

    let later = format!("?time_created.min={}&time_created.max={}", start + 5.0, start + 20.0);
    assert_eq!(find(&later).await, all[1..3]);
    assert_eq!(
        find(&format!("?folder_id={},{}&folder_id.exclude={}", all[0], all[1], all[0])).await,
        all[1..2]
    );
    assert_eq!(find(&format!("?user_id={}&resolution_status=INITIAL", user.user.id)).await, all);
    assert_eq!(find("?resolution_status=FINISHED,PROCESSING").await, Vec::<String>::new());
    service.stop().await;
}

#[tokio::test]
async fn lists_are_sorted_and_paged() {
    let service = Service::start().await;
    let user = service.service_user().await;
    let all = folders(&service, &user, 3).await;
    let reversed: Vec<String> = all.iter().rev().cloned().collect();
    let find = async |query: &str| ids(&service, &user, query).await;

    assert_eq!(find("").await, all);
    // The test client percent-encodes braces; `raw` sends them unencoded.
    assert_eq!(find("?sorting=time_created%7Bdesc%7D").await, reversed);
    assert_eq!(raw(&service, &user, "/api/folders/?sorting=time_created{desc}").await, reversed);
    assert_eq!(find("?offset=1&limit=1").await, all[1..2]);

    let answer = service.call("GET", "/api/folders?limit=1", &user.token, Value::Null).await;
    assert_eq!(answer.header("x-total-count"), Some("3"));
    let answer = service.call("GET", "/api/folders?limit=1&total_omit=true", &user.token, Value::Null).await;
    assert_eq!(answer.header("x-total-count"), None);

    for wrong in ["?limit=x", "?sorting=name", "?meta_data=x", "?resolution_status=DONE", "?folder_id=1"] {
        let path = format!("/api/folders/{wrong}");
        service.call("GET", &path, &user.token, Value::Null).await.is_error(400, 4);
    }
    service.stop().await;
}

/// IDs of a list, requested with an unencoded path.
async fn raw(service: &Service, user: &Person, path: &str) -> Vec<String> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let mut connection = tokio::net::TcpStream::connect(service.address).await.unwrap();
    let token = &user.token;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forensics-Access-Token: {token}\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).await.unwrap();

    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    let body: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
    body.as_array().unwrap().iter().map(|folder| text(folder, "folder_id")).collect()
}

#[tokio::test]
async fn default_page_has_100_folders_without_analyses() {
    let service = Service::start().await;
    let user = service.service_user().await;
    for _ in 0..101 {
        service.call("POST", "/api/folders", &user.token, Value::Null).await.ok(201);
    }
    assert_eq!(ids(&service, &user, "").await.len(), 100);

    let media = [("a", "a.jpg", jpeg("face=ada"))];
    let folder = post(&service, &user, "/api/folders", &Value::Null, &media).await.ok(201);
    let path = format!("/api/folders/{}/analyses", text(&folder, "folder_id"));
    service.call("POST", &path, &user.token, json!({"analyses": [{"type": "QUALITY"}]})).await.ok(201);
    let get = async |query: &str| {
        let path = format!("/api/folders?analyse.type=QUALITY{query}");
        service.call("GET", &path, &user.token, Value::Null).await.ok(200)
    };
    assert_eq!(get("").await[0]["analyses"], json!([]));
    assert_eq!(get("&with_analyses=true").await[0]["analyses"][0]["type"], "QUALITY");
    service.stop().await;
}
