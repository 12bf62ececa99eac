//! Is the world reachable over loopback HTTP, and are connections really cut?

use chrono::{DateTime, Utc};
use concordat_sandbox::{Options, Running, Sandbox};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).unwrap_or_default()
}

/// Sends one request on a fresh connection; `None` when it was closed without an answer.
async fn ask(method: &str, url: &str, headers: &str, body: &Value) -> Option<(String, String)> {
    let rest = url.strip_prefix("http://").expect("loopback");
    let (host, path) = rest.split_once('/').expect("a path");
    let mut tcp = TcpStream::connect(host).await.expect("a listener");
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let request = format!(
        "{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    tcp.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    // A reset is the other way of not answering.
    if tcp.read_to_end(&mut answer).await.is_err() || answer.is_empty() {
        return None;
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    answer.split_once("\r\n\r\n").map(|(head, body)| (head.to_lowercase(), body.to_owned()))
}

async fn highlevel(
    running: &Running,
    method: &str,
    path: &str,
    body: &Value,
) -> Option<(String, String)> {
    let headers = format!("authorization: Bearer {}\r\nversion: 2021-07-28\r\n", running.token);
    ask(method, &format!("{}{path}", running.highlevel_base_url), &headers, body).await
}

#[tokio::test]
async fn both_systems_and_the_control_api_are_served() {
    let running = Sandbox::start(Options::default(), now).await.expect("started");
    let line: Value = serde_json::from_str(&running.contract_line()).expect("one JSON line");
    let base = line["upguard"]["base_url"].as_str().expect("a base url");
    let key = format!("authorization: {}\r\n", running.api_key);
    let (head, body) = ask("GET", &format!("{base}/vendors?page_size=10"), &key, &Value::Null)
        .await
        .expect("answered");
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert_eq!(head.matches("\r\ndate:").count(), 1, "{head}");
    assert!(head.contains("date: thu, 28 may 2026 20:26:40 gmt"), "{head}");
    assert!(body.contains("total_results"));
    let create = json!({ "locationId": running.location_id, "email": "served@x.com" });
    let (head, _) = highlevel(&running, "POST", "/contacts/", &create).await.expect("answered");
    assert!(
        head.starts_with("http/1.1 201") && head.contains("x-ratelimit-remaining: 99"),
        "{head}"
    );
    let effects = format!("{}/effects", running.control_url);
    let (_, body) = ask("GET", &effects, "", &Value::Null).await.expect("answered");
    let effects: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(effects["effects"][0]["entity"], "contact");
    running.stop().await.expect("stopped");
}

#[tokio::test]
async fn a_dropped_connection_answers_nothing_and_keeps_the_effect() {
    let running = Sandbox::start(Options::default(), now).await.expect("started");
    let faults = format!("{}/faults", running.control_url);
    let strike = json!({ "drop_after_commit": { "path": "/contacts/", "next": 1 } });
    ask("POST", &faults, "", &strike).await.expect("answered");
    let create = json!({ "locationId": running.location_id, "email": "cut@x.com" });
    assert_eq!(highlevel(&running, "POST", "/contacts/", &create).await, None);
    assert_eq!(running.with_world(|world| world.effects().len()), 1);
    let (head, body) = highlevel(&running, "POST", "/contacts/", &create).await.expect("answered");
    assert!(head.starts_with("http/1.1 400") && body.contains("matchingField"), "{body}");
    running.stop().await.expect("stopped");
}
