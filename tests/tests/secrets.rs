//! What leaks? With everything logged that can be logged, neither a credential nor an e-mail address or
//! a phone number of the world is on stderr, and no credential is in any file that is kept.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use concordat_oracle::{rows, text};
use concordat_tests::night::persons::{Side, Spot};
use concordat_tests::night::{ALLOW_FIRST, Night, Ran, contents};
use serde_json::{Value, json};

/// What must never be logged.
struct Private {
    secrets: Vec<String>,
    personal: BTreeSet<String>,
}

impl Private {
    fn of(night: &Night) -> Private {
        let secrets = ["/upguard/api_key", "/highlevel/token"];
        let mut personal = BTreeSet::new();
        gather(&night.sandbox.state(), &mut personal);
        assert!(personal.len() > 20, "the world has people");
        Private {
            secrets: secrets.map(|it| night.sandbox.contract(it).to_owned()).into(),
            personal,
        }
    }

    #[track_caller]
    fn is_kept(&self, ran: &Ran, where_: &str, told: &str) {
        for it in &self.secrets {
            assert!(!ran.out.contains(it) && !told.contains(it), "{where_}: a credential leaks");
        }
        let lower = told.to_lowercase();
        for it in &self.personal {
            assert!(!lower.contains(&it.to_lowercase()), "{where_} tells {it}:\n{told}");
        }
    }
}

/// Every e-mail address and every phone number below `value`, and the numbers in their usual form.
fn gather(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.to_lowercase();
                let found = text(member);
                if (name.contains("email") || name.contains("phone")) && found.len() > 6 {
                    if !found.contains('@') {
                        into.insert(found.chars().filter(char::is_ascii_digit).collect());
                    }
                    into.insert(found);
                }
                gather(member, into);
            }
        }
        Value::Array(items) => items.iter().for_each(|it| gather(it, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    into.retain(|it| it.len() > 6 && it != "[]");
}

/// A whole life with everything logged: a first agreement, edits, faults, refusals, wrong credentials.
fn life(night: &Night, log: impl Fn(&[&str]) -> Ran) {
    log(&["doctor"]);
    log(&["plan", "--out", "p.json"]);
    log(&["apply", "p.json"]);
    log(&[&["apply", "p.json"], &ALLOW_FIRST[..]].concat());
    for (number, spot) in Spot::all(night).iter().take(12).enumerate() {
        let side = if number % 2 == 0 { Side::Upguard } else { Side::Highlevel };
        spot.set(night, side, &spot.value(number).0);
    }
    night.sandbox.turn(json!({
        "rate_limited": { "system": "highlevel", "after": 3, "next": 1 },
        "error_after_commit": { "method": "PUT", "next": 1 },
        "error_before_effect": { "after": 9, "next": 1 },
        "unprocessable_after_commit": { "method": "PUT", "after": 2, "next": 1 },
        "drop_after_commit": { "method": "PUT", "after": 3, "next": 1 }
    }));
    log(&["reconcile"]);
    log(&["--json", "reconcile"]);
    log(&["conflicts", "list"]);
    log(&["matches", "list"]);
    log(&["history", "list"]);
    night.sandbox.turn(json!({ "token_expired": { "next": 1 } }));
    log(&["reconcile"]);
    night.sandbox.turn(json!({ "token_expired": false }));
    log(&["reconcile"]);
}

#[test]
fn no_secret_name_or_address_is_logged_with_vv() {
    let night = Night::falls(1, 12, 24);
    // In a world in which nothing differs there would be nothing to keep quiet about.
    let private = Private::of(&night);
    let mut logged = 0;
    let counted = std::cell::RefCell::new(&mut logged);
    life(&night, |args| {
        let ran = night.run(&[&["-vv"], args].concat());
        Private::of(&night).is_kept(&ran, "-vv", &ran.err);
        private.is_kept(&ran, "-vv", &ran.err);
        assert!(!ran.err.contains('\u{1b}'), "colours where nobody looks");
        **counted.borrow_mut() += ran.err.lines().count();
        ran
    });
    assert!(logged > 50, "only {logged} lines were logged");
}

#[test]
fn no_secret_name_or_address_is_logged_with_every_crate_at_trace() {
    let night = Night::falls(1, 12, 24);
    life(&night, |args| {
        let mut command = night.command(args);
        command.env("CONCORDAT_LOG", "trace");
        let ran = Ran::of(command);
        Private::of(&night).is_kept(&ran, "trace", &ran.err);
        ran
    });
}

#[test]
fn what_is_kept_is_the_owners_and_holds_no_credential() {
    let night = Night::falls(1, 6, 10);
    night.first_agreement();
    let private = Private::of(&night);
    let files = contents(&night.state_dir());
    assert!(files.len() >= 3);
    let plan = (night.file("first.json"), fs::read(night.file("first.json")).expect("the plan"));
    for (path, bytes) in files.iter().chain([&plan]) {
        for secret in &private.secrets {
            let holds = bytes.windows(secret.len()).any(|it| it == secret.as_bytes());
            assert!(!holds, "{} holds a credential", path.display());
        }
    }
    assert_eq!(mode(&night.file("first.json")), 0o600);
    assert_eq!(mode(&night.state_dir()), 0o700);
    let below =
        fs::read_dir(night.state_dir()).expect("the state").map(|it| it.expect("one").path());
    for path in below {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{}", path.display());
    }
    assert_eq!(mode(&night.state_dir().join("ledger/00000000000000000000.frames")), 0o600);
    assert!(!rows(&night.sandbox.state()["upguard"]["vendors"]).is_empty());
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o777
}
