//! How is an access token had, and renewed (`highlevel.md` §2)? It does not know where tokens are kept.
//!
//! A refresh token is good for one refresh, which gives the next one. Whoever asks again with the same one
//! within 30 s is given the same pair again, so a lost answer is asked for again in that time; later the
//! pair is lost. An agency's token gives one of a location as often as it is asked for. These are the only
//! requests besides those of `caller.rs` that are repeated.

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

use super::operations::{LOCATION_TOKEN, SIGN_IN};
use crate::call::Call;
use crate::noted::Note;
use crate::operation::Operation;
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
    /// Whose token a consent gives.
    pub holder: Holder,
}

/// Who is signed in to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// One location.
    Location,
    /// The agency, whose token gives those of its locations.
    Agency,
}

/// An access token, as it was given. Holds a secret: no `Debug`.
#[derive(Clone)]
pub struct Access {
    /// Opens the location, or the agency.
    pub secret: SecretString,
    /// How long it lasts.
    pub lasts: Duration,
    /// What it may do.
    pub scopes: BTreeSet<String>,
    /// The location it opens; nothing: it opens none, or does not say which.
    pub location: Option<String>,
}

/// What a consent gave, and every renewal of it. Holds secrets: no `Debug`.
#[derive(Clone)]
pub struct Issued {
    /// The access token.
    pub access: Access,
    /// Gives the next pair, once.
    pub refresh: SecretString,
    /// The agency of the location, or that it opens.
    pub company: Option<String>,
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
    refresh: Option<String>,
    #[serde(rename = "expires_in")]
    lasts_s: u64,
    #[serde(default)]
    scope: String,
    location_id: Option<String>,
    company_id: Option<String>,
}

impl Body {
    fn access(self) -> Access {
        Access {
            secret: self.access.into(),
            lasts: Duration::from_secs(self.lasts_s),
            scopes: self.scope.split_whitespace().map(str::to_owned).collect(),
            location: self.location_id,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    message: String,
}

/// One question: a form, and what opens the office for it besides.
struct Question<'a> {
    operation: Operation,
    form: Vec<(&'static str, &'a str)>,
    bearer: Option<&'a SecretString>,
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
        let asked = self.ask(&self.sign_in(&grant), 1).await;
        asked.and_then(issued).map_err(|(failure, _)| failure)
    }

    /// The next pair. From now on `refresh` is good for nothing else, whatever this answers.
    ///
    /// # Errors
    /// [`Cause::SignedOut`] if it is not taken; anything else says nothing about it.
    pub async fn refresh(&self, refresh: &SecretString) -> Result<Issued, Failure> {
        let grant = [("grant_type", "refresh_token"), ("refresh_token", refresh.expose_secret())];
        self.insist(&self.sign_in(&grant), issued).await
    }

    /// A token of `location`, which belongs to `company`, for the agency's access token. It can be asked for
    /// again: that a refresh token may come with it is published once, and once not, so it is not used.
    ///
    /// # Errors
    /// [`Cause::Expired`] if the agency's token is, or was withdrawn; [`Cause::Scope`] if it may not do this.
    pub async fn location_token(
        &self,
        agency: &SecretString,
        company: &str,
        location: &str,
    ) -> Result<Access, Failure> {
        let form = vec![("companyId", company), ("locationId", location)];
        let question = Question { operation: LOCATION_TOKEN, form, bearer: Some(agency) };
        self.insist(&question, |(body, status)| {
            let access = body.access();
            match access.location.as_deref().is_none_or(|it| it == location) {
                true => Ok(access),
                false => Err(malformed(LOCATION_TOKEN, status)),
            }
        })
        .await
    }

    fn sign_in<'a>(&'a self, grant: &[(&'static str, &'a str)]) -> Question<'a> {
        let user_type = match self.app.holder {
            Holder::Location => "Location",
            Holder::Agency => "Company",
        };
        let app = [
            ("client_id", self.app.client_id.expose_secret()),
            ("client_secret", self.app.client_secret.expose_secret()),
            ("user_type", user_type),
        ];
        Question { operation: SIGN_IN, form: [&app, grant].concat(), bearer: None }
    }

    /// Asks again while that may help.
    async fn insist<T>(
        &self,
        question: &Question<'_>,
        understood: impl Fn((Body, u16)) -> Result<T, (Failure, bool)>,
    ) -> Result<T, Failure> {
        let began = Instant::now();
        let mut pauses = PAUSES_MS.into_iter().map(Duration::from_millis);
        let mut attempt = 0;
        loop {
            attempt += 1;
            let asked = self.ask(question, attempt).await;
            let (failure, may_help) = match asked.and_then(&understood) {
                Ok(given) => return Ok(given),
                Err(failed) => failed,
            };
            match pauses.next().filter(|it| may_help && began.elapsed() + *it < WINDOW) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(failure),
            }
        }
    }

    /// Sends one request. Answers with a failure whether asking again may help.
    async fn ask(
        &self,
        question: &Question<'_>,
        attempt: u32,
    ) -> Result<(Body, u16), (Failure, bool)> {
        let Question { operation, form, bearer } = question;
        let form: Vec<(String, String)> =
            form.iter().map(|(name, it)| ((*name).into(), (*it).into())).collect();
        let headers =
            [("accept", "application/json"), ("content-type", "application/x-www-form-urlencoded")];
        let mut headers = headers.map(|(name, it)| (name.into(), it.into())).to_vec();
        if let Some(bearer) = bearer {
            super::sign(bearer, &mut headers);
        }
        let request = Request {
            method: operation.method,
            path: operation.template.into(),
            query: Vec::new(),
            headers,
            body: percent::query(&form).into_bytes(),
        };
        // Only the names are told.
        let call =
            form.iter().fold(Call::new(*operation, &[]), |call, (name, _)| call.query(name, ""));
        let began = Instant::now();
        let mut note = self
            .heard
            .as_ref()
            .map(|(clock, observer)| Note::of(&call, attempt, clock.now(), Some(observer)));
        let outcome = answered(*operation, self.transport.send(request).await);
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
        outcome
    }
}

