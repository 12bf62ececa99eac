//! Is the check able to fail? Exchanges that are as published, each changed for the worse in one way.

use concordat_remote::{Request, Response};
use serde_json::{Value as Json, json};

use super::published::Declared;

/// A member that neither vendor knows.
const UNKNOWN: &str = "concordatNeverSendsThis";

/// A request with more, and with less, than is published.
pub fn requests(declared: &Declared, good: &Request) -> Vec<(&'static str, Request)> {
    let mut more = good.clone();
    more.query.push((UNKNOWN.into(), "1".into()));
    let mut worse = vec![("an unknown parameter", more)];
    if declared.closes_body(good) {
        let mut more = good.clone();
        more.body = match declared.takes_form() {
            true => [&good.body, format!("&{UNKNOWN}=1").as_bytes()].concat(),
            false => with_unknown(&good.body),
        };
        worse.push(("an unknown member", more));
        let mut another = good.clone();
        another.headers.retain(|(name, _)| name != "content-type");
        worse.push(("a body of another kind", another));
        worse.push(("a text for a body", Request { body: b"\"x\"".to_vec(), ..good.clone() }));
    }
    let required = declared.required("query").chain(declared.required("header"));
    for name in required {
        let mut less = good.clone();
        less.query.retain(|(it, _)| !it.eq_ignore_ascii_case(name));
        less.headers.retain(|(it, _)| !it.eq_ignore_ascii_case(name));
        worse.push(("without what is required", less));
    }
    worse
}

/// An answer with another status, another kind of body, and an unknown member.
pub fn answers(declared: &Declared, good: &Response) -> Vec<(&'static str, Response)> {
    let mut worse = vec![("status 299", Response { status: 299, ..good.clone() })];
    if declared.describes(good.status) {
        worse.push(("a text for a body", Response { body: b"\"x\"".to_vec(), ..good.clone() }));
        worse.push((
            "an unknown member",
            Response { body: with_unknown(&good.body), ..good.clone() },
        ));
        worse.push(("half a body", Response { body: good.body[..1].to_vec(), ..good.clone() }));
    }
    worse
}

fn with_unknown(body: &[u8]) -> Vec<u8> {
    let mut body: Json = serde_json::from_slice(body).unwrap_or_else(|_| json!({}));
    body[UNKNOWN] = json!(1);
    body.to_string().into_bytes()
}
