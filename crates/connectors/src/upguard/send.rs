//! How does one write become requests? Anything that cannot be sent as it is meant is refused here,
//! before a byte leaves.

use concordat_model::{Path, Record, RecordId, Resource};
use concordat_remote::{Answer, Cause, Failure, Write, WriteError};

use super::wire::threat::{self, Move};
use super::wire::vendor::{self, ATTRIBUTE, HOSTNAME, LABELS, TIER};
use super::{Upguard, operations};
use crate::call::Call;
use crate::operation::Operation;

impl Upguard {
    pub(super) async fn send_write(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        if let (Resource::Comment, None) = (write.resource, &write.current) {
            return self.create_comment(write).await;
        }
        let (operation, record, calls) = match (write.resource, &write.current) {
            (Resource::Vendor, Some(vendor)) => {
                (operations::ATTRIBUTES, vendor, self.vendor_calls(write, vendor)?)
            }
            (Resource::Threat, Some(threat)) => {
                (operations::CLOSE, threat, self.threat_calls(write, threat)?)
            }
            (Resource::Disclosure, Some(disclosure)) => (
                operations::DISCLOSURE_STATUS,
                disclosure,
                self.disclosure_calls(write, disclosure)?,
            ),
            (resource, _) => {
                let says = format!("a {} cannot be written", resource.noun());
                return Err(self.cannot(operations::ATTRIBUTES, says));
            }
        };
        match self.caller.in_turn(write, calls).await {
            Ok(Some(at)) => Ok(Answer { at, body: record.key.id.clone() }),
            Ok(None) => Err(self.cannot(operation, "there is nothing to write")),
            Err(error) => Err(self.about_this_record(error).await),
        }
    }

    /// Attributes together, labels and tier each on its own (§4.3).
    fn vendor_calls(&self, write: &Write, vendor: &Record) -> Result<Vec<Call<'_>>, WriteError> {
        let hostname = vendor.reading.get(&Path::from(HOSTNAME));
        let hostname = hostname.and_then(|held| held.as_ref()?.as_text()).ok_or_else(|| {
            let says = "a vendor without a host name cannot be written";
            self.cannot(operations::ATTRIBUTES, says)
        })?;
        let (mut attributes, mut calls) = (Vec::new(), Vec::new());
        let flat = |operation, name: &str, value: Result<String, &'static str>| {
            let call = Call::new(operation, &[]).query("vendor_primary_hostname", hostname);
            value.map(|it| call.query(name, it)).map_err(|says| self.cannot(operation, says))
        };
        for (path, held) in &write.set {
            match path.as_str() {
                LABELS => calls.push(flat(operations::LABELS, LABELS, vendor::labels(held))?),
                TIER => calls.push(flat(operations::TIER, TIER, vendor::tier(held))?),
                other => {
                    let says = |what| format!("`{path}` of a vendor {what}");
                    let cannot = |what| self.cannot(operations::ATTRIBUTES, says(what));
                    let name = other.strip_prefix(ATTRIBUTE).filter(|name| !name.is_empty());
                    let name = name.ok_or_else(|| cannot("cannot be written"))?;
                    let text = vendor::written(held).ok_or_else(|| cannot("holds text only"))?;
                    attributes.push((name, text));
                }
            }
        }
        if !attributes.is_empty() {
            let body = vendor::attributes(hostname, &attributes);
            calls.insert(0, Call::new(operations::ATTRIBUTES, &[]).body(body));
        }
        Ok(calls)
    }

    fn threat_calls<'a>(
        &self,
        write: &'a Write,
        threat: &'a Record,
    ) -> Result<Vec<Call<'a>>, WriteError> {
        let moves = threat::moves(&write.set, &threat.reading)
            .map_err(|says| self.cannot(operations::CLOSE, says))?;
        let id = self.id(operations::CLOSE, &threat.key.id).map_err(WriteError::Refused)?;
        let call = |it| {
            let (operation, parameters) = match it {
                Move::Assign(parameters) => (operations::ASSIGN, parameters),
                Move::CloseRequest(parameters) => (operations::CLOSE_REQUEST, parameters),
                Move::Close(parameters) => (operations::CLOSE, parameters),
                Move::Reopen(parameters) => (operations::REOPEN, parameters),
            };
            let call = Call::new(operation, &[]).query("uuid", id.as_str());
            parameters.into_iter().fold(call, |call, (name, text)| call.query(name, text))
        };
        Ok(moves.into_iter().map(call).collect())
    }

    /// A 403 says "no permission" or "not this record" (§1, errors). If the key still opens the
    /// organisation it is about the record, and no reason to give up on the others.
    async fn about_this_record(&self, error: WriteError) -> WriteError {
        if error.failure().status != Some(403) {
            return error;
        }
        if self.caller.call(Call::new(operations::ORGANISATION, &[])).await.is_err() {
            return error;
        }
        let failure = Failure { cause: Cause::Rejected, ..error.failure().clone() };
        match error {
            WriteError::InDoubt(_) => WriteError::InDoubt(failure),
            WriteError::NoEffect(_) | WriteError::Refused(_) => WriteError::Refused(failure),
        }
    }

    pub(super) fn cannot(&self, operation: Operation, says: impl Into<String>) -> WriteError {
        WriteError::Refused(self.caller.refuse(operation, says))
    }
}