/// What came back, and with which status; or a failure, and whether asking again may help.
fn answered(
    operation: Operation,
    sent: Result<Response, TransportError>,
) -> Result<(Body, u16), (Failure, bool)> {
    match sent {
        Ok(response) if response.status / 100 == 2 => {
            let body = wire::decode(&response.body);
            let body = body.map_err(|_| malformed(operation, response.status))?;
            Ok((body, response.status))
        }
        Ok(response) => {
            let (cause, says, may_help) = match operation.template == SIGN_IN.template {
                true => not_signed_in(&response),
                false => not_given(&response),
            };
            Err((failure(operation, cause, Some(response.status), says.into()), may_help))
        }
        Err(error) => {
            let cause = match error {
                TransportError::NotSent(_) => Cause::Unreachable,
                TransportError::NoAnswer(_) => Cause::NoAnswer,
                TransportError::TooLarge(_) => Cause::Malformed,
            };
            Err((failure(operation, cause, None, error.to_string()), true))
        }
    }
}

fn issued((mut body, status): (Body, u16)) -> Result<Issued, (Failure, bool)> {
    let (refresh, company) = (body.refresh.take(), body.company_id.take());
    match refresh {
        Some(refresh) => Ok(Issued { access: body.access(), refresh: refresh.into(), company }),
        None => Err(malformed(SIGN_IN, status)),
    }
}

fn malformed(operation: Operation, status: u16) -> (Failure, bool) {
    let says = "the answer is not what its description says".to_owned();
    (failure(operation, Cause::Malformed, Some(status), says), true)
}

/// Whether a refusal says this. Texts are compared, never passed on.
fn says_so(response: &Response, text: &str) -> bool {
    let body: Refusal = wire::decode(&response.body).unwrap_or_default();
    body.message.to_lowercase().contains(text)
}

/// Why there is no pair.
fn not_signed_in(response: &Response) -> (Cause, &'static str, bool) {
    match response.status {
        400 if says_so(response, "invalid grant") => {
            let says =
                "the refresh token or the code is not accepted: it was used, expired or withdrawn";
            (Cause::SignedOut, says, false)
        }
        400 if says_so(response, "location is not active") => {
            (Cause::Broken, "the location is not active; the same token works once it is", false)
        }
        401 => (Cause::Credentials, "the id or the secret of the app is not accepted", false),
        429 => (Cause::Throttled, "too many requests", true),
        500..=599 => (Cause::Broken, "the side failed", true),
        _ => (Cause::Rejected, "the request for a token was rejected", false),
    }
}

/// Why there is no token of a location: of the reasons for a 401, only one is that the agency's has expired.
fn not_given(response: &Response) -> (Cause, &'static str, bool) {
    match response.status {
        400 if says_so(response, "location is not active") => (
            Cause::Broken,
            "the location is not active; the agency's token works once it is",
            false,
        ),
        400 | 403 | 404 => {
            let says =
                "the agency's token does not open this location: is the app installed there?";
            (Cause::Scope, says, false)
        }
        401 if says_so(response, "not authorized for this scope") => {
            (Cause::Scope, "the agency's token lacks the scope oauth.write", false)
        }
        401 if says_so(response, "access token is invalid") => {
            (Cause::Expired, "the agency's access token has expired or was withdrawn", false)
        }
        401 => (Cause::Credentials, "the agency's token is not accepted", false),
        429 => (Cause::Throttled, "too many requests", true),
        500..=599 => (Cause::Broken, "the side failed", true),
        _ => (Cause::Rejected, "the request for a location's token was rejected", false),
    }
}

fn failure(operation: Operation, cause: Cause, status: Option<u16>, says: String) -> Failure {
    let (side, operation) = (operation.side, operation.name());
    Failure { side, operation, cause, status, trace: None, says }
}
