//! How are questionnaires listed and read (`upguard.md` §4.6)? By the vendor to which they were sent, archived
//! ones included, and one by id. Nothing here can send one, or take one back.

use concordat_model::{Record, RecordId, Resource};
use concordat_remote::{Answer, Cause, Failure, Page};

use super::wire::questionnaire;
use super::{Upguard, operations};
use crate::call::Call;

impl Upguard {
    /// Those of one vendor, on one page.
    pub(super) async fn questionnaires(&self, vendor: &RecordId) -> Result<Answer<Page>, Failure> {
        let decode = |body: &[u8]| questionnaire::list(body, vendor);
        self.listed_at(operations::QUESTIONNAIRES, vendor, None, decode).await
    }

    /// One by id. That it may not be seen (403) is no word for that it is not there, and none about others.
    pub(super) async fn questionnaire(
        &self,
        id: &RecordId,
        vendor: Option<&RecordId>,
    ) -> Result<Answer<Option<Record>>, Failure> {
        let operation = operations::QUESTIONNAIRE;
        let call = Call::new(operation, &[])
            .query("id", self.id(operation, id)?)
            .about(Resource::Questionnaire, id);
        match self.caller.look(call, |body| questionnaire::detail(body, vendor)).await {
            Err(failure) if failure.status == Some(403) => {
                let says = "the questionnaire may not be seen, or is not there";
                Err(self.about_one(failure, Cause::Rejected, says).await)
            }
            read => read,
        }
    }
}
