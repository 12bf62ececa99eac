//! What may go wrong in this life, and how often? Each seed knows a part of the faults only, so that some meet
//! undiluted (swarm testing), and systems that behave in one of several ways nobody published.

use serde_json::{Map, Value, json};

use super::ordeal::Ordeal;
use super::workflow::Workflow;
use crate::night::hurt::{LISTINGS, Pages};
use crate::night::persons::Dice;

/// A way in which one request goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// No connection: not one byte left.
    Unreachable,
    /// The answer takes seconds.
    Slow,
    /// It got lost on its way there.
    LostRequest,
    /// It was carried out; the answer got lost.
    LostAnswer,
    /// No answer, and it is carried out only later, before the next run at the latest.
    Late,
    /// 5xx, and nothing happened.
    Broken,
    /// 5xx, although it was carried out.
    BrokenAfter,
    /// 422, although it was carried out.
    RefusedAfter,
    /// 429, whatever it says of waiting.
    Throttled,
    /// 401.
    Expired,
    /// The key or token is not allowed to do this.
    Scope,
    /// 403.
    Forbidden,
    /// 200, and a part of it was thrown away.
    Partial,
    /// The answer ends in the middle.
    Truncated,
    /// The answer is not JSON.
    Garbled,
    /// The answer is a page for people.
    Html,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 16] = [
        Fault::Unreachable,
        Fault::Slow,
        Fault::LostRequest,
        Fault::LostAnswer,
        Fault::Late,
        Fault::Broken,
        Fault::BrokenAfter,
        Fault::RefusedAfter,
        Fault::Throttled,
        Fault::Expired,
        Fault::Scope,
        Fault::Forbidden,
        Fault::Partial,
        Fault::Truncated,
        Fault::Garbled,
        Fault::Html,
    ];

    /// Whether it can hit a request that writes, or one that only reads.
    pub fn hits(self, writes: bool) -> bool {
        match self {
            Fault::Unreachable
            | Fault::Slow
            | Fault::LostRequest
            | Fault::Broken
            | Fault::Throttled
            | Fault::Expired
            | Fault::Scope
            | Fault::Forbidden
            | Fault::Truncated
            | Fault::Garbled
            | Fault::Html => true,
            Fault::LostAnswer
            | Fault::Late
            | Fault::BrokenAfter
            | Fault::RefusedAfter
            | Fault::Partial => writes,
        }
    }

    /// What the sandbox calls it, if it is the sandbox that does it, and how it strikes a request once.
    /// `fields`: members of the request's body.
    pub fn strike(self, dice: &mut Dice, fields: &[String]) -> Option<(&'static str, Value)> {
        let status = |dice: &mut Dice| {
            let status = [500, 502, 503, 504][dice.below(4)];
            json!({ "next": 1, "status": status })
        };
        Some(match self {
            Fault::Unreachable | Fault::Slow | Fault::Late => return None,
            Fault::LostRequest => ("drop_before_effect", json!(1)),
            Fault::LostAnswer => ("drop_after_commit", json!(1)),
            Fault::Broken => ("error_before_effect", status(dice)),
            Fault::BrokenAfter => ("error_after_commit", status(dice)),
            Fault::RefusedAfter => ("unprocessable_after_commit", json!(1)),
            Fault::Throttled => ("rate_limited", json!(1)),
            Fault::Expired => ("token_expired", json!(1)),
            Fault::Scope => ("scope_missing", json!(1)),
            Fault::Forbidden => ("forbidden", json!(1)),
            Fault::Partial => {
                let field = fields.get(dice.below(fields.len().max(1)))?;
                ("drop_fields", json!({ "next": 1, "fields": [field] }))
            }
            Fault::Truncated => ("truncated", json!(1)),
            Fault::Garbled => ("garbled", json!(1)),
            Fault::Html => ("html", json!(1)),
        })
    }
}

/// What a 429 says of waiting; nothing: nothing.
pub const WAITS: [Option<&str>; 12] = [
    None,
    Some("0"),
    Some("1"),
    Some("2.5"),
    Some("119"),
    Some("121"),
    Some("1e9"),
    Some("-5"),
    Some("NaN"),
    Some("soon"),
    Some("Mon, 01 Jun 2026 12:00:30 GMT"),
    Some("Fri, 31 Dec 9999 23:59:59 GMT"),
];

/// What may happen in one life.
#[derive(Clone, Debug)]
pub struct Chances {
    /// Vendors, contacts, threats.
    pub size: [usize; 3],
    /// The faults this life knows.
    pub faults: Vec<Fault>,
    /// Of a thousand requests that write, so many are hit; of those that read, a sixth of that.
    pub hit: usize,
    /// How often people edit between two requests, of a thousand.
    pub busy: usize,
    /// How much people edit between two nights.
    pub edits: usize,
    /// How many nights are bad.
    pub nights: usize,
    /// Whether one listing is broken all night, now and then.
    pub spells: bool,
    /// How the systems behave.
    pub switches: Map<String, Value>,
    /// Of a hundred processes at night, so many are killed.
    pub crashes: usize,
    /// Settings beside those of [`crate::operator`].
    pub settings: Vec<&'static str>,
    /// Whether what was made for something that is gone is deleted.
    pub deletes: bool,
    /// An automation that changes once more what a request wrote.
    pub workflow: Option<Workflow>,
    /// What only lives go through in which a bug is looked for.
    pub ordeal: Option<Ordeal>,
}

