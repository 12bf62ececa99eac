//! Which listings are there, and in which ways can an answer to one be bad? What the sandbox is told to do to
//! it, and what has to be said of it.

use serde_json::{Value, json};

use super::persons::Side;

/// How a listing goes on from page to page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pages {
    /// By a cursor that the side gives.
    Cursor,
    /// By a number of rows to pass over.
    Skip,
    /// It does not: one answer is all.
    None,
}

/// A listing of one side.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// Whose.
    pub side: Side,
    /// Of what; how a report begins to name it.
    pub of: &'static str,
    /// How it is asked for.
    pub asked: (&'static str, &'static str),
    /// How it goes on.
    pub pages: Pages,
    /// Where its rows stand; nothing: it is about one thing.
    pub rows: &'static str,
    /// A member that is read, below a row.
    pub member: &'static str,
    /// A member of which only some values are known, below a row.
    pub word: Option<&'static str>,
    /// What HighLevel calls what would be made if this listing seemed to lack it.
    pub lacks: Option<&'static str>,
}

const fn listing(
    side: Side,
    of: &'static str,
    asked: (&'static str, &'static str),
    pages: Pages,
    (rows, member): (&'static str, &'static str),
) -> Listing {
    Listing { side, of, asked, pages, rows, member, word: None, lacks: None }
}

const UPGUARD: Side = Side::Upguard;
const HIGHLEVEL: Side = Side::Highlevel;

/// All of them.
pub const LISTINGS: [Listing; 17] = [
    Listing {
        word: Some("/assessmentStatus"),
        ..listing(
            UPGUARD,
            "all UpGuard vendors",
            ("GET", "/vendors"),
            Pages::Cursor,
            ("/vendors", "/labels"),
        )
    },
    listing(
        UPGUARD,
        "the vendor contacts of UpGuard",
        ("GET", "/vendor/contact/list"),
        Pages::Cursor,
        ("/contacts", "/email_address"),
    ),
    Listing {
        word: Some("/threat_status"),
        ..listing(
            UPGUARD,
            "all UpGuard threats",
            ("GET", "/threatmonitoring/threat/list"),
            Pages::Cursor,
            ("/results", "/title"),
        )
    },
    listing(
        UPGUARD,
        "the comments of UpGuard",
        ("GET", "/threatmonitoring/threat"),
        Pages::None,
        ("/threat_details/comments", "/content"),
    ),
    listing(
        UPGUARD,
        "all UpGuard notifications",
        ("GET", "/notifications"),
        Pages::Cursor,
        ("/notifications", "/description"),
    ),
    listing(UPGUARD, "the vendor notes of UpGuard", ("GET", "/vendor"), Pages::None, ("", "/note")),
    Listing {
        word: Some("/status"),
        ..listing(
            UPGUARD,
            "all UpGuard disclosures",
            ("GET", "/dataleaks/disclosures"),
            Pages::None,
            ("/disclosures", "/description"),
        )
    },
    listing(
        UPGUARD,
        "all UpGuard waivers",
        ("GET", "/risks"),
        Pages::None,
        ("/risks", "/risk_waivers"),
    ),
    listing(
        UPGUARD,
        "all UpGuard apps",
        ("GET", "/user_risk/apps/list"),
        Pages::Cursor,
        ("/apps", "/usage_policy"),
    ),
    listing(
        UPGUARD,
        "all UpGuard risks",
        ("GET", "/risks/vendors/all"),
        Pages::Cursor,
        ("/risks", "/title"),
    ),
    listing(
        UPGUARD,
        "all UpGuard risks",
        ("GET", "/risks/vendors_with_risk"),
        Pages::None,
        ("/vendors_with_risk", "/name"),
    ),
    listing(
        UPGUARD,
        "all UpGuard leads",
        ("GET", "/trust_exchange/trust_center/access"),
        Pages::None,
        ("/users_and_orgs_with_access", "/user_name"),
    ),
    Listing {
        word: Some("/status"),
        ..listing(
            UPGUARD,
            "the questionnaires of UpGuard",
            ("GET", "/vendor/questionnaires/v2"),
            Pages::None,
            ("/questionnaires", "/name"),
        )
    },
    Listing {
        lacks: Some("contact"),
        ..listing(
            HIGHLEVEL,
            "all HighLevel contacts",
            ("POST", "/contacts/search"),
            Pages::Cursor,
            ("/contacts", "/tags"),
        )
    },
    Listing {
        lacks: Some("business"),
        ..listing(
            HIGHLEVEL,
            "all HighLevel businesses",
            ("GET", "/businesses/"),
            Pages::Skip,
            ("/businesses", "/name"),
        )
    },
    Listing {
        lacks: Some("task"),
        ..listing(
            HIGHLEVEL,
            "all HighLevel tasks",
            ("POST", "/locations/{locationId}/tasks/search"),
            Pages::Cursor,
            ("/tasks", "/completed"),
        )
    },
    listing(
        HIGHLEVEL,
        "the notes of HighLevel",
        ("GET", "/contacts/{contactId}/notes"),
        Pages::None,
        ("/notes", "/body"),
    ),
];

