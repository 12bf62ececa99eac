//! What opens a location into which somebody signed in, or into whose agency? The access token in force, renewed
//! in time or when it is refused, by one caller of one process at a time; everybody else takes what that one was
//! given.

use async_trait::async_trait;
use concordat_connectors::highlevel::SIGN_IN;
use concordat_connectors::highlevel::oauth::Office;
use concordat_connectors::{Credentials, Operation, is_same};
use concordat_remote::{Cause, Clock as _, Failure};
use secrecy::SecretString;
use tokio::sync::Mutex;

use crate::clock::OsClock;
use crate::tokens::{Next, TokenFile, Tokens};

/// The tokens of one file, and who may renew them in this process.
struct Kept {
    file: TokenFile,
    /// Held by whoever renews.
    known: Mutex<Option<Tokens>>,
}

impl Kept {
    fn new(file: TokenFile) -> Kept {
        Kept { file, known: Mutex::default() }
    }

    /// Tokens that are good now and are not those with `refused`: known, kept, or what `next` gives. These are
    /// durable before anybody uses them.
    async fn good<F>(
        &self,
        refused: Option<&SecretString>,
        next: impl FnOnce(Option<Tokens>) -> F,
    ) -> Result<Tokens, Failure>
    where
        F: Future<Output = Result<Tokens, Failure>> + Send,
    {
        let now = OsClock.now();
        let serves = |it: &Tokens| {
            now < it.renew_at && refused.is_none_or(|refused| !is_same(refused, &it.access))
        };
        let mut known = self.known.lock().await;
        if let Some(it) = known.as_ref().filter(|it| serves(it)) {
            return Ok(it.clone());
        }
        let turn = self.file.turn().await.map_err(unkept)?;
        // Another process may have renewed them while this one waited.
        let kept = self.file.load().map_err(unkept)?;
        let tokens = match kept {
            Some(kept) if serves(&kept) => kept,
            kept => {
                let tokens = next(kept).await?;
                self.file.save(&turn, &tokens).map_err(unkept)?;
                tokens
            }
        };
        Ok(known.insert(tokens).clone())
    }
}

/// The consent of a person, as long as it lasts.
pub struct Grant {
    office: Office,
    kept: Kept,
}

impl Grant {
    /// What is kept in `file`, and renewed at `office`.
    pub fn new(office: Office, file: TokenFile) -> Grant {
        Grant { office, kept: Kept::new(file) }
    }

    async fn tokens(&self, refused: Option<&SecretString>) -> Result<Tokens, Failure> {
        let next = |kept: Option<Tokens>| async move {
            match kept.map(|it| it.next) {
                Some(Next::Refresh(refresh, _)) => {
                    let asked_at = OsClock.now();
                    Ok(Tokens::of(self.office.refresh(&refresh).await?, asked_at))
                }
                // What the agency gave is not renewed without it.
                Some(Next::Agency) | None => Err(signed_out()),
            }
        };
        self.kept.good(refused, next).await
    }
}

#[async_trait]
impl Credentials for Grant {
    async fn current(&self) -> Result<SecretString, Failure> {
        Ok(self.tokens(None).await?.access)
    }

    async fn instead_of(&self, refused: &SecretString) -> Result<Option<SecretString>, Failure> {
        Ok(Some(self.tokens(Some(refused)).await?.access))
    }
}

/// One location of an agency into which somebody signed in.
pub struct Branch {
    agency: Grant,
    location: String,
    kept: Kept,
}

impl Branch {
    /// `location`, whose token is kept in `file` and had for that of `agency`.
    pub fn new(agency: Grant, location: String, file: TokenFile) -> Branch {
        Branch { agency, location, kept: Kept::new(file) }
    }

    async fn tokens(&self, refused: Option<&SecretString>) -> Result<SecretString, Failure> {
        let next = |_| async move {
            let agency = self.agency.tokens(None).await?;
            match self.given_for(&agency).await {
                // That did nothing, so it is asked again with the agency's next token.
                Err(failure) if failure.cause == Cause::Expired => {
                    let agency = self.agency.tokens(Some(&agency.access)).await?;
                    self.given_for(&agency).await
                }
                given => given,
            }
        };
        Ok(self.kept.good(refused, next).await?.access)
    }

    async fn given_for(&self, agency: &Tokens) -> Result<Tokens, Failure> {
        let company = match &agency.next {
            Next::Refresh(_, Some(company)) => company,
            Next::Refresh(_, None) | Next::Agency => return Err(signed_out()),
        };
        let asked_at = OsClock.now();
        let office = &self.agency.office;
        let access = office.location_token(&agency.access, company, &self.location).await?;
        Ok(Tokens::of_agency(access, asked_at))
    }
}

#[async_trait]
impl Credentials for Branch {
    async fn current(&self) -> Result<SecretString, Failure> {
        self.tokens(None).await
    }

    async fn instead_of(&self, refused: &SecretString) -> Result<Option<SecretString>, Failure> {
        self.tokens(Some(refused)).await.map(Some)
    }
}

fn signed_out() -> Failure {
    failure(SIGN_IN, Cause::SignedOut, "nobody has signed in".into())
}

fn unkept(error: crate::failure::Failure) -> Failure {
    failure(SIGN_IN, Cause::Broken, error.message)
}

fn failure(operation: Operation, cause: Cause, says: String) -> Failure {
    let (side, operation) = (operation.side, operation.name());
    Failure { side, operation, cause, status: None, trace: None, says }
}
