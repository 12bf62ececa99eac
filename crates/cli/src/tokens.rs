//! Where are tokens kept that are renewed? One file for each location in the state directory, and one for the
//! agency into which somebody signed in; for its owner only, and durable before what it holds is used. And
//! whose turn is it to renew them?

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use concordat_connectors::highlevel::oauth::{Access, Issued};
use concordat_model::Time;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::failure::Failure;
use crate::shell::write_file;

/// Tokens are renewed this long before they expire; those that last minutes, after nine tenths of that.
const EARLY: TimeDelta = TimeDelta::seconds(60);
/// How often somebody who waits looks whether it is their turn.
const POLL: Duration = Duration::from_millis(20);
/// Whoever renews needs less than this.
const TURN_MAX: Duration = Duration::from_secs(60);

/// An access token, and what gives the next. Holds secrets: no `Debug`.
#[derive(Clone)]
pub struct Tokens {
    /// Opens the location, or the agency.
    pub access: SecretString,
    /// From when on the next one is asked for.
    pub renew_at: Time,
    /// What it may do.
    pub scopes: Vec<String>,
    /// What gives the next one.
    pub next: Next,
}

/// What gives the next access token.
#[derive(Clone)]
pub enum Next {
    /// This refresh token, once; and the agency that was signed in to.
    Refresh(SecretString, Option<String>),
    /// The agency's access token, whenever it is asked.
    Agency,
}

/// The same as it stands in the file.
#[derive(Serialize, Deserialize)]
struct Written {
    access_token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    company: Option<String>,
    renew_at: Time,
    scopes: Vec<String>,
}

impl Tokens {
    /// As they were given; they were asked for at `asked_at`.
    pub fn of(issued: Issued, asked_at: Time) -> Tokens {
        let Issued { access, refresh, company } = issued;
        Tokens::with(access, asked_at, Next::Refresh(refresh, company))
    }

    /// As it was given for the agency's; it was asked for at `asked_at`.
    pub fn of_agency(access: Access, asked_at: Time) -> Tokens {
        Tokens::with(access, asked_at, Next::Agency)
    }

    fn with(access: Access, asked_at: Time, next: Next) -> Tokens {
        let lasts = TimeDelta::from_std(access.lasts).unwrap_or(TimeDelta::zero());
        Tokens {
            access: access.secret,
            renew_at: asked_at + lasts - EARLY.min(lasts / 10),
            scopes: access.scopes.into_iter().collect(),
            next,
        }
    }
}

/// The file of one location, or of the agency.
#[derive(Clone)]
pub struct TokenFile {
    path: PathBuf,
}

/// Nobody else renews, nor signs in, while this is there.
pub struct Turn {
    _file: File,
}

impl TokenFile {
    /// The file of `location` below the state directory.
    pub fn of(state: &Path, location: &str) -> TokenFile {
        let plain = |it: char| if it.is_ascii_alphanumeric() { it } else { '_' };
        let name: String = location.chars().map(plain).collect();
        TokenFile { path: state.join("tokens").join(format!("{name}.json")) }
    }

    /// The file of the agency below the state directory; no location's has its name.
    pub fn of_agency(state: &Path) -> TokenFile {
        TokenFile { path: state.join("tokens").join("the-agency.json") }
    }

    /// What is in it; nothing: nobody signed in.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn load(&self) -> Result<Option<Tokens>, Failure> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unusable(&error)),
        };
        let written: Written = serde_json::from_slice(&text)
            .map_err(|_| self.unusable(&io::ErrorKind::InvalidData.into()))?;
        Ok(Some(Tokens {
            access: written.access_token.into(),
            renew_at: written.renew_at,
            scopes: written.scopes,
            next: match written.refresh_token {
                Some(refresh) => Next::Refresh(refresh.into(), written.company),
                None => Next::Agency,
            },
        }))
    }

    /// Replaces what is in it, as a whole. When it returns, no loss of power takes it back.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save(&self, _turn: &Turn, tokens: &Tokens) -> Result<(), Failure> {
        let (refresh_token, company) = match &tokens.next {
            Next::Refresh(refresh, company) => {
                (Some(refresh.expose_secret().to_owned()), company.clone())
            }
            Next::Agency => (None, None),
        };
        let written = Written {
            access_token: tokens.access.expose_secret().to_owned(),
            refresh_token,
            company,
            renew_at: tokens.renew_at,
            scopes: tokens.scopes.clone(),
        };
        write_file(&self.path, true, |to| Ok(serde_json::to_writer(to, &written)?))?;
        File::open(self.dir()).and_then(|it| it.sync_all()).map_err(|error| self.unusable(&error))
    }

    /// Waits until nobody else renews, in whichever process.
    ///
    /// # Errors
    /// If there is no place for the lock, or somebody holds it for ever.
    pub async fn turn(&self) -> Result<Turn, Failure> {
        let failed = |error: io::Error| self.unusable(&error);
        DirBuilder::new().recursive(true).mode(0o700).create(self.dir()).map_err(failed)?;
        let path = self.path.with_extension("lock");
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
        let file = file.map_err(failed)?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Turn { _file: file }),
                Err(TryLockError::WouldBlock) if waited < TURN_MAX => {
                    tokio::time::sleep(POLL).await;
                    waited += POLL;
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(failed(io::ErrorKind::WouldBlock.into()));
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
    }

    fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    fn unusable(&self, error: &io::Error) -> Failure {
        let says = format!("{} cannot be used: {}", self.path.display(), error.kind());
        Failure::new(Code::State, says)
    }
}