/// A way in which an answer is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bad {
    /// It holds addresses of a page to go on at, which are not to be gone to.
    Address,
    /// A word that nobody knows stands where one of a few is due.
    Word,
    /// It ends in the middle.
    Truncated,
    /// It is not JSON.
    Garbled,
    /// A member has another type.
    Mistyped,
    /// Nothing stands where a record is due.
    NoRecord,
    /// Nothing stands where the records are due.
    NoList,
    /// It is larger than allowed.
    Oversized,
    /// It is larger than allowed once it is unpacked.
    Bomb,
    /// It is a page for people.
    Html,
    /// It is a page for people, of a gateway.
    Gateway,
    /// Each page is the first again.
    Repeated,
    /// Each page leads to the second.
    StuckCursor,
    /// It leads to another host.
    Redirected,
}

impl Bad {
    /// All of them; first those that are no reason to doubt a listing.
    pub const ALL: [Bad; 14] = [
        Bad::Address,
        Bad::Word,
        Bad::Truncated,
        Bad::Garbled,
        Bad::Mistyped,
        Bad::NoRecord,
        Bad::NoList,
        Bad::Oversized,
        Bad::Bomb,
        Bad::Html,
        Bad::Gateway,
        Bad::Repeated,
        Bad::StuckCursor,
        Bad::Redirected,
    ];

    /// Why there is no such answer to this listing.
    pub fn is_none_of(self, listing: &Listing) -> Option<&'static str> {
        match (self, listing.pages) {
            (Bad::Word, _) if listing.word.is_none() => Some("reads no such word"),
            (Bad::NoList, _) if listing.rows.is_empty() => Some("is about one thing"),
            (Bad::Repeated, Pages::None) => Some("has one page"),
            (Bad::StuckCursor, Pages::None | Pages::Skip) => Some("has no cursor"),
            _ => None,
        }
    }

    /// What the sandbox is told; `elsewhere` is the address of another host.
    pub fn strike(self, listing: &Listing, elsewhere: &str) -> (&'static str, Value) {
        let first = format!("{}/0", listing.rows);
        let record = if listing.rows.is_empty() { "" } else { &first };
        let put = |place: String, value: Value| ("altered", json!({ "put": { place: value } }));
        let (name, mut strike) = match self {
            Bad::Address => {
                let all = ["/next", "/nextPageUrl", "/meta"];
                let put: serde_json::Map<String, Value> = all
                    .into_iter()
                    .map(|it| {
                        (it.to_owned(), json!({ "nextPageUrl": elsewhere, "href": elsewhere }))
                    })
                    .chain([("/next_page_url".to_owned(), json!(elsewhere))])
                    .collect();
                ("altered", json!({ "put": put }))
            }
            Bad::Word => {
                put(format!("{record}{}", listing.word.unwrap_or_default()), json!("PII-CANARY"))
            }
            Bad::Truncated => ("truncated", json!({})),
            Bad::Garbled => ("garbled", json!({})),
            Bad::Mistyped => {
                put(format!("{record}{}", listing.member), json!({ "PII-CANARY": "PII-CANARY" }))
            }
            Bad::NoRecord => put(record.to_owned(), Value::Null),
            Bad::NoList => put(listing.rows.to_owned(), Value::Null),
            Bad::Oversized => ("oversized", json!({})),
            Bad::Bomb => ("bomb", json!({})),
            Bad::Html => ("html", json!({})),
            Bad::Gateway => ("html", json!({ "status": 502 })),
            Bad::Repeated => ("repeated", json!({})),
            Bad::StuckCursor => ("stuck_cursor", json!({})),
            Bad::Redirected => ("redirected", json!({ "location": elsewhere })),
        };
        strike["method"] = listing.asked.0.into();
        strike["path"] = listing.asked.1.into();
        // A gateway is asked again, and a listing goes on for some pages.
        let is_lasting = matches!(self, Bad::Gateway | Bad::Repeated | Bad::StuckCursor);
        strike["next"] = if is_lasting { 99 } else { 1 }.into();
        (name, strike)
    }

    /// What is said of the listing, one of these; nothing: it is complete.
    pub fn says(self) -> &'static [&'static str] {
        match self {
            Bad::Address | Bad::Word => &[],
            Bad::Truncated => &["it is cut off"],
            Bad::Garbled | Bad::Html => &["it is not JSON"],
            Bad::Mistyped => &["is missing or has another shape"],
            Bad::NoRecord => &["row 1: it has another shape", "has another shape"],
            // A page that shows nothing and leads on, or one of which a read by id knows better.
            Bad::NoList => &[
                "is missing or has another shape",
                "is there and was left out",
                "the listing repeats itself",
            ],
            Bad::Oversized | Bad::Bomb => &["the answer is larger than"],
            Bad::Gateway => &["the side failed with status 502"],
            Bad::Repeated => &["the listing repeats itself", "its rows moved from page to page"],
            Bad::StuckCursor => &["the listing repeats itself"],
            Bad::Redirected => &["a redirect, which is not followed"],
        }
    }
}
