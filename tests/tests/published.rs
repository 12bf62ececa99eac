//! What went wrong elsewhere, and does it here? Stories of tools of this kind that users published, told as nights
//! of a job that nobody watches: one bad reading, and the other side is emptied, doubled or wiped. Those of
//! HighLevel alone are `published_crm.rs`.
//!
//! Each is told more than once. First as it is: nothing harmful is written, and the run says why. Then with one
//! layer of protection after the other off, a bug put in where it would sit, until the harm is done: what the
//! systems hold then proves that the story could have ended badly, and which layers it took.

use std::ops::Range;

use concordat_model::zoo::Bug;
use concordat_model::{Action, Class};
use concordat_oracle::{rows, text};
use concordat_sandbox::{Options, Response};
use concordat_tests::acme::{
    HIGHLEVEL, UPGUARD, contacts, hired, labels, of_acme, staff, those, town,
};
use concordat_tests::operator::wide_open;
use concordat_tests::unattended::{Job, is_quiet, off};
use serde_json::{Value, json};

fn archived(job: &Job) -> usize {
    contacts(job, |it| rows(&it["tags"]).iter().any(|tag| tag == "concordat:archived")).len()
}

/// An answer with another body.
fn altered(answer: &mut Response, alter: impl FnOnce(&mut Value)) {
    let mut body: Value = serde_json::from_slice(&answer.body).expect("a document");
    alter(&mut body);
    answer.body = body.to_string().into_bytes();
}

/// In May 2020 an address book's API began to cap a page at 1,500 rows and to lead on to the next by a link. A
/// tool that had always got everything at once took the rest for deleted, and deleted it from its users' own
/// address books: more than 2,000 people for one of them.
#[test]
fn the_page_cap_that_became_a_mass_delete() {
    let (mut job, acme) = town(|mapping| mapping["contacts"]["gone"] = json!("delete"));
    staff(&job, &acme, 30);
    job.agrees();
    let written = job.effects().len();
    job.turn(json!({ "upguard_contact_page_size": 5 }));
    let night = job.night();
    is_quiet(&night);
    assert_eq!(night.says(), "", "six pages are as good as one");

    // Who knows of no second page is contradicted by those who answer to their ids.
    let night = off(&[Bug::FirstPageIsAll], &mut || job.night());
    is_quiet(&night);
    assert!(night.says().contains("is there and was left out"), "{}", night.says());

    // Who does not ask them loses five of six people of that vendor overnight, and the guards refuse.
    let layers = [Bug::FirstPageIsAll, Bug::NotReadById, Bug::ForbiddenIsGone];
    let night = off(&layers, &mut || job.night());
    assert_eq!(night.refused(), [Class::Shrunken], "{}", night.says());
    let night = off(&layers, &mut || job.night());
    assert_eq!(night.planned(Action::Delete), 25);
    assert_eq!(night.refused(), [Class::Shrunken, Class::Deletes], "{}", night.says());
    assert_eq!((of_acme(&job), job.effects().len()), (30, written));

    job.limits = wide_open();
    off(&layers, &mut || job.night());
    assert_eq!(of_acme(&job), 5);
}

/// A team turned a sync of 280,000 records on at four on a Friday, with everything as it came. On Monday their
/// CRM held 60,000 people twice, and a campaign had written to everyone who was new. Here it is sixty, and then
/// 220; the way to it is the same: the people are there under other addresses, so that no key tells.
#[test]
fn sixty_thousand_duplicates() {
    let (mut job, acme) = town(|_| {});
    let double = |job: &Job, numbers: Range<usize>| {
        for number in numbers {
            let (name, email) = (format!("Number{number}"), format!("pat{number}@home.example"));
            let there = json!({ "firstName": "Pat", "lastName": name, "email": email });
            job.makes(HIGHLEVEL, "contact", there);
            let email = format!("pat{number}@acme.example");
            hired(job, &acme, &format!("Pat {name}"), &email);
        }
    };
    double(&job, 0..60);
    let night = job.night();
    assert_eq!(night.refused(), [Class::FirstAgreement], "nobody has read it");
    assert!(night.planned(Action::Create) >= 60, "{}", night.says());
    assert!(night.says().contains("that nobody has seen before"), "{}", night.says());
    assert_eq!(job.effects(), []);
    off(&[Bug::GuardsLookAway], &mut || job.night());
    assert_eq!(of_acme(&job), 60, "everybody is there twice");
    job.night();

    // It also happens later: somebody imports a list into UpGuard.
    double(&job, 60..280);
    let written = job.effects().len();
    let night = job.night();
    assert_eq!(night.refused(), [Class::Creates], "{}", night.says());
    assert!(night.says().contains("220 creates of HighLevel contact records"), "{}", night.says());
    assert_eq!(job.effects().len(), written);
    off(&[Bug::GuardsLookAway], &mut || job.night());
    assert_eq!(of_acme(&job), 280);
    // Even then no campaign writes to them.
    let new = contacts(&job, |it| text(&it["email"]).ends_with("@acme.example"));
    assert!(new.iter().all(|it| it["dnd"] == true));
}

