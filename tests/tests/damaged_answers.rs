//! What if an answer is not what it should be? Every listing of both sides is answered in every way that is
//! bad, one after the other, while people work. Nothing is concluded from what was not seen, the rest of the
//! work is done, the report names the place and holds nothing of its content; and the first night with good
//! answers does what is left.
//!
//! A cell of the table is one run with one bad answer. A cell that was not exercised fails.

use std::collections::BTreeSet;
use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use concordat_oracle::{rows, text, twins};
use concordat_tests::night::hurt::{Bad, LISTINGS, Listing, Pages};
use concordat_tests::night::{ALLOW_FIRST, Night, Population, Ran};
use serde_json::{Value, json};

/// Somewhere else, where nobody must come by.
struct Elsewhere {
    url: String,
    visits: Arc<AtomicUsize>,
}

impl Elsewhere {
    fn open() -> Elsewhere {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url =
            format!("http://localhost:{}/", listener.local_addr().expect("an address").port());
        let visits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&visits);
        // Ends with the test's process.
        thread::spawn(move || {
            for mut visitor in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                drop(visitor.read(&mut [0; 64]));
            }
        });
        Elsewhere { url, visits }
    }
}

/// A world that has something in each listing, more than a page of what has pages, and nothing to do.
fn peaceful(listing: &Listing) -> Night {
    let population = Population { seed: 3, vendors: 8, contacts: 16, threats: 6, locations: 1 };
    let night = Night::over(population);
    night.configure(|text| {
        format!(
            "{text}\n[mapping.disclosures]\nenabled = true\nallow = [\"close\"]\n\
             user = \"ada.brook@concordat.example\"\n[mapping.risks]\nenabled = true\n\
             [mapping.leads]\nenabled = true\n[mapping.waivers]\nenabled = true\n\
             [mapping.usage_policies]\nenabled = true\n\
             [mapping.questionnaires]\nenabled = {}\n",
            listing.of.contains("questionnaires")
        )
    });
    for number in 1..=3 {
        let leak = json!({ "description": format!("Leak {number}") });
        night.sandbox.person(&json!({ "side": "upguard", "entity": "disclosure", "create": leak }));
        let waiver = json!({ "risk": "ssl_expired", "justification": format!("Waiver {number}"),
            "created_by": format!("w{number}@us.com") });
        night.sandbox.person(&json!({ "side": "upguard", "entity": "waiver", "create": waiver }));
        let app = json!({ "name": format!("App {number}") });
        night.sandbox.person(&json!({ "side": "upguard", "entity": "app", "create": app }));
    }
    for number in 1..=3 {
        let email = format!("lead{number}@leads.example");
        let lead = json!({ "user_email": email, "user_name": "Jo Doe", "standing": "admitted" });
        night.sandbox.person(&json!({ "side": "upguard", "entity": "lead", "create": lead }));
    }
    let state = night.sandbox.state();
    for vendor in rows(&state["upguard"]["vendors"]) {
        let sent = json!({ "vendor_id": vendor["id"], "name": "PCI DSS" });
        let create = json!({ "side": "upguard", "entity": "questionnaire", "create": sent });
        night.sandbox.person(&create);
    }
    night.first_agreement();
    finds(&night);
    tells(&night, "the first");
    says(&night, "the first");
    night.sandbox.turn(match listing.pages {
        Pages::Cursor | Pages::Skip => json!({
            "upguard_page_rows_max": if listing.of.contains("contacts") { 1 } else { 3 },
            "highlevel_page_rows_max": 3,
        }),
        Pages::None => json!({}),
    });
    clears_up(&night);
    night
}

/// The scan finds something at a vendor that has people and no risk yet, of the kind that is listed first.
fn finds(night: &Night) {
    let state = night.sandbox.state();
    let [vendors, people, risks] =
        ["vendors", "contacts", "risks"].map(|it| rows(&state["upguard"][it]));
    let is_watched = |vendor: &Value| {
        vendors.iter().any(|it| it["id"] == *vendor && it["monitored"] == true)
            && risks.iter().all(|it| it["vendor_id"] != *vendor)
    };
    let vendor = people.iter().map(|it| &it["vendor_id"]).find(|it| is_watched(it));
    let risk = json!({ "vendor_id": vendor, "risk": "domain_expired", "hosts": ["mx1.example"] });
    night.sandbox.person(&json!({ "side": "upguard", "entity": "risk", "create": risk }));
}

