//! In which ways does a listing not show all there is, and how does a side come to answer so? Each fault lasts as
//! long as it lies between us and the world, and hits one listing only. It knows nothing of the engine.

use concordat_sandbox::{Request, Response, System};
use serde_json::{Value, json};

use crate::unattended::{Answers, Between};

/// Whoever is called so is there and stays. A hole in a listing is theirs.
pub const STAYS: &str = "Stays";

/// A listing whose records somebody deletes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listing {
    /// All vendors, without whom their people are not listed.
    Vendors,
    /// The people of one vendor.
    People,
    /// All threats.
    Threats,
    /// All disclosures, on one page.
    Disclosures,
    /// All contacts of the CRM, from a search index.
    Contacts,
    /// All tasks of the CRM, from another.
    Tasks,
}

impl Listing {
    /// All of them.
    pub const ALL: [Listing; 6] = [
        Listing::Vendors,
        Listing::People,
        Listing::Threats,
        Listing::Disclosures,
        Listing::Contacts,
        Listing::Tasks,
    ];

    /// How a report names it.
    pub fn named(self) -> &'static str {
        match self {
            Listing::Vendors => "all UpGuard vendors",
            Listing::People => "the vendor contacts of UpGuard",
            Listing::Threats => "all UpGuard threats",
            Listing::Disclosures => "all UpGuard disclosures",
            Listing::Contacts => "all HighLevel contacts",
            Listing::Tasks => "all HighLevel tasks",
        }
    }

    /// The member in which its rows stand.
    fn rows(self) -> &'static str {
        match self {
            Listing::Vendors => "vendors",
            Listing::People | Listing::Contacts => "contacts",
            Listing::Threats => "results",
            Listing::Disclosures => "disclosures",
            Listing::Tasks => "tasks",
        }
    }

    /// Whether it comes from an index, which may lack what is there and show what is not.
    fn is_indexed(self) -> bool {
        matches!(self, Listing::Contacts | Listing::Tasks)
    }

    /// The member that says how many there are, if one does.
    fn total(self) -> Option<&'static str> {
        match self {
            Listing::Vendors => Some("total_results"),
            Listing::Contacts => Some("total"),
            Listing::People | Listing::Threats | Listing::Disclosures | Listing::Tasks => None,
        }
    }

    fn is_asked(self, system: System, request: &Request) -> bool {
        let is_ours = |wanted: System, end: &str| system == wanted && request.path.ends_with(end);
        match self {
            Listing::Vendors => is_ours(System::UpGuard, "/public/vendors"),
            Listing::People => is_ours(System::UpGuard, "/vendor/contact/list"),
            Listing::Threats => is_ours(System::UpGuard, "/threatmonitoring/threat/list"),
            Listing::Disclosures => {
                is_ours(System::UpGuard, "/dataleaks/disclosures") && request.query("ids").is_none()
            }
            Listing::Contacts => is_ours(System::HighLevel, "/contacts/search"),
            Listing::Tasks => is_ours(System::HighLevel, "/tasks/search"),
        }
    }
}

