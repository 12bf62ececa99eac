//! How are waivers of risks of our own organisation listed (`upguard.md` §4.5)? They stand in the risks, of
//! which there is one listing, of all at once, and no read of one.

use concordat_model::{Record, RecordId, Sight};
use concordat_remote::{Answer, Failure, Page};

use super::wire::waiver;
use super::{Upguard, operations};
use crate::call::Call;

impl Upguard {
    pub(super) async fn waivers(&self) -> Result<Answer<Page>, Failure> {
        let (call, now) = (Call::new(operations::OWN_RISKS, &[]), self.caller.their_now());
        self.list(call, None, |body| waiver::list(body, now, Sight::Listed)).await
    }

    pub(super) async fn waiver(&self, id: &RecordId) -> Result<Answer<Option<Record>>, Failure> {
        let (call, now) = (Call::new(operations::OWN_RISKS, &[]), self.caller.their_now());
        self.caller.look(call, |body| waiver::only(body, id, now)).await
    }
}