/// UpGuard notifies of something twice, so that there is more than one.
fn tells(night: &Night, what: &str) {
    let vendor = hosted(night);
    for time in ["once", "twice", "three times", "four times"] {
        night.sandbox.person(&json!({ "side": "upguard", "entity": "notification", "create": {
            "type": "RiskAssessmentPublished", "description": format!("{what}, {time}"),
            "context": { "Domain": vendor["primary_hostname"] },
        }}));
    }
}

/// Somebody comments on a threat that is investigated.
fn says(night: &Night, what: &str) {
    let state = night.sandbox.state();
    let threats = rows(&state["upguard"]["threats"]);
    let threat = threats.iter().find(|it| it["threat_status"] == "investigating").expect("one");
    let comment = json!({ "uuid": threat["uuid"], "content": format!("I looked: {what}") });
    night.sandbox.person(&json!({ "side": "upguard", "entity": "comment", "create": comment }));
}

/// A vendor that can be written and is a business.
fn hosted(night: &Night) -> Value {
    let state = night.sandbox.state();
    let names: Vec<String> =
        rows(&state["highlevel"]["businesses"]).iter().map(|it| text(&it["name"])).collect();
    let vendors = rows(&state["upguard"]["vendors"]).iter();
    let mut fit = vendors.filter(|it| {
        it["monitored"] == true
            && it["primary_hostname"].is_string()
            && names.iter().filter(|name| **name == text(&it["name"])).count() == 1
    });
    fit.next_back().expect("a vendor").clone()
}

/// A person of UpGuard who is one contact, by their address.
fn known_person(night: &Night) -> Value {
    let state = night.sandbox.state();
    let lower = |it: &Value, name: &str| text(&it[name]).to_lowercase();
    let contacts = rows(&state["highlevel"]["contacts"]);
    let people = rows(&state["upguard"]["contacts"]);
    let is_alone = |email: &str| {
        people.iter().filter(|it| lower(it, "email_address") == email).count() == 1
            && contacts.iter().filter(|it| lower(it, "email") == email).count() == 1
    };
    let person = people.iter().rfind(|it| is_alone(&lower(it, "email_address")));
    person.expect("a person").clone()
}

/// Somebody changes something that has nothing to do with the listing, and has to arrive; answers where, and
/// as what.
fn works(night: &Night, listing: &Listing, round: usize) -> (&'static str, String) {
    let is_about_vendors =
        ["vendors", "vendor notes", "businesses"].iter().any(|it| listing.of.contains(it));
    let word = format!("Round{}", (b'a' + u8::try_from(round).expect("few rounds")) as char);
    if is_about_vendors {
        let id = text(&known_person(night)["id"]);
        night.sandbox.edit("upguard", "contact", &id, json!({ "name": format!("Robin {word}") }));
        ("contact", word)
    } else {
        let id = text(&hosted(night)["id"]);
        let notes = json!({ "attributes.Relationship notes": word });
        night.sandbox.edit("upguard", "vendor", &id, notes);
        ("business", word)
    }
}

/// What those are called that are new.
const NEWCOMERS: [&str; 3] = ["@newcomers.example", "Newcomer ", "New threat "];

/// Something is new in UpGuard that HighLevel lacks, as far as this listing could tell.
fn arrives(night: &Night, lacks: &str, round: usize) {
    let (entity, create) = match lacks {
        "contact" => {
            let email = format!("new{round}@newcomers.example");
            let vendor = hosted(night)["id"].clone();
            ("contact", json!({ "vendor_id": vendor, "name": "Nova New", "email_address": email }))
        }
        "business" => {
            let host = format!("new{round}.example");
            ("vendor", json!({ "name": format!("Newcomer {round}"), "primary_hostname": host }))
        }
        "task" => ("threat", json!({ "title": format!("New threat {round}") })),
        other => panic!("nothing makes a {other}"),
    };
    night.sandbox.person(&json!({ "side": "upguard", "entity": entity, "create": create }));
}