/// An API whose answers have other members here than there, or lose one for a while: what is not said reads as
/// empty, and empty is carried to the other side. Here a search stops telling tags, which are a vendor's labels.
#[test]
fn a_field_that_is_not_told_wipes_nothing() {
    let (mut job, acme) = town(|_| {});
    staff(&job, &acme, 3);
    job.sets(UPGUARD, "vendor", &acme, json!({ "labels": ["Gold"] }));
    job.agrees();
    job.meets(Box::new(|_, request, world| {
        let mut answer = world(&request);
        if request.path == "/contacts/search" {
            altered(&mut answer, |body| {
                for row in body["contacts"].as_array_mut().expect("rows") {
                    row.as_object_mut().expect("a row").remove("tags");
                }
            });
        }
        answer
    }));
    is_quiet(&job.night());
    is_quiet(&off(&[Bug::MissingIsEmpty], &mut || job.night()));
    assert_eq!(labels(&job, &acme), ["Gold"], "a row is no newer than what was read since");
    off(&[Bug::MissingIsEmpty, Bug::LaggingRowBelieved], &mut || job.night());
    assert_eq!(labels(&job, &acme), [""; 0]);
}

/// An import with an empty column: a field of every record is blank on one side, by hand, and by the morning it
/// is on the other, where it was worth something.
#[test]
fn a_wiped_field_is_wiped_on_one_side_only() {
    let options = Options { vendors: 45, contacts: 6, ..Options::default() };
    let mut job = Job::new(options, |_| {});
    let watched = |it: &Value| it["monitored"] == true && it["primary_hostname"].is_string();
    for (number, vendor) in those(&job, "/upguard/vendors", watched).iter().enumerate() {
        let phone = json!({ "attributes.Main phone": format!("+1646555{number:04}") });
        job.sets(UPGUARD, "vendor", &vendor["id"], phone);
    }
    job.agrees();
    let reachable = |job: &Job| {
        those(job, "/upguard/vendors", |it| it["attributes"]["Main phone"].is_string()).len()
    };
    let before = reachable(&job);
    for business in those(&job, "/highlevel/businesses", |it| !text(&it["phone"]).is_empty()) {
        job.sets(HIGHLEVEL, "business", &business["id"], json!({ "phone": "" }));
    }
    let night = job.night();
    assert_eq!(night.refused(), [Class::Clears], "{}", night.says());
    assert_eq!(reachable(&job), before);
    off(&[Bug::GuardsLookAway], &mut || job.night());
    assert!(reachable(&job) + 25 < before, "{} of {before} are left", reachable(&job));
}

/// One side is empty one night: a volume that was not mounted, an account that was reset, a list that answers 200
/// and nothing. Told of nearly every tool of this kind; some then empty the other side, too.
#[test]
fn an_emptied_side_empties_no_other() {
    let (mut job, acme) = town(|_| {});
    staff(&job, &acme, 12);
    job.agrees();
    job.meets(Box::new(|_, request, world| {
        let mut answer = world(&request);
        if request.path.ends_with("/vendor/contact/list") {
            altered(&mut answer, |body| *body = json!({ "contacts": [] }));
        }
        answer
    }));
    for _ in 0..3 {
        let night = job.night();
        is_quiet(&night);
        assert!(night.says().contains("is there and was left out"), "{}", night.says());
    }
    job.meets_nothing();
    is_quiet(&job.night());

    // And if it is true, because somebody did delete them all? Where nobody answers, UpGuard does not tell who
    // is gone from who is out of reach; and a side that shows nothing is refused. Somebody has to say so.
    for person in those(&job, "/upguard/contacts", |_| true) {
        job.deletes(UPGUARD, "contact", &person["id"]);
    }
    for _ in 0..3 {
        let night = job.night();
        assert_eq!((night.planned(Action::Archive), night.refused()), (0, vec![Class::Shrunken]));
        assert!(night.says().contains("UpGuard shows 0 vendor contact records"));
    }
    let night = off(&[Bug::ForbiddenIsGone], &mut || job.night());
    assert!(night.planned(Action::Archive) >= 12, "{}", night.says());
    assert_eq!((night.refused(), archived(&job)), (vec![Class::Shrunken], 0));
    off(&[Bug::ForbiddenIsGone, Bug::GuardsLookAway], &mut || job.night());
    assert!(archived(&job) >= 12, "{}", archived(&job));
}

/// A token is given another role, and what it may not read any more looks as if it were not there: UpGuard says
/// "no permission, or no such contact" in one and the same answer.
#[test]
fn a_token_that_lost_a_scope_ends_nobody() {
    let (mut job, acme) = town(|_| {});
    staff(&job, &acme, 12);
    job.agrees();
    let path = |path: &str| json!({ "system": "upguard", "path": path });
    let lost = [path("/vendor/contact/list"), path("/vendor/contact")];
    job.turn(json!({ "scope_missing": lost }));
    for _ in 0..3 {
        let night = job.night();
        is_quiet(&night);
        assert!(night.says().contains("the vendor contacts of UpGuard"), "{}", night.says());
    }
    // To a tool that takes a listing that fails for its end, nobody is there. No other answers to an id either,
    // so nothing is proven; and a side that shows nothing is refused.
    let mut layers = vec![Bug::EveryListingWhole];
    for _ in 0..3 {
        let night = off(&layers, &mut || job.night());
        assert_eq!((night.planned(Action::Archive), night.refused()), (0, vec![Class::Shrunken]));
    }
    layers.push(Bug::ForbiddenIsGone);
    let night = off(&layers, &mut || job.night());
    assert!(night.planned(Action::Archive) >= 12, "{}", night.says());
    assert_eq!((night.refused(), archived(&job)), (vec![Class::Shrunken], 0));
    layers.push(Bug::GuardsLookAway);
    off(&layers, &mut || job.night());
    assert!(archived(&job) >= 12, "{}", archived(&job));
}
