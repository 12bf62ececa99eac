//! What is known of a write that takes several requests? They go out one after the other; once one of
//! them succeeded, a later failure leaves the record half written, which only reading it can tell.

use concordat_model::Time;
use concordat_remote::{Write, WriteError};

use crate::call::Call;
use crate::caller::Caller;

impl Caller {
    /// Makes the calls of `write` in turn, none too late, and stops at the first that fails.
    /// Answers when the last one was answered; nothing: there was none to make.
    pub(crate) async fn in_turn(
        &self,
        write: &Write,
        calls: Vec<Call<'_>>,
    ) -> Result<Option<Time>, WriteError> {
        let mut written = None;
        for call in calls {
            match self.call(call.of(write)).await.map_err(WriteError::from) {
                Ok(reply) => written = Some(reply.at),
                Err(error) if written.is_none() => return Err(error),
                Err(error) => return Err(WriteError::InDoubt(error.failure().clone())),
            }
        }
        Ok(written)
    }
}