/// The first record of a listing goes away, where people can remove it.
fn leaves(night: &Night, listing: &Listing) {
    let state = night.sandbox.state();
    let side = listing.side.name();
    let (entity, list) = match listing.rows {
        "/vendors" => ("vendor", "vendors"),
        "/contacts" => ("contact", "contacts"),
        "/results" => ("threat", "threats"),
        "/disclosures" => ("disclosure", "disclosures"),
        "/users_and_orgs_with_access" => ("lead", "leads"),
        "/risks" if listing.asked.1 == "/risks" => ("waiver", "waivers"),
        "/apps" => ("app", "apps"),
        "/businesses" => ("business", "businesses"),
        "/tasks" => ("task", "tasks"),
        "/notes" => ("note", "notes"),
        _ => return,
    };
    let spared = [hosted(night)["id"].clone(), known_person(night)["id"].clone()];
    let records = rows(&state[side][list]);
    let id = |it: &Value| ["uuid", "id", "name"].into_iter().find_map(|by| it.get(by)).cloned();
    let gone = records.iter().filter_map(id).find(|it| !spared.contains(it)).expect("a record");
    night.sandbox.person(&json!({ "side": side, "entity": entity, "id": gone, "delete": true }));
}

/// Runs the nightly job until nothing is left. The first night must see everything.
#[track_caller]
fn clears_up(night: &Night) {
    for number in 0..4 {
        night.sandbox.minutes_pass(24 * 60);
        let ran = night.run(&[&["--json", "reconcile"], &ALLOW_FIRST[..]].concat());
        let run = ran.json();
        assert!(matches!(ran.code, Some(0 | 3 | 6)), "{}", ran.told());
        assert_eq!(run["incomplete"], json!([]), "night {number}: {}", ran.told());
        if run["operations"] == 0 {
            return;
        }
    }
    night.finds_nothing();
}

/// One cell: one run with one bad answer. Answers what is said of the listing.
fn cell(night: &Night, listing: &Listing, bad: Bad, round: usize, elsewhere: &str) -> String {
    let cell = format!("{} answered {bad:?}", listing.of);
    night.sandbox.minutes_pass(24 * 60);
    let (entity, word) = works(night, listing, round);
    match listing.of {
        of if of.contains("comments") => says(night, &word),
        of if of.contains("notifications") => tells(night, &word),
        _ => {}
    }
    let is_complete = bad.says().is_empty();
    if let Some(lacks) = listing.lacks.filter(|_| !is_complete) {
        arrives(night, lacks, round);
    }
    let (name, strike) = bad.strike(listing, elsewhere);
    night.sandbox.turn(json!({ name: strike }));
    let before = night.sandbox.effects().len();
    let ran = night.run(&["-vv", "--json", "reconcile"]);
    let left = &night.sandbox.switches()[name];
    let is_hit = *left == json!([]) || left[0]["next"].as_u64() < Some(99) && strike["next"] == 99;
    assert!(is_hit, "{cell}: was not exercised, {left}\n{}", ran.told());
    night.sandbox.turn(json!({ name: false }));

    assert!(matches!(ran.code, Some(0 | 3 | 6)), "{cell}: {}", ran.told());
    let run = ran.json();
    let told = incomplete(&cell, &run, listing, bad, &ran);
    keeps_quiet(&cell, &run, &ran, night);
    let effects = night.sandbox.api_effects_from(before);
    let carried =
        effects.iter().any(|it| it["entity"] == entity && text(&it["after"]).contains(&word));
    assert!(carried, "{cell}: the rest of the work was not done: {}", ran.told());
    // What people say and what UpGuard tells may arrive, row by row.
    let is_news = |it: &&Value| {
        let accrues = listing.of.contains("notifications") || listing.of.contains("comments");
        it["entity"] == "note" && accrues
    };
    let others: Vec<&Value> =
        effects.iter().filter(|it| it["entity"] != entity || it["field"].is_null()).collect();
    let others: Vec<&&Value> = others.iter().filter(|it| !is_news(it)).collect();
    assert!(others.is_empty(), "{cell}: something follows from it: {others:#?}");
    told
}

