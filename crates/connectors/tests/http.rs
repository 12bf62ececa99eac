//! Does HTTP carry a request once, where it was meant to go, and say truly what is known when no
//! answer comes? Against a listener on this machine that says exactly what it is told to say.

use std::time::Duration;

use concordat_connectors::{HttpOptions, HttpTransport};
use concordat_remote::{Method, Request, Response, Transport, TransportError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// `{"a":1}`, compressed.
const SMALL: &[u8] = &[
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0x56, 0x4a, 0x54, 0xb2, 0x32,
    0xac, 0x05, 0x00, 0xaf, 0xac, 0x1b, 0x56, 0x07, 0x00, 0x00, 0x00,
];
/// 200 000 zeros, compressed.
const BOMB: &[u8] = &[
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xc1, 0x31, 0x01, 0x00, 0x00,
    0x00, 0xc2, 0xa0, 0x4a, 0xeb, 0x9f, 0xce, 0x0c, 0xfe, 0x40, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xaf, 0x01, 0x94, 0x7d,
    0x23, 0x36, 0x40, 0x0d, 0x03, 0x00,
];

/// A server for one connection; what it was sent comes back from the handle.
async fn server(answer: Vec<u8>) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let handle = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut heard = Vec::new();
        let mut buffer = [0; 4096];
        while !heard.windows(4).any(|it| it == b"\r\n\r\n") || !is_whole(&heard) {
            match stream.read(&mut buffer).await.expect("bytes") {
                0 => break,
                count => heard.extend_from_slice(&buffer[..count]),
            }
        }
        stream.write_all(&answer).await.expect("written");
        stream.shutdown().await.expect("closed");
        String::from_utf8(heard).expect("text")
    });
    (base, handle)
}

fn is_whole(heard: &[u8]) -> bool {
    let text = String::from_utf8_lossy(heard).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| body.len() >= length.parse().expect("a length"))
}

fn plain(head: &str, body: &[u8]) -> Vec<u8> {
    let mut answer =
        format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    answer
}

fn request(path: &str) -> Request {
    Request {
        method: Method::Get,
        path: path.into(),
        query: vec![("email".into(), "PII-CANARY+1@x.com".into())],
        headers: vec![("authorization".into(), "SECRET-CANARY".into())],
        body: Vec::new(),
    }
}

fn options() -> HttpOptions {
    HttpOptions { body_bytes_max: 64 * 1024, total_timeout: Duration::from_millis(1500) }
}

async fn send(base: &str, request: Request) -> Result<Response, TransportError> {
    let base = base.parse().expect("an address");
    HttpTransport::new(base, &options()).expect("a transport").send(request).await
}

#[tokio::test]
async fn a_request_arrives_below_the_base_with_everything_encoded() {
    for (method, body) in [
        (Method::Post, "{\"x\":1}"),
        (Method::Put, "{\"x\":1}"),
        (Method::Delete, "{\"x\":1}"),
        (Method::Put, ""),
    ] {
        let (base, heard) = server(plain("200 OK\r\nX-Trace: t", b"{}")).await;
        let mut write = request("/contacts/a%2Fb");
        (write.method, write.body) = (method, body.as_bytes().to_vec());
        let response = send(&format!("{base}/api/public/"), write).await.expect("an answer");
        assert_eq!((response.status, response.body.as_slice()), (200, &b"{}"[..]));
        assert_eq!(response.header("x-trace"), Some("t"));
        let heard = heard.await.expect("no panic");
        let target = "/api/public/contacts/a%2Fb?email=PII-CANARY%2B1%40x.com";
        let first = format!("{} {target} HTTP/1.1", method.as_str());
        assert_eq!(heard.lines().next(), Some(first.as_str()));
        assert!(heard.contains("authorization: SECRET-CANARY"));
        // A write says how long its body is, even if it has none.
        let length = format!("content-length: {}", body.len());
        assert!(heard.contains(&length) && heard.ends_with(&format!("\r\n\r\n{body}")), "{heard}");
    }
}

#[tokio::test]
async fn redirects_are_answers_and_are_not_followed() {
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let elsewhere = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let target = elsewhere.local_addr().expect("an address");
        let head = format!("{status}\r\nlocation: http://{target}/");
        let (base, _heard) = server(plain(&head, b"")).await;
        let response = send(&base, request("/organisation")).await.expect("an answer");
        assert!((300..400).contains(&response.status));
        let visit = tokio::time::timeout(Duration::from_millis(50), elsewhere.accept()).await;
        assert!(visit.is_err(), "{status} was followed");
    }
}

