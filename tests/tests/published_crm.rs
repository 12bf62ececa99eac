//! What did HighLevel do to others, and does it here? Stories of its users, told as nights of a job that nobody
//! watches: it refused and did, it dropped an address, its search was behind, its people merged. As in
//! `published.rs`, each is told again with the layers of protection off, until the harm is done.

use std::time::Duration;

use concordat_model::zoo::Bug;
use concordat_model::{Action, Class};
use concordat_oracle::text;
use concordat_sandbox::Change;
use concordat_tests::acme::{HIGHLEVEL, UPGUARD, contacts, hired, labels, of_acme, staff, town};
use concordat_tests::unattended::{Night, is_quiet, off};
use serde_json::{Value, json};

/// How many contacts there are of somebody new whose making was refused with 422 and happened all the same, after
/// that night and another run a minute later.
fn made_and_refused(layers: &[Bug]) -> usize {
    let (mut job, acme) = town(|_| {});
    job.agrees();
    job.turn(json!({
        "allow_duplicate_contact": true,
        "index_lag_seconds": 600,
        "unprocessable_after_commit": { "method": "POST", "path": "/contacts/", "next": 1 },
    }));
    hired(&job, &acme, "Nova New", "nova@acme.example");
    off(layers, &mut || job.night());
    job.passes(Duration::from_secs(60));
    off(layers, &mut || job.runs(&[])).expect("a run");
    of_acme(&job)
}

/// HighLevel answered a create with 422 and had made the contact (its public issue 64). Who believes the answer
/// makes it again, and its search does not show the first one yet.
#[test]
fn refused_and_made_all_the_same() {
    assert_eq!(made_and_refused(&[]), 1);
    assert_eq!(made_and_refused(&[Bug::RefusedCreateRetried]), 1, "it is looked for first");
    assert_eq!(made_and_refused(&[Bug::RefusedCreateRetried, Bug::NotLookedFor]), 2);
}

/// What becomes of Ann, whom the CRM knows under her address at work and, as a second one, the one at home, by
/// which UpGuard knows her; and of what is said.
fn ann(layers: &[Bug], upserts: bool) -> (Value, Vec<String>) {
    let (mut job, acme) = town(|_| {});
    hired(&job, &acme, "Ann Lee", "ann@home.example");
    let there = json!({ "firstName": "Ann", "lastName": "Lee", "email": "ann@work.example",
        "additionalEmails": ["ann@home.example"] });
    let id = job.makes(HIGHLEVEL, "contact", there);
    if upserts {
        job.meets(Box::new(|_, mut request, world| {
            if request.method == "POST" && request.path == "/contacts/" {
                request.path = "/contacts/upsert".into();
            }
            world(&request)
        }));
    }
    let night = off(layers, &mut || job.runs(&[Class::FirstAgreement])).expect("a run");
    (contacts(&job, |it| it["id"] == id)[0].clone(), night.troubles())
}

/// An upsert with somebody's second address makes it the first, and the one that was first is gone, with 200 (the
/// public issue 337). There is no upsert among our operations: it takes one on the way to do the harm.
#[test]
fn an_e_mail_dropped_by_upsert() {
    let (contact, troubles) = ann(&[], true);
    assert_eq!(contact["email"], "ann@work.example");
    let says = "Ann Lee: HighLevel has another contact with the same email";
    assert_eq!(troubles, [says]);
    let (contact, troubles) = ann(&[Bug::NotLookedFor], false);
    assert_eq!((&contact["email"], troubles), (&json!("ann@work.example"), vec![says.to_owned()]));
    let (contact, _) = ann(&[Bug::NotLookedFor], true);
    assert_eq!(contact["email"], "ann@home.example");
    assert!(!contact.to_string().contains("ann@work.example"), "{contact:#}");
}