impl Chances {
    /// Those of a seed.
    pub fn of(dice: &mut Dice) -> Chances {
        let size = [3 + dice.below(7), 4 + dice.below(11), dice.below(4)];
        let faults = Fault::ALL.into_iter().filter(|_| dice.below(5) < 2).collect();
        let hit = [30, 100, 250, 500][dice.below(4)];
        let busy = [0, 0, 20, 80][dice.below(4)];
        let settings = ["risks", "disclosures", "leads"];
        Chances {
            size,
            faults,
            hit,
            busy,
            edits: ([2, 6, 14][dice.below(3)]),
            nights: 2 + dice.below(3),
            spells: dice.below(3) == 0,
            switches: switches(dice),
            crashes: [0, 0, 30, 70][dice.below(4)],
            settings: settings.into_iter().filter(|_| dice.below(3) == 0).collect(),
            deletes: false,
            workflow: None,
            ordeal: None,
        }
    }

    /// With what was added later. It has a chance of its own, so that the other seeds live as they did.
    #[must_use]
    pub fn and_later(self, dice: &mut Dice) -> Chances {
        let deletes = dice.below(5) == 0;
        Chances { deletes, workflow: (dice.below(8) == 0).then(|| Workflow::of(dice)), ..self }
    }

    /// With an ordeal.
    #[must_use]
    pub fn and_an_ordeal(self, dice: &mut Dice) -> Chances {
        Chances { ordeal: Some(Ordeal::of(dice)), nights: self.nights + 2, ..self }
    }

    /// The same without faults.
    #[must_use]
    pub fn fair(self) -> Chances {
        Chances { faults: Vec::new(), spells: false, crashes: 0, ..self }
    }

    /// Whether nothing goes wrong but what people do.
    pub fn is_fair(&self) -> bool {
        self.faults.is_empty() && !self.spells && self.crashes == 0
    }

    /// Whether people edit while a run is at work, or a write arrives when nobody expects it: then not
    /// everything that happens can be told.
    pub fn is_told_in_full(&self) -> bool {
        self.busy == 0 && !self.faults.contains(&Fault::Late) && self.workflow.is_none()
    }

    /// Whether requests may arrive when what they rest on is long past.
    pub fn arrive_late(&self) -> bool {
        let dies = self.crashes > 0 || self.ordeal == Some(Ordeal::DiskFails);
        dies || self.faults.contains(&Fault::Late)
    }
}

/// What the sandbox is told of a listing that is broken for a while: by which name, and how it is mended.
pub fn spell(dice: &mut Dice) -> (&'static str, Value) {
    let damages = ["truncated", "garbled", "html", "scope_missing", "forbidden"];
    let of_pages = ["repeated", "stuck_cursor"];
    let listing = LISTINGS[dice.below(LISTINGS.len())];
    let damages = match listing.pages {
        Pages::None => damages.to_vec(),
        Pages::Cursor | Pages::Skip => [&damages[..], &of_pages[..]].concat(),
    };
    let (method, path) = listing.asked;
    (damages[dice.below(damages.len())], json!({ "method": method, "path": path }))
}

/// Ways in which the two systems may behave; a handful of them in each life.
fn switches(dice: &mut Dice) -> Map<String, Value> {
    let all = json!({
        "index_lag_seconds": ([5, 30, 300][dice.below(3)]),
        "phone_format": (["kept", "spaced"][dice.below(2)]),
        "put_company_name": (["drop", "store"][dice.below(2)]),
        "put_duplicate": (["drop", "allow"][dice.below(2)]),
        "missing_contact_status": 404,
        "missing_business_status": 404,
        "missing_task_status": 404,
        "missing_note_status": 404,
        "upguard_missing_contact_status": 404,
        "upguard_empty_next_page_token": true,
        "upguard_contact_page_size": 3,
        "upguard_page_rows_max": 2,
        "upguard_notification_page_size": 2,
        "highlevel_page_rows_max": 3,
        "highlevel_businesses_by_change": true,
        "upguard_order_turns": true,
        "identical_put_moves_date_updated": true,
        "tag_moves_date_updated": true,
        "custom_field_moves_date_updated": false,
        "task_moves_date_updated": true,
        "note_moves_date_updated": true,
        "note_put_replaces": true,
        "notes_newest_first": true,
        "tags_answer": "delta",
        "lookup_answer": "many",
        "search_lower_cases_names": true,
        "upguard_label_case_folding": true,
        "upguard_skew_seconds": ([-20, 20][dice.below(2)]),
        "highlevel_skew_seconds": ([-20, 20][dice.below(2)]),
        "highlevel_retry_after_seconds": 2,
        "highlevel_limit_headers": false,
        "highlevel_burst_limit": 30,
        "upguard_requests_per_minute": 60,
    });
    let Value::Object(all) = all else { return Map::new() };
    all.into_iter().filter(|_| dice.below(6) == 0).collect()
}
