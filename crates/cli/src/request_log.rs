//! Where do the requests of a run go, and how is one found again? To the request log in the state directory,
//! below `requests/` and the pair. Sides are shared by pairs and know nothing of runs: whatever is sent is
//! noted for the run that is at work.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use concordat_model::RunId;
use concordat_remote::{Clock as _, Observer};
use concordat_report::{EndpointRow, Endpoints};
use concordat_requests::{Bounds, Head, LogError, Logged, Recorder, logged};

use crate::clock::OsClock;
use crate::code::Code;
use crate::failure::Failure;
use crate::session::Session;

/// Who is noting, if anybody is. Shared by everything that sends requests.
#[derive(Clone, Default)]
pub struct RequestLog(Arc<Mutex<Option<Recorder>>>);

/// As long as this is there, requests are noted for one run.
#[must_use]
pub struct Noting(RequestLog);

impl RequestLog {
    /// What the sides tell of their requests.
    pub fn observer(&self) -> Observer {
        let log = self.clone();
        Arc::new(move |exchange| log.with(|recorder| recorder.note(exchange)))
    }

    fn recorder(&self) -> MutexGuard<'_, Option<Recorder>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run goes on without its log.
    fn with(&self, act: impl FnOnce(&mut Recorder) -> Result<(), LogError>) {
        let mut recorder = self.recorder();
        if let Some(Err(error)) = recorder.as_mut().map(act) {
            tracing::warn!("{error}; the run goes on, and its further requests are not logged");
            *recorder = None;
        }
    }
}

impl Drop for Noting {
    fn drop(&mut self) {
        self.0.with(Recorder::write);
        *self.0.recorder() = None;
    }
}

impl Session {
    /// Notes requests for `run` from now on.
    pub fn note_requests(&self, run: &RunId, command: &str) -> Noting {
        let head = Head::new(self.pair.clone(), run.clone(), command, OsClock.now());
        let recorder = Recorder::new(&self.requests_dir(), Bounds::STANDARD, head);
        *self.request_log().recorder() = Some(recorder);
        Noting(self.request_log().clone())
    }

    /// The requests of the run that is at work, by endpoint; none, if they are not logged.
    pub fn endpoints(&self, run: &RunId) -> Vec<EndpointRow> {
        self.request_log().with(Recorder::write);
        let rows = || {
            let ours = logged(&self.requests_dir())?.into_iter().find(|it| it.head.run == *run);
            ours.as_ref().map(endpoints).transpose()
        };
        match rows() {
            Ok(rows) => rows.map(Endpoints::rows).unwrap_or_default(),
            Err(error) => {
                tracing::warn!("{error}");
                Vec::new()
            }
        }
    }

    /// The runs whose requests are logged, in the order in which they began.
    ///
    /// # Errors
    /// If the log cannot be read, or a newer concordat wrote it.
    pub fn logged(&self) -> Result<Vec<Logged>, Failure> {
        Ok(logged(&self.requests_dir())?)
    }

    fn requests_dir(&self) -> PathBuf {
        self.state_dir().join("requests").join(self.pair.as_str())
    }
}

fn endpoints(run: &Logged) -> Result<Endpoints, LogError> {
    let mut endpoints = Endpoints::after(run.head.before.clone());
    run.each(|exchange| endpoints.add(&exchange))?;
    Ok(endpoints)
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Failure {
        let code = match &error {
            LogError::Io { .. } => Code::State,
            LogError::Newer { .. } => Code::Newer,
        };
        Failure::new(code, error.to_string())
    }
}
