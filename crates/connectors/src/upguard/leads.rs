//! How are the people listed to whom our Trust Center is shown (`upguard.md` §4.7)? There is one listing, of
//! all of them at once, and no read of one.

use concordat_model::{Record, RecordId, Sight};
use concordat_remote::{Answer, Failure, Page};

use super::wire::lead;
use super::{Upguard, operations};
use crate::call::Call;

impl Upguard {
    pub(super) async fn leads(&self) -> Result<Answer<Page>, Failure> {
        let call = Call::new(operations::TRUST_CENTER, &[]);
        self.list(call, None, |body| lead::list(body, Sight::Listed)).await
    }

    pub(super) async fn lead(&self, id: &RecordId) -> Result<Answer<Option<Record>>, Failure> {
        let call = Call::new(operations::TRUST_CENTER, &[]);
        self.caller.look(call, |body| lead::only(body, id)).await
    }
}
