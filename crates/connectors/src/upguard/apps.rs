//! How are the apps that our people use listed (`upguard.md` §4.7)? By pages; there is no read of one.

use concordat_model::{Record, RecordId, Sight};
use concordat_remote::{Answer, Cursor, Failure, Page};

use super::wire::app;
use super::{Upguard, operations};
use crate::call::Call;
use crate::wire::Rows;

/// An order in which no app changes its place while it is listed.
const ORDER: (&str, &str) = ("sort_by", "name");

impl Upguard {
    pub(super) async fn apps(&self, cursor: Option<&Cursor>) -> Result<Answer<Page>, Failure> {
        let call = Call::new(operations::APPS, &[]).query(ORDER.0, ORDER.1);
        self.list(call, cursor, |body| app::list(body, Sight::Listed)).await
    }

    pub(super) async fn app(&self, id: &RecordId) -> Result<Answer<Option<Record>>, Failure> {
        let operation = operations::APPS;
        let mut rows = Rows { records: Vec::new(), unreadable: Vec::new() };
        let at = self
            .all_pages(operation, &[(ORDER.0, ORDER.1.to_owned())], |body| {
                let page = app::list(body, Sight::Read)?;
                rows.records.extend(page.rows.records);
                rows.unreadable.extend(page.rows.unreadable);
                Ok(page.next)
            })
            .await?;
        let found = rows.only(id).map_err(|what| self.caller.malformed(operation, what))?;
        Ok(Answer { at, body: found })
    }
}
