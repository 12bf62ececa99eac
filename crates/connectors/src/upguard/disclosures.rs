//! How are disclosed data leaks listed, read and moved on (`upguard.md` §4.6)? There is one listing, of all
//! of them or of those asked for by id, and one write: a new status.

use concordat_model::{Record, RecordId, Resource, Sight};
use concordat_remote::{Answer, Failure, Page, Write, WriteError};

use super::wire::disclosure;
use super::{Upguard, operations};
use crate::call::Call;

impl Upguard {
    pub(super) async fn disclosures(&self) -> Result<Answer<Page>, Failure> {
        let call = Call::new(operations::DISCLOSURES, &[]);
        self.list(call, None, |body| disclosure::list(body, Sight::Listed)).await
    }

    pub(super) async fn disclosure(
        &self,
        id: &RecordId,
    ) -> Result<Answer<Option<Record>>, Failure> {
        let operation = operations::DISCLOSURES;
        let call = Call::new(operation, &[])
            .query("ids", self.id(operation, id)?)
            .about(Resource::Disclosure, id);
        self.caller.look(call, |body| disclosure::only(body, id)).await
    }

    pub(super) fn disclosure_calls<'a>(
        &self,
        write: &'a Write,
        disclosure: &'a Record,
    ) -> Result<Vec<Call<'a>>, WriteError> {
        let operation = operations::DISCLOSURE_STATUS;
        let parameters = disclosure::parameters(&write.set, &disclosure.reading)
            .map_err(|says| self.cannot(operation, says))?;
        let id = self.id(operation, &disclosure.key.id).map_err(WriteError::Refused)?;
        let call = Call::new(operation, &[]).query("disclosure_id", id);
        let with = |call: Call<'a>, (name, text): (&'static str, &'a str)| call.query(name, text);
        Ok(parameters.map(|it| it.into_iter().fold(call, with)).into_iter().collect())
    }
}
