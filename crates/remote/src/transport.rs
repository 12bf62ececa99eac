//! How do bytes get there and back? One request, one answer; it does not know what they say.

use async_trait::async_trait;
use thiserror::Error;

/// The methods that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes, or searches.
    Post,
    /// Changes.
    Put,
    /// Takes something off a record, or deletes one.
    Delete,
}

impl Method {
    /// As on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}

/// A request below a side's base address. Headers may hold secrets: no `Debug`.
#[derive(Clone)]
pub struct Request {
    /// What kind.
    pub method: Method,
    /// The path below the base address, percent-encoded, starting with a slash.
    pub path: String,
    /// Query parameters, not yet encoded.
    pub query: Vec<(String, String)>,
    /// Header names in lower case, and their values.
    pub headers: Vec<(String, String)>,
    /// The body; empty: none.
    pub body: Vec<u8>,
}

/// An answer. Bodies hold personal data: no `Debug`.
#[derive(Clone)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, and their values.
    pub headers: Vec<(String, String)>,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Response {
    /// The first value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TransportError {
    /// Not one byte of the request left: certainly no effect.
    #[error("{0}")]
    NotSent(String),
    /// It was, or may have been, sent; no answer came, or none that could be read to its end.
    #[error("{0}")]
    NoAnswer(String),
    /// The answer is larger than allowed.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
}

/// Sends a request, once: no retries, no redirects.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends it and reads the whole answer.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;
}
