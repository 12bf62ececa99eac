//! What does `POST /locations/{loc}/tasks/search` answer? The only read across contacts and the
//! only one with timestamps; another lagging copy (HighLevel sheet §7). Newest first; the cursor is
//! opaque to callers.

use std::cmp::Reverse;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::members::{Kind, check, optional};
use super::task::Task;
use super::{HighLevel, unprocessable};
use crate::effects::Occasion;
use crate::http::{Answer, Call, Response, System};
use crate::switches;

const LIMIT_DEFAULT: u64 = 25;
const LIMIT_MAX: u64 = 500;

/// Creation time in milliseconds, newest first, then the id.
type Key = (Reverse<i64>, String);

/// The delayed copy, in the order of answers.
#[derive(Clone, Debug, Default)]
pub(super) struct TaskIndex {
    rows: BTreeMap<Key, Task>,
    pending: VecDeque<(DateTime<Utc>, Key, Option<Task>)>,
}

impl TaskIndex {
    pub(super) fn hear(&mut self, at: DateTime<Utc>, task: &Task, lives: bool) {
        let key = (Reverse(task.date_added.timestamp_millis()), task.id.clone());
        self.pending.push_back((at, key, lives.then(|| task.clone())));
    }

    /// Believes everything that is at least `lag` old.
    fn catch_up(&mut self, now: DateTime<Utc>, lag: TimeDelta) {
        while self.pending.front().is_some_and(|(at, ..)| *at + lag <= now) {
            match self.pending.pop_front() {
                Some((_, key, Some(task))) => self.rows.insert(key, task),
                Some((_, key, None)) => self.rows.remove(&key),
                None => return,
            };
        }
    }
}

/// Answers 201, without a total; undocumented members other than `searchAfter` are refused.
pub(super) fn search(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let body = check(
        call,
        &[
            optional("contactId", Kind::Texts),
            optional("completed", Kind::Bool),
            optional("assignedTo", Kind::Texts),
            optional("query", Kind::Text),
            optional("businessId", Kind::Text),
            optional("limit", Kind::Count),
            optional("skip", Kind::Count),
            optional("searchAfter", Kind::Rows),
        ],
    )?;
    let count = |name: &str| body.get(name).and_then(Value::as_u64);
    let limit = count("limit").unwrap_or(LIMIT_DEFAULT);
    if limit == 0 || LIMIT_MAX < limit {
        return Err(unprocessable(format!("limit must be between 1 and {LIMIT_MAX}")));
    }
    let skip = usize::try_from(count("skip").unwrap_or(0)).unwrap_or(usize::MAX);
    let start = body.get("searchAfter").map_or(Ok(Bound::Unbounded), cursor)?;
    let lag = switches::seconds(occasion.switches.index_lag_seconds);
    highlevel.task_index.catch_up(occasion.at, lag);
    let rows: Vec<Value> = highlevel
        .task_index
        .rows
        .range((start, Bound::Unbounded))
        .filter(|(_, task)| passes(highlevel, task, &body))
        .skip(skip)
        .take(occasion.switches.page_rows(System::HighLevel, limit as usize))
        .map(|((Reverse(added), id), task)| {
            let contact = highlevel.contacts.get(&task.contact_id);
            let mut row =
                task.search_row(&highlevel.location_id, contact.map(|contact| &**contact));
            row["searchAfter"] = json!([added, id]);
            row
        })
        .collect();
    Ok(Response::json(201, &json!({ "tasks": rows })))
}

fn cursor(value: &Value) -> Result<Bound<Key>, Response> {
    let parts = match value.as_array().map(Vec::as_slice) {
        Some([added, id]) => added.as_i64().zip(id.as_str()),
        Some(_) | None => None,
    };
    let (added, id) = parts.ok_or_else(|| unprocessable("searchAfter must be a row's array"))?;
    Ok(Bound::Excluded((Reverse(added), id.to_owned())))
}

fn passes(highlevel: &HighLevel, task: &Task, body: &Map<String, Value>) -> bool {
    let one_of = |name: &str, value: &str| match body.get(name).and_then(Value::as_array) {
        Some(wanted) if !wanted.is_empty() => wanted.iter().any(|wanted| wanted == value),
        Some(_) | None => true,
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let completed = body.get("completed").and_then(Value::as_bool);
    let business = || {
        let contact = highlevel.contacts.get(&task.contact_id)?;
        contact.business_id.as_deref()
    };
    let mentions = |query: &str| {
        let query = query.to_lowercase();
        [&task.title, &task.body].iter().any(|text| text.to_lowercase().contains(&query))
    };
    one_of("contactId", &task.contact_id)
        && one_of("assignedTo", &task.assigned_to)
        && completed.is_none_or(|wanted| wanted == task.completed)
        && text("businessId").is_none_or(|wanted| business() == Some(wanted))
        && text("query").is_none_or(mentions)
}
