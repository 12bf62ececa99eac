//! How does a test talk to the control API? One request per connection, over a plain socket.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// Longer than any answer of a sandbox takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was answered.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Value,
}

/// Asks for a document.
pub fn get(url: &str) -> Answer {
    request("GET", url, None)
}

/// Sends a document.
pub fn post(url: &str, body: &Value) -> Answer {
    request("POST", url, Some(body))
}

fn request(method: &str, url: &str, body: Option<&Value>) -> Answer {
    let rest = url.strip_prefix("http://").expect("a plain http address");
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = format!(
        "{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let bytes = exchange(host, &[head.as_bytes(), body.as_bytes()].concat());
    let (head, body) = split(&bytes);
    let status = head.split_whitespace().nth(1).and_then(|it| it.parse().ok()).expect("a status");
    Answer { status, body: serde_json::from_slice(body).expect("a JSON answer") }
}

/// Sends a whole request and reads until the other end closes.
pub fn exchange(host: &str, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(host).expect("a sandbox that listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time limit");
    stream.write_all(request).expect("a sandbox that reads");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("a sandbox that answers");
    bytes
}

/// The head of a message, and what follows it.
pub fn split(bytes: &[u8]) -> (&str, &[u8]) {
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n").expect("a whole head");
    (std::str::from_utf8(&bytes[..end]).expect("a readable head"), &bytes[end + 4..])
}

/// A header of a message's head, by its lower-case name.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.into_iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}