/// What the report says of the listing.
fn incomplete(cell: &str, run: &Value, listing: &Listing, bad: Bad, ran: &Ran) -> String {
    let all: Vec<String> = rows(&run["incomplete"]).iter().map(text).collect();
    let expected = bad.says();
    if expected.is_empty() {
        assert!(all.is_empty(), "{cell}: {}", ran.told());
        return "complete".into();
    }
    let of_it = all.iter().find(|it| it.starts_with(listing.of));
    let told = of_it.unwrap_or_else(|| panic!("{cell}: not told of: {}", ran.told()));
    assert!(expected.iter().any(|it| told.contains(it)), "{cell}: {told}");
    let says = told.split_once(": ").map_or(told.as_str(), |(_, says)| says);
    says.to_owned()
}

/// Nothing of a record or of what opens the systems is told.
fn keeps_quiet(cell: &str, run: &Value, ran: &Ran, night: &Night) {
    let all = format!("{}{}", ran.out, ran.err);
    let secrets = ["/upguard/api_key", "/highlevel/token"].map(|it| night.sandbox.contract(it));
    for secret in secrets.into_iter().chain(["PII-CANARY", "elsewhere.invalid", "Bad Gateway"]) {
        assert!(!all.contains(secret), "{cell}: {secret} is told: {}", ran.told());
    }
    let incomplete = run["incomplete"].to_string();
    assert!(!incomplete.contains('@') && !ran.err.contains('@'), "{cell}: {}", ran.told());
}

/// Every cell of one listing, and the nights after them.
fn column(listing: &Listing, elsewhere: &str) -> Vec<(Bad, String)> {
    let night = peaceful(listing);
    let bads = Bad::ALL.into_iter().filter(|bad| bad.is_none_of(listing).is_none());
    let mut told = Vec::new();
    let mut is_lonely = false;
    for (round, bad) in bads.enumerate() {
        if !bad.says().is_empty() && listing.of.starts_with("all") && !is_lonely {
            is_lonely = true;
            leaves(&night, listing);
        }
        told.push((bad, cell(&night, listing, bad, round, elsewhere)));
    }
    clears_up(&night);
    let effects = night.sandbox.effects();
    assert_eq!(twins::made_twice(&effects), Vec::<String>::new(), "{}", listing.of);
    let made = effects.iter().filter(|it| {
        Some(text(&it["entity"]).as_str()) == listing.lacks
            && it["actor"] == "api"
            && it["before"].is_null()
            && it["field"].is_null()
            && NEWCOMERS.iter().any(|new| it["after"].to_string().contains(new))
    });
    let arrived = told.iter().filter(|(bad, _)| !bad.says().is_empty()).count();
    if listing.lacks.is_some() {
        assert_eq!(made.count(), arrived, "{}: each newcomer once", listing.of);
    }
    told
}

#[test]
fn no_bad_answer_hurts() {
    let elsewhere = Elsewhere::open();
    let columns: Vec<(&Listing, Vec<(Bad, String)>)> = thread::scope(|nights| {
        let url = &elsewhere.url;
        let all = LISTINGS.iter().map(|it| (it, nights.spawn(move || column(it, url))));
        let all: Vec<_> = all.collect();
        all.into_iter().map(|(it, night)| (it, night.join().expect("a night"))).collect()
    });
    let mut missing = BTreeSet::new();
    for (listing, told) in &columns {
        eprintln!("{} {}", listing.asked.0, listing.asked.1);
        for bad in Bad::ALL {
            let found = told.iter().find(|(it, _)| *it == bad).map(|(_, says)| says.as_str());
            let none = bad.is_none_of(listing);
            eprintln!("  {:12} {}", format!("{bad:?}"), found.or(none).unwrap_or("NOT EXERCISED"));
            if found.is_some() == none.is_some() {
                missing.insert(format!("{} {bad:?}", listing.of));
            }
        }
    }
    assert!(missing.is_empty(), "not exercised, or more than there is: {missing:?}");
    assert_eq!(elsewhere.visits.load(Ordering::SeqCst), 0, "an address was gone to");
}