#[tokio::test]
async fn compressed_answers_are_unfolded_up_to_the_cap() {
    let zipped = "200 OK\r\ncontent-encoding: gzip";
    let (base, _heard) = server(plain(zipped, SMALL)).await;
    let response = send(&base, request("/x")).await.expect("an answer");
    assert_eq!(response.body, b"{\"a\":1}");
    let (base, _heard) = server(plain(zipped, BOMB)).await;
    let error = send(&base, request("/x")).await.err();
    assert_eq!(error, Some(TransportError::TooLarge(64 * 1024)));
    let (base, _heard) = server(plain("200 OK", &vec![b' '; 70 * 1024])).await;
    let error = send(&base, request("/x")).await.err();
    assert_eq!(error, Some(TransportError::TooLarge(64 * 1024)));
    let (base, _heard) = server(plain(zipped, b"not gzip at all")).await;
    let error = send(&base, request("/x")).await.err();
    assert_eq!(error, Some(TransportError::NoAnswer("the answer cannot be decompressed".into())));
}

#[tokio::test]
async fn only_a_connection_that_was_never_made_is_certain() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let closed = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let (silent, _silent) = server(Vec::new()).await;
    let (cut, _cut) = server(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{".to_vec()).await;
    let (garbled, _garbled) = server(b"PII-CANARY\r\n\r\n".to_vec()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let not_tls = format!("https://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.expect("written");
    });
    for (base, certain) in
        [(closed, true), (silent, false), (cut, false), (garbled, false), (not_tls, true)]
    {
        let error = send(&base, request("/PII-CANARY")).await.err().expect("no answer");
        match &error {
            TransportError::NotSent(_) => assert!(certain, "{error}"),
            TransportError::NoAnswer(_) => assert!(!certain, "{error}"),
            TransportError::TooLarge(_) => panic!("{error}"),
        }
        assert!(!format!("{error} {error:?}").contains("CANARY"), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left_after_the_time_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let error = send(&base, request("/x")).await.err();
    assert_eq!(error, Some(TransportError::NoAnswer("no answer in time".into())));
}

#[tokio::test]
async fn paths_and_headers_that_are_none_are_not_sent() {
    let base = "http://127.0.0.1:9";
    for path in ["", "x", ".evil.example/", "@evil.example/"] {
        let error = send(base, request(path)).await.err();
        assert_eq!(error, Some(TransportError::NotSent("the path is not a path".into())));
    }
    let below = send(&format!("{base}/api/public"), request("/../../other")).await.err();
    assert_eq!(below, Some(TransportError::NotSent("the path is not a path".into())));
    let mut odd = request("/x");
    odd.headers = vec![("authorization".into(), "SECRET-CANARY\r\nx: y".into())];
    let error = send(base, odd).await.err().expect("not sent");
    assert!(matches!(error, TransportError::NotSent(_)) && !error.to_string().contains("CANARY"));
}

#[test]
fn keys_travel_over_tls_or_stay_on_this_machine() {
    for (base, allowed) in [
        ("https://services.leadconnectorhq.com", true),
        ("https://au.cyber-risk.upguard.com/api/public", true),
        ("http://127.0.0.1:8080", true),
        ("http://127.9.9.9:8080", true),
        ("http://[::1]:8080/", true),
        ("http://localhost:8080", true),
        ("http://sandbox:8080", false),
        ("http://services.leadconnectorhq.com", false),
        ("http://localhost.evil.example", false),
        ("http://10.0.0.1", false),
        ("http://169.254.169.254", false),
        ("http://[::ffff:127.0.0.1]", false),
        ("ftp://localhost", false),
        ("file:///etc/passwd", false),
        ("https://user:SECRET-CANARY@services.leadconnectorhq.com", false),
        ("https://services.leadconnectorhq.com/?key=SECRET-CANARY", false),
    ] {
        let made = HttpTransport::new(base.parse().expect("an address"), &options());
        assert_eq!(made.is_ok(), allowed, "{base}");
        if let Err(error) = made {
            assert!(!error.to_string().contains("CANARY"), "{error}");
        }
    }
}
