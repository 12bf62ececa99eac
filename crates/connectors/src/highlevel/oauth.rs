//! How is an access token had, and renewed (`highlevel.md` §2)? It does not know where tokens are kept.
//!
//! A refresh token is good for one refresh, which gives the next one. Whoever asks again with the same one
//! within 30 s is given the same pair again, so a lost answer is asked for again in that time; later the
//! pair is lost. This is the only request besides those of `caller.rs` that is repeated.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use concordat_model::Ended;
use concordat_remote::{
    Cause, Clock, Failure, Observer, Request, Response, Transport, TransportError,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::Instant;

use super::operations::SIGN_IN;
use crate::call::Call;
use crate::noted::Note;
use crate::percent;
use crate::wire;

/// How long a refresh may be asked for again, and that with room for the last answer.
const WINDOW: Duration = Duration::from_secs(20);
/// How long one answer may take, so that there is time to ask again.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(8);
/// Between two attempts.
const PAUSES_MS: [u64; 5] = [100, 500, 1_000, 3_000, 6_000];

/// What proves who we are: the app's id and secret.
#[derive(Clone)]
pub struct App {
    /// The id.
    pub client_id: SecretString,
    /// The secret.
    pub client_secret: SecretString,
}

/// A pair of tokens, as it was given. Holds secrets: no `Debug`.
#[derive(Clone)]
pub struct Issued {
    /// Opens the location.
    pub access: SecretString,
    /// Gives the next pair, once.
    pub refresh: SecretString,
    /// How long the access token lasts.
    pub lasts: Duration,
    /// What it may do.
    pub scopes: BTreeSet<String>,
    /// The location it opens.
    pub location: Option<String>,
}

/// Where tokens are had.
pub struct Office {
    transport: Arc<dyn Transport>,
    app: App,
    heard: Option<(Arc<dyn Clock>, Observer)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    #[serde(rename = "access_token")]
    access: String,
    #[serde(rename = "refresh_token")]
    refresh: String,
    #[serde(rename = "expires_in")]
    lasts_s: u64,
    #[serde(default)]
    scope: String,
    location_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    message: String,
}

impl Office {
    /// The office behind `transport`, whose answers come within [`ANSWER_WITHIN`].
    pub fn new(transport: Arc<dyn Transport>, app: App) -> Self {
        Office { transport, app, heard: None }
    }

    /// The same, which tells of every request.
    pub fn heard_by(self, clock: Arc<dyn Clock>, observer: Observer) -> Self {
        Office { heard: Some((clock, observer)), ..self }
    }

    /// The pair for a code that a person's consent gave. It is asked for once: a code is good for once.
    ///
    /// # Errors
    /// If the code is not taken, or there is no answer.
    pub async fn exchange(&self, code: &str, redirect_uri: &str) -> Result<Issued, Failure> {
        let grant =
            [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri)];
        self.ask(&grant, 1).await.map_err(|(failure, _)| failure)
    }

    /// The next pair. From now on `refresh` is good for nothing else, whatever this answers.
    ///
    /// # Errors
    /// [`Cause::SignedOut`] if it is not taken; anything else says nothing about it.
    pub async fn refresh(&self, refresh: &SecretString) -> Result<Issued, Failure> {
        let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh.expose_secret())];
        let began = Instant::now();
        let mut pauses = PAUSES_MS.into_iter().map(Duration::from_millis);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let (failure, may_help) = match self.ask(&grant, attempt).await {
                Ok(issued) => return Ok(issued),
                Err(failed) => failed,
            };
            match pauses.next().filter(|it| may_help && began.elapsed() + *it < WINDOW) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(failure),
            }
        }
    }

    /// Sends one request. Answers with a failure whether asking again may help.
    async fn ask(&self, grant: &[(&str, &str)], attempt: u32) -> Result<Issued, (Failure, bool)> {
        let app = [
            ("client_id", self.app.client_id.expose_secret()),
            ("client_secret", self.app.client_secret.expose_secret()),
            ("user_type", "Location"),
        ];
        let form: Vec<(String, String)> =
            app.iter().chain(grant).map(|(name, it)| ((*name).into(), (*it).into())).collect();
        let headers =
            [("accept", "application/json"), ("content-type", "application/x-www-form-urlencoded")];
        let request = Request {
            method: SIGN_IN.method,
            path: SIGN_IN.template.into(),
            query: Vec::new(),
            headers: headers.map(|(name, it)| (name.into(), it.into())).into(),
            body: percent::query(&form).into_bytes(),
        };
        // Only the names are told.
        let call =
            form.iter().fold(Call::new(SIGN_IN, &[]), |call, (name, _)| call.query(name, ""));
        let began = Instant::now();
        let mut note = self
            .heard
            .as_ref()
            .map(|(clock, observer)| Note::of(&call, attempt, clock.now(), Some(observer)));
        let outcome = answered(self.transport.send(request).await);
        let latency_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        if let Some(note) = &mut note {
            let ended = match &outcome {
                Ok((_, status)) => Ended::Done { status: *status },
                Err((failure, _)) => {
                    Ended::Failed { failed: failure.cause.kind(), status: failure.status }
                }
            };
            note.ended(ended, latency_ms, None);
        }
        outcome.map(|(issued, _)| issued)
    }
}

/// What came back, and with which status; or a failure, and whether asking again may help.
fn answered(sent: Result<Response, TransportError>) -> Result<(Issued, u16), (Failure, bool)> {
    match sent {
        Ok(response) if response.status / 100 == 2 => {
            issued(&response).map(|it| (it, response.status))
        }
        Ok(response) => Err(refused(&response)),
        Err(error) => {
            let cause = match error {
                TransportError::NotSent(_) => Cause::Unreachable,
                TransportError::NoAnswer(_) => Cause::NoAnswer,
                TransportError::TooLarge(_) => Cause::Malformed,
            };
            Err((failure(cause, None, error.to_string()), true))
        }
    }
}

fn issued(response: &Response) -> Result<Issued, (Failure, bool)> {
    let body: Body = wire::decode(&response.body).map_err(|_| {
        let says = "the answer is not what its description says".to_owned();
        (failure(Cause::Malformed, Some(response.status), says), true)
    })?;
    Ok(Issued {
        access: body.access.into(),
        refresh: body.refresh.into(),
        lasts: Duration::from_secs(body.lasts_s),
        scopes: body.scope.split_whitespace().map(str::to_owned).collect(),
        location: body.location_id,
    })
}

/// Texts are compared, never passed on.
fn refused(response: &Response) -> (Failure, bool) {
    let body: Refusal = wire::decode(&response.body).unwrap_or_default();
    let says_so = |text: &str| body.message.to_lowercase().contains(text);
    let (cause, says, may_help) = match response.status {
        400 if says_so("invalid grant") => {
            let says =
                "the refresh token or the code is not accepted: it was used, expired or withdrawn";
            (Cause::SignedOut, says, false)
        }
        400 if says_so("location is not active") => {
            (Cause::Broken, "the location is not active; the same token works once it is", false)
        }
        401 => (Cause::Credentials, "the id or the secret of the app is not accepted", false),
        429 => (Cause::Throttled, "too many requests", true),
        500..=599 => (Cause::Broken, "the side failed", true),
        _ => (Cause::Rejected, "the request for a token was rejected", false),
    };
    (failure(cause, Some(response.status), says.into()), may_help)
}

fn failure(cause: Cause, status: Option<u16>, says: String) -> Failure {
    let (side, operation) = (SIGN_IN.side, SIGN_IN.name());
    Failure { side, operation, cause, status, trace: None, says }
}
