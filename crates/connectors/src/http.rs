//! How do bytes travel? The only file that names reqwest.
//!
//! It sends each request once: no retries, no redirects, no address from a body. An error is
//! `NotSent` only if no connection was made; everything later may have had an effect. Texts are
//! ours: reqwest's own quote the address with its query, which holds personal data.

use std::error::Error as _;
use std::time::Duration;

use async_trait::async_trait;
use concordat_remote::{Method, Request, Response, Transport, TransportError};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use thiserror::Error;
use url::{Host, Url};

use crate::percent;

/// How long making a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the answer may pause; some UpGuard answers take a minute (`upguard.md` §1, latency).
const READ_TIMEOUT: Duration = Duration::from_secs(90);

/// What to be careful about on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpOptions {
    /// How long a call may take in all.
    pub total_timeout: Duration,
    /// The largest answer, after decompression.
    pub body_bytes_max: usize,
}

impl Default for HttpOptions {
    fn default() -> Self {
        HttpOptions { total_timeout: Duration::from_secs(120), body_bytes_max: 32 * 1024 * 1024 }
    }
}

/// Why there is no way to a side.
#[derive(Debug, Error)]
pub enum HttpError {
    /// The address would expose the credentials, or is not one.
    #[error("the address {0} cannot be used: {1}")]
    Address(String, &'static str),
    /// The TLS machinery did not start.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(String),
}

/// HTTP to one base address.
pub struct HttpTransport {
    client: reqwest::Client,
    base: Url,
    body_bytes_max: usize,
}

impl HttpTransport {
    /// A way to the API below `base`, which must be `https`, or `http` to this machine.
    pub fn new(base: Url, options: &HttpOptions) -> Result<Self, HttpError> {
        let local = check(&base)?;
        install_provider();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("concordat/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .timeout(options.total_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .gzip(true)
            .tls_backend_rustls()
            // Also keeps the client buildable where no system store exists.
            .tls_certs_merge(roots()?);
        if local {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| HttpError::Client(reason(&error)))?;
        Ok(HttpTransport { client, base, body_bytes_max: options.body_bytes_max })
    }

    /// The address of a request. Its origin is the base's, whatever the path says.
    fn address(&self, request: &Request) -> Result<Url, TransportError> {
        let wrong = || TransportError::NotSent("the path is not a path".into());
        if !request.path.starts_with('/') {
            return Err(wrong());
        }
        let below = self.base.path().trim_end_matches('/');
        let mut url = self.base.clone();
        url.set_path(&format!("{below}{}", request.path));
        let query = percent::query(&request.query);
        url.set_query((!query.is_empty()).then_some(&query));
        let inside = url.path().starts_with(below) && url.origin() == self.base.origin();
        inside.then_some(url).ok_or_else(wrong)
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let address = self.address(&request)?;
        let headers = headers(&request.headers)?;
        let sent = self.client.request(method(request.method), address).headers(headers);
        let sent = match (request.method, request.body.is_empty()) {
            (Method::Get, true) => sent,
            // Some servers turn away a write that does not say how long its body is.
            (Method::Post | Method::Put | Method::Delete, true) => {
                sent.header(reqwest::header::CONTENT_LENGTH, 0)
            }
            (Method::Get | Method::Post | Method::Put | Method::Delete, false) => {
                sent.body(request.body)
            }
        };
        let mut answer = sent.send().await.map_err(|error| failed(&error))?;
        let status = answer.status().as_u16();
        let headers = answer.headers().iter();
        let headers = headers.filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        });
        let headers = headers.collect();
        let mut body = Vec::new();
        // Decompressed chunks, so that the cap also bounds what a small body unfolds to.
        while let Some(chunk) = answer.chunk().await.map_err(|error| broken(&error))? {
            if body.len() + chunk.len() > self.body_bytes_max {
                return Err(TransportError::TooLarge(self.body_bytes_max));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status, headers, body })
    }
}

/// Whether the address may be used; answers whether it is this machine.
fn check(base: &Url) -> Result<bool, HttpError> {
    let refuse = |why| {
        let mut shown = base.clone();
        shown.set_query(None);
        // Both fail only on addresses that hold no such part.
        if shown.set_password(None).is_err() || shown.set_username("").is_err() {
            return Err(HttpError::Address(base.scheme().to_owned(), why));
        }
        Err(HttpError::Address(shown.to_string(), why))
    };
    if !base.username().is_empty() || base.password().is_some() {
        return refuse("it holds a user name or password");
    }
    if base.query().is_some() || base.fragment().is_some() {
        return refuse("it holds a query or fragment");
    }
    let local = match base.host() {
        None => return refuse("it has no host"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
    };
    match base.scheme() {
        "https" => Ok(local),
        "http" if local => Ok(local),
        "http" => refuse("without TLS only this machine is spoken to"),
        _ => refuse("only https is spoken, and http to this machine"),
    }
}

/// ring is the only crypto provider in the tree; whoever installs it first wins, and it is the same.
fn install_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none()
        && rustls::crypto::ring::default_provider().install_default().is_err()
    {
        tracing::trace!("another thread installed the TLS provider");
    }
}

fn roots() -> Result<Vec<reqwest::Certificate>, HttpError> {
    let roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    let roots = roots.map(|der| reqwest::Certificate::from_der(der));
    roots.collect::<Result<_, _>>().map_err(|error| HttpError::Client(reason(&error)))
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn headers(pairs: &[(String, String)]) -> Result<HeaderMap, TransportError> {
    let wrong = || TransportError::NotSent("a header cannot be sent; is the key damaged?".into());
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        let mut value = HeaderValue::from_str(value).map_err(|_| wrong())?;
        value.set_sensitive(name == reqwest::header::AUTHORIZATION);
        headers.append(name, value);
    }
    Ok(headers)
}

fn failed(error: &reqwest::Error) -> TransportError {
    if error.is_builder() {
        TransportError::NotSent("the request cannot be built".into())
    } else if error.is_connect() {
        TransportError::NotSent(format!("no connection: {}", reason(error)))
    } else {
        broken(error)
    }
}

fn broken(error: &reqwest::Error) -> TransportError {
    TransportError::NoAnswer(if error.is_timeout() {
        "no answer in time".into()
    } else if error.is_decode() {
        "the answer cannot be decompressed".into()
    } else {
        format!("the connection broke: {}", reason(error))
    })
}

/// The innermost cause that is known to quote nothing of a request.
fn reason(error: &reqwest::Error) -> String {
    let mut at: Option<&(dyn std::error::Error + 'static)> = error.source();
    let mut found = None;
    while let Some(inner) = at {
        if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
            return tls.to_string();
        }
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            if let Some(tls) = io.get_ref().and_then(|it| it.downcast_ref::<rustls::Error>()) {
                return tls.to_string();
            }
            found = Some(io.kind().to_string());
        }
        at = inner.source();
    }
    match found {
        Some(found) => found,
        None if error.is_timeout() => "it took too long".into(),
        None if error.is_dns() => "the name cannot be resolved".into(),
        None => "no reason given".into(),
    }
}
