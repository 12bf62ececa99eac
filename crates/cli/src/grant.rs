//! What opens a location into which somebody signed in? The access token in force, renewed in time or when
//! it is refused, by one caller of one process at a time; everybody else takes what that one was given.

use async_trait::async_trait;
use concordat_connectors::highlevel::SIGN_IN;
use concordat_connectors::highlevel::oauth::Office;
use concordat_connectors::{Credentials, is_same};
use concordat_model::Side;
use concordat_remote::{Cause, Clock as _, Failure};
use secrecy::SecretString;
use tokio::sync::Mutex;

use crate::clock::OsClock;
use crate::tokens::{TokenFile, Tokens};

/// The consent of a person, as long as it lasts.
pub struct Grant {
    office: Office,
    file: TokenFile,
    /// Held by whoever renews.
    known: Mutex<Option<Tokens>>,
}

impl Grant {
    /// What is kept in `file`, and renewed at `office`.
    pub fn new(office: Office, file: TokenFile) -> Grant {
        Grant { office, file, known: Mutex::default() }
    }

    /// Tokens that are good now and are not those with `refused`: known, kept, or new.
    async fn tokens(&self, refused: Option<&SecretString>) -> Result<SecretString, Failure> {
        let now = OsClock.now();
        let serves = |it: &Tokens| {
            now < it.renew_at && refused.is_none_or(|refused| !is_same(refused, &it.access))
        };
        let mut known = self.known.lock().await;
        if let Some(it) = known.as_ref().filter(|it| serves(it)) {
            return Ok(it.access.clone());
        }
        let turn = self.file.turn().await.map_err(unkept)?;
        // Another process may have renewed them while this one waited.
        let kept = self.file.load().map_err(unkept)?.ok_or_else(signed_out)?;
        let tokens = match serves(&kept) {
            true => kept,
            false => {
                let asked_at = OsClock.now();
                let tokens = Tokens::of(self.office.refresh(&kept.refresh).await?, asked_at);
                self.file.save(&turn, &tokens).map_err(unkept)?;
                tokens
            }
        };
        Ok(known.insert(tokens).access.clone())
    }
}

#[async_trait]
impl Credentials for Grant {
    async fn current(&self) -> Result<SecretString, Failure> {
        self.tokens(None).await
    }

    async fn instead_of(&self, refused: &SecretString) -> Result<Option<SecretString>, Failure> {
        self.tokens(Some(refused)).await.map(Some)
    }
}

fn signed_out() -> Failure {
    failure(Cause::SignedOut, "nobody has signed in".into())
}

fn unkept(error: crate::failure::Failure) -> Failure {
    failure(Cause::Broken, error.message)
}

fn failure(cause: Cause, says: String) -> Failure {
    let (side, operation) = (Side::Highlevel, SIGN_IN.name());
    Failure { side, operation, cause, status: None, trace: None, says }
}