/// A way in which a listing is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A row is left out.
    Hole,
    /// It ends after its first row.
    ShortPage,
    /// It ends after its first page.
    DroppedCursor,
    /// It is empty, with 200.
    Empty,
    /// It says that there are more than it shows.
    WrongTotal,
    /// The answer ends in the middle.
    CutPage,
    /// The answer is not JSON.
    Garbled,
    /// The answer is a page for people, with 200.
    Html,
    /// Nothing stands where its rows are due.
    NoList,
    /// Nothing stands where a row is due.
    NoRow,
    /// A row's id has another shape.
    NoId,
    /// 403.
    Forbidden,
    /// 403 for every page but the first.
    ForbiddenLater,
    /// 503.
    Unavailable,
    /// 429, whenever it is asked for again.
    Throttled,
    /// No answer comes.
    Timeout,
    /// No answer comes for any page but the first.
    TimeoutLater,
    /// Each page is the first again.
    RepeatedPage,
    /// Each page but the first leads back to itself.
    StuckCursor,
    /// The index is days behind.
    StaleIndex,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 20] = [
        Fault::Hole,
        Fault::ShortPage,
        Fault::DroppedCursor,
        Fault::Empty,
        Fault::WrongTotal,
        Fault::CutPage,
        Fault::Garbled,
        Fault::Html,
        Fault::NoList,
        Fault::NoRow,
        Fault::NoId,
        Fault::Forbidden,
        Fault::ForbiddenLater,
        Fault::Unavailable,
        Fault::Throttled,
        Fault::Timeout,
        Fault::TimeoutLater,
        Fault::RepeatedPage,
        Fault::StuckCursor,
        Fault::StaleIndex,
    ];

    /// Whether there is such a fault of this listing. An index that leaves somebody out is not at fault, unless
    /// it says itself that there are more; so what is left out of it is asked for by id.
    pub fn is_of(self, listing: Listing) -> bool {
        match self {
            Fault::StaleIndex => listing == Listing::Contacts,
            Fault::WrongTotal => listing.total().is_some(),
            Fault::Hole | Fault::ShortPage => listing != Listing::Tasks,
            Fault::Empty => !listing.is_indexed(),
            Fault::DroppedCursor => !listing.is_indexed() && listing != Listing::Disclosures,
            Fault::ForbiddenLater
            | Fault::TimeoutLater
            | Fault::RepeatedPage
            | Fault::StuckCursor => listing != Listing::Disclosures,
            Fault::CutPage
            | Fault::Garbled
            | Fault::Html
            | Fault::NoList
            | Fault::NoRow
            | Fault::NoId
            | Fault::Forbidden
            | Fault::Unavailable
            | Fault::Throttled
            | Fault::Timeout => true,
        }
    }

    /// It lies between us and the world, and counts whom it hits.
    pub fn lies_between(self, listing: Listing, mut hit: impl FnMut() + Send + 'static) -> Between {
        Box::new(move |system, request, world| {
            if !listing.is_asked(system, &request) {
                return world(&request);
            }
            let (answer, is_hit) = self.befalls(listing, &request, world);
            if is_hit {
                hit();
            }
            answer
        })
    }

    /// What is answered, and whether that is the fault's doing.
    fn befalls(self, listing: Listing, request: &Request, world: Answers<'_>) -> (Response, bool) {
        let asked_at = cursor(request);
        let answer = world(request);
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let with = |body: Value| Response { body: body.to_string().into_bytes(), ..answer.clone() };
        let raw = |body: &[u8]| Response { body: body.to_vec(), ..answer.clone() };
        let refused = |status| Response { status, body: b"{}".to_vec(), ..Response::default() };
        let middle = answer.body.len() / 2;
        let is_later = asked_at.is_some();
        let mut rows: Vec<Value> = body[listing.rows()].as_array().cloned().unwrap_or_default();
        let changed = match self {
            Fault::Hole => {
                let count = rows.len();
                rows.retain(|row| !row.to_string().contains(STAYS));
                (rows.len() < count).then(|| with(showing(listing, &body, rows)))
            }
            Fault::ShortPage => {
                rows.truncate(1);
                Some(with(ended(listing, showing(listing, &body, rows))))
            }
            Fault::DroppedCursor => Some(with(ended(listing, body.clone()))),
            Fault::Empty => {
                let mut body = ended(listing, showing(listing, &body, Vec::new()));
                if let Some(total) = listing.total() {
                    body[total] = json!(0);
                }
                Some(with(body))
            }
            Fault::WrongTotal => listing.total().map(|total| {
                let mut body = body.clone();
                body[total] = json!(body[total].as_u64().unwrap_or_default() + 3);
                with(body)
            }),
            Fault::CutPage => Some(raw(&answer.body[..middle])),
            Fault::Garbled => {
                Some(raw(&[&answer.body[..middle], b"\0<", &answer.body[middle..]].concat()))
            }
            Fault::Html => Some(raw(b"<!doctype html><title>Please sign in</title>")),
            Fault::NoList => {
                let mut body = body.clone();
                body[listing.rows()] = Value::Null;
                Some(with(body))
            }
            Fault::NoRow => rows
                .first_mut()
                .map(|row| *row = Value::Null)
                .map(|()| with(showing(listing, &body, rows))),
            Fault::NoId => {
                rows.first_mut().map(nameless).map(|()| with(showing(listing, &body, rows)))
            }
            Fault::Forbidden => Some(refused(403)),
            Fault::ForbiddenLater => is_later.then(|| refused(403)),
            Fault::Unavailable => Some(refused(503)),
            Fault::Throttled => Some(refused(429)),
            Fault::Timeout => Some(Response { dropped: true, ..Response::default() }),
            Fault::TimeoutLater => {
                is_later.then(|| Response { dropped: true, ..Response::default() })
            }
            Fault::RepeatedPage => is_later.then(|| world(&first_page(request))),
            Fault::StuckCursor => asked_at.map(|at| with(leading_to(listing, body.clone(), &at))),
            Fault::StaleIndex => None,
        };
        let is_hit = changed.is_some();
        (changed.unwrap_or(answer), is_hit)
    }
}

/// The page with these rows.
fn showing(listing: Listing, body: &Value, rows: Vec<Value>) -> Value {
    let mut body = body.clone();
    body[listing.rows()] = Value::Array(rows);
    body
}

/// The page, leading nowhere.
fn ended(listing: Listing, mut body: Value) -> Value {
    let members = body.as_object_mut().expect("a page");
    members.remove("next_page_token");
    for row in members[listing.rows()].as_array_mut().into_iter().flatten() {
        row.as_object_mut().expect("a row").remove("searchAfter");
    }
    body
}

/// The page, leading to `at`.
fn leading_to(listing: Listing, mut body: Value, at: &Value) -> Value {
    if listing.is_indexed() {
        for row in body[listing.rows()].as_array_mut().into_iter().flatten() {
            row["searchAfter"] = at.clone();
        }
    } else {
        body["next_page_token"] = at.clone();
    }
    body
}

fn nameless(row: &mut Value) {
    for name in ["id", "_id", "uuid"] {
        if row.get(name).is_some() {
            row[name] = json!({ "is": "somewhere else" });
        }
    }
}

/// Where a request goes on; nothing: it asks for the first page.
fn cursor(request: &Request) -> Option<Value> {
    let token = request.query("page_token").map(|it| json!(it));
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    token.or_else(|| body.get("searchAfter").cloned())
}

fn first_page(request: &Request) -> Request {
    let mut request = request.clone();
    request.query.retain(|(name, _)| name != "page_token");
    if let Ok(mut body) = serde_json::from_slice::<Value>(&request.body) {
        body.as_object_mut().expect("a question").remove("searchAfter");
        request.body = body.to_string().into_bytes();
    }
    request
}
