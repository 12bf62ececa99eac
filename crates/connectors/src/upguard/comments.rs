//! How are comments listed, read, made and found again (`upguard.md` §4.4)? All by reading their threat,
//! which is shown as of now; they are never changed.

use concordat_model::{Path, Record, RecordId, RecordKey, Resource, Sight};
use concordat_remote::{Answer, Cause, Failure, Found, Page, Sought, Write, WriteError};

use super::wire::comment;
use super::{Upguard, operations};
use crate::call::Call;

impl Upguard {
    pub(super) async fn comments(&self, threat: &RecordId) -> Result<Answer<Page>, Failure> {
        let Answer { at, body: records } = self.said_about(threat, Sight::Listed).await?;
        let total = Some(records.len() as u64);
        Ok(Answer { at, body: Page { records, unreadable: Vec::new(), next: None, total } })
    }

    pub(super) async fn comment(
        &self,
        id: &RecordId,
        threat: Option<&RecordId>,
    ) -> Result<Answer<Option<Record>>, Failure> {
        let threat = self.threat_of(threat)?;
        match self.said_about(threat, Sight::Read).await {
            Ok(Answer { at, body }) => {
                Ok(Answer { at, body: body.into_iter().find(|it| it.key.id == *id) })
            }
            Err(failure) if failure.cause == Cause::Missing => {
                Ok(Answer { at: self.caller.their_now(), body: None })
            }
            Err(failure) => Err(failure),
        }
    }

    pub(super) async fn create_comment(
        &self,
        write: &Write,
    ) -> Result<Answer<RecordId>, WriteError> {
        let operation = operations::ADD_COMMENT;
        let threat = self.threat_of(write.parent.as_ref()).map_err(WriteError::Refused)?;
        let body = comment::creation(&write.set, threat, write.marker.as_deref())
            .map_err(|says| WriteError::Refused(self.caller.refuse(operation, says)))?;
        let call = Call::new(operation, &[]).query("uuid", threat.as_str()).body(body).of(write);
        let reply = self.caller.call(call).await?;
        // It was made, but we cannot say under which id: that is a doubt, not a success.
        let id = RecordId::new(self.caller.understood(&reply, comment::made(&reply.body))?);
        reply.note.made(RecordKey { resource: Resource::Comment, id: id.clone() });
        Ok(Answer { at: reply.at, body: id })
    }

    pub(super) async fn find_comment(&self, sought: &Sought) -> Result<Answer<Found>, Failure> {
        let threat = self.threat_of(sought.parent.as_ref())?;
        let Answer { at, body: mut records } = self.said_about(threat, Sight::Listed).await?;
        let marker = sought.marker.as_deref();
        records.retain(|it| {
            let held = it.reading.get(&Path::from("marker")).and_then(Option::as_ref);
            marker.is_some() && held.and_then(|held| held.as_text()) == marker
        });
        Ok(Answer { at, body: Found { records, proves_absence: marker.is_some() } })
    }

    async fn said_about(
        &self,
        threat: &RecordId,
        sight: Sight,
    ) -> Result<Answer<Vec<Record>>, Failure> {
        let operation = operations::THREAT;
        let call = Call::new(operation, &[])
            .query("uuid", self.id(operation, threat)?)
            .about(Resource::Threat, threat);
        let reply = self.caller.call(call).await?;
        let listed = comment::list(&reply.body, threat, sight);
        Ok(Answer { at: reply.at, body: self.caller.understood(&reply, listed)?.records })
    }

    fn threat_of<'a>(&self, threat: Option<&'a RecordId>) -> Result<&'a RecordId, Failure> {
        let says = "the threat that it is about is not known";
        threat.ok_or_else(|| self.caller.refuse(operations::THREAT, says))
    }
}
