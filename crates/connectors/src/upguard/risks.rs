//! How are risks at vendors listed and read (`upguard.md` §4.5)? No listing names them all: there is one of
//! the kinds of risk that are found anywhere, and one for each kind of the vendors that have it. On which
//! hosts a risk is new, the differences of the last days tell. One page holds it all, or none of it.

use std::collections::BTreeSet;

use chrono::{SecondsFormat, TimeDelta};
use concordat_model::{Record, RecordId, Resource, Severity, Sight, Time};
use concordat_remote::{Answer, Failure, Page};

use super::wire::risk::{self, Hosts, Kind};
use super::{Upguard, operations};
use crate::call::Call;
use crate::operation::Operation;
use crate::wire::Unreadable;

/// So far back differences are asked for: no more than 30 days (`upguard.md` §4.5), less what two clocks may
/// be apart.
const SINCE: TimeDelta = TimeDelta::hours(30 * 24 - 1);
/// A listing that goes on for longer than this is not going to end.
const PAGES_MAX: usize = 1000;

impl Upguard {
    /// Every risk that is severe enough, at every vendor.
    pub(super) async fn risks(&self, least: Severity) -> Result<Answer<Page>, Failure> {
        let (mut kinds, mut unreadable) = (Vec::new(), Vec::new());
        let size = [("page_size", "2000".to_owned())];
        let at = self
            .all_pages(operations::RISKS, &size, |body| {
                let page = risk::kinds(body)?;
                kinds.extend(page.kinds);
                unreadable.extend(page.unreadable);
                Ok(page.next)
            })
            .await?;
        kinds.retain(|it: &Kind| it.severity >= Some(least));
        let hosts = if kinds.is_empty() { Hosts::default() } else { self.new_hosts().await? };
        let mut records = Vec::new();
        for kind in &kinds {
            let operation = operations::RISK_VENDORS;
            let call = Call::new(operation, &[]).query("risk_id", kind.id.clone());
            let reply = self.caller.call(call).await?;
            let rows = self.caller.understood(&reply, risk::vendors(&reply.body, kind, &hosts))?;
            records.extend(rows.records);
            unreadable.extend(rows.unreadable);
        }
        Ok(Answer { at, body: Page { records, unreadable, next: None, total: None } })
    }

    /// The hosts on which risks were introduced lately.
    async fn new_hosts(&self) -> Result<Hosts, Failure> {
        let since = self.caller.their_now() - SINCE;
        let since = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        let query = [("start_date", since), ("page_size", "200".to_owned())];
        let mut hosts = Hosts::default();
        self.all_pages(operations::RISK_DIFFS, &query, |body| hosts.learn(body)).await?;
        Ok(hosts)
    }

    /// Every page of a listing, in turn. `take` answers where it goes on. Answers when the first was given.
    pub(super) async fn all_pages(
        &self,
        operation: Operation,
        query: &[(&str, String)],
        mut take: impl FnMut(&[u8]) -> Result<Option<String>, Unreadable>,
    ) -> Result<Time, Failure> {
        let (mut began, mut known) = (None, BTreeSet::new());
        let mut token: Option<String> = None;
        loop {
            let asked = query.iter().map(|(name, value)| (*name, value.clone()));
            let asked = asked.chain(token.map(|it| ("page_token", it)));
            let call = Call::new(operation, &[]);
            let call = asked.fold(call, |call, (name, value)| call.query(name, value));
            let reply = self.caller.call(call).await?;
            let began = *began.get_or_insert(reply.at);
            token = self.caller.understood(&reply, take(&reply.body))?;
            match &token {
                None => return Ok(began),
                Some(next) if known.insert(next.clone()) && known.len() < PAGES_MAX => {}
                Some(_) => {
                    let what = "the listing repeats itself, or does not end";
                    return Err(self.caller.malformed(operation, what).into());
                }
            }
        }
    }

    /// One risk at one vendor: whether the vendor is among those that have it, and it is severe enough to be
    /// listed.
    pub(super) async fn risk(&self, id: &RecordId) -> Result<Answer<Option<Record>>, Failure> {
        let operation = operations::RISK_VENDORS;
        let Some((vendor, kind)) = risk::parts(id) else {
            return Err(self.caller.refuse(operation, "this is the id of no risk at a vendor"));
        };
        let call = Call::new(operation, &[])
            .query("risk_id", kind)
            .query("vendor_ids", vendor)
            .about(Resource::Risk, id);
        let least = self.least_severity;
        self.caller.look(call, |body| risk::only(body, id, least, Sight::Read)).await
    }
}