/// The CRM's search answers from a copy that is minutes or hours behind: whoever was just made is not in it (the
/// public issue 289: no row for somebody whom a read by id shows), and what was just written is not either. Who
/// makes what the copy lacks makes it twice.
#[test]
fn ghosts_in_the_index_make_nobody_twice() {
    let bobs = |layers: &[Bug]| {
        let (mut job, acme) = town(|_| {});
        job.agrees();
        job.passes(Duration::from_secs(24 * 3600));
        job.turn(json!({ "allow_duplicate_contact": true, "index_lag_seconds": 7200 }));
        hired(&job, &acme, "Bob Ray", "bob@acme.example");
        let there = json!({ "firstName": "Bob", "lastName": "Ray", "email": "bob@acme.example" });
        job.makes(HIGHLEVEL, "contact", there);
        let run = off(layers, &mut || job.runs(&[])).expect("a run");
        (of_acme(&job), run.troubles())
    };
    let says = "Bob Ray: a record of the same identity appeared since the plan";
    assert_eq!(bobs(&[]), (1, vec![says.to_owned()]));
    assert_eq!(bobs(&[Bug::NotLookedFor]).0, 2);
}

/// Nor does what the copy still shows count as what is there: a label that was carried to its contacts a minute
/// ago is not in it yet. Who takes that for a decision of somebody in the CRM takes the label from the vendor.
#[test]
fn ghosts_in_the_index_undo_nothing() {
    let (mut job, acme) = town(|_| {});
    staff(&job, &acme, 3);
    job.agrees();
    job.passes(Duration::from_secs(24 * 3600));
    job.turn(json!({ "index_lag_seconds": 7200 }));
    job.sets(UPGUARD, "vendor", &acme, json!({ "labels": ["Gold"] }));
    let run = job.runs(&[]).expect("a run");
    assert_eq!((run.planned(Action::Update), run.troubles()), (3, vec![]));
    job.passes(Duration::from_secs(60));
    is_quiet(&job.runs(&[]).expect("a run"));
    assert_eq!(labels(&job, &acme), ["Gold"]);
    off(&[Bug::LaggingRowBelieved], &mut || job.runs(&[])).expect("a run");
    assert_eq!(labels(&job, &acme), [""; 0]);
}

/// A CRM's people merge two contacts of the same woman: one of them vanishes, with no word of it. Who takes that
/// for a gap makes the second one again by the morning, and after the next merge again.
#[test]
fn merged_contacts_stay_merged() {
    let merged = |layers: &[Bug]| {
        let (mut job, acme) = town(|_| {});
        hired(&job, &acme, "Ann Lee", "ann@acme.example");
        hired(&job, &acme, "Annie Lee", "annie@acme.example");
        job.agrees();
        job.turn(json!({ "allow_duplicate_contact": true }));
        let id = |email: &str| contacts(&job, |it| it["email"] == email)[0]["id"].clone();
        let (kept, lost) = (id("ann@acme.example"), id("annie@acme.example"));
        job.person(HIGHLEVEL, "contact", Change::Merge(kept, vec![lost]));
        let nights: Vec<Night> = (0..4).map(|_| off(layers, &mut || job.night())).collect();
        let dismissed: usize = nights.iter().map(|it| it.plan.dismissals.len()).sum();
        (of_acme(&job), dismissed)
    };
    assert_eq!(merged(&[]), (1, 1));
    assert_eq!(merged(&[Bug::DismissedMadeAgain]).0, 1, "the one that was kept answers to both");
    assert_eq!(merged(&[Bug::DismissedMadeAgain, Bug::NotLookedFor]).0, 2);
}

/// And where the one that was kept is an older one of which we know nothing, what UpGuard learns goes on to it.
#[test]
fn merged_contacts_are_followed() {
    let followed = |layers: &[Bug]| {
        let (mut job, acme) = town(|_| {});
        let annie = hired(&job, &acme, "Annie Lee", "annie@acme.example");
        job.agrees();
        let lost = contacts(&job, |it| it["email"] == "annie@acme.example")[0]["id"].clone();
        let older = json!({ "firstName": "Annie", "lastName": "Lee" });
        let older = job.makes(HIGHLEVEL, "contact", older);
        job.person(HIGHLEVEL, "contact", Change::Merge(older.clone(), vec![lost]));
        off(layers, &mut || job.night());
        job.sets(UPGUARD, "contact", &annie, json!({ "phone_mobile": "+16465550123" }));
        off(layers, &mut || job.night());
        (of_acme(&job), text(&contacts(&job, |it| it["id"] == older)[0]["phone"]))
    };
    assert_eq!(followed(&[]), (1, "+16465550123".into()));
    assert_eq!(followed(&[Bug::SuccessionIgnored]), (1, String::new()));
}
