//! A person signs in once. After that tokens expire in the middle of a run, answers to refreshes get lost,
//! and two processes find the same token expired, night after night: nobody has to do anything until the
//! refresh token is withdrawn.
//!
//! `CONCORDAT_RUNS=100` makes a hundred rounds instead of six.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::{ChildStderr, Stdio};

use concordat_tests::night::http::{exchange, header, split};
use concordat_tests::night::{ALLOW_FIRST, Night, program, waiting};
use serde_json::json;

const TOKENS: &str = "/oauth/token";
const LOCATIONS: &str = "/oauth/locationToken";

/// Two systems, and a configuration that names an app instead of a token.
fn night() -> Night {
    let night = Night::falls(5, 3, 4);
    name_the_app(&night, "");
    night
}

/// UpGuard and two locations of one agency, into which somebody signs in once.
fn agency() -> Night {
    let night = Night::of_pairs(2, 5, 3, 4);
    name_the_app(&night, "sign_in = \"agency\"\n");
    night
}

/// Puts the app in the place of all tokens.
fn name_the_app(night: &Night, more: &str) {
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port();
    for (name, secret) in [("client.id", "sandbox-app"), ("client.secret", "sandbox-app-secret")] {
        fs::write(night.file(name), secret).expect("a writable folder");
        fs::set_permissions(night.file(name), fs::Permissions::from_mode(0o600)).expect("a mode");
    }
    let base = night.sandbox.contract("/highlevel/base_url").to_owned();
    night.configure(|text| {
        let lines = text.lines().filter(|it| !it.starts_with("token = "));
        let text: String = lines.map(|it| format!("{it}\n")).collect();
        format!(
            "{text}\n[highlevel.oauth]\nclient_id = {{ file = \"client.id\" }}\n\
             client_secret = {{ file = \"client.secret\" }}\n\
             consent_url = \"{base}/v2/oauth/chooselocation\"\n\
             redirect_uri = \"http://localhost:{port}/callback\"\n{more}"
        )
    });
}

/// What a browser does with an address: answers the head.
fn browse(url: &str) -> String {
    let rest = url.trim().strip_prefix("http://").expect("a plain address");
    let (host, path) = rest.split_once('/').expect("a path");
    let host = host.replace("localhost", "127.0.0.1");
    let request = format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let bytes = exchange(&host, request.as_bytes());
    split(&bytes).0.to_owned()
}

/// The first line that is an address.
fn address(stderr: ChildStderr) -> String {
    let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
    lines.find(|it| it.starts_with("http://")).expect("an address at which to consent")
}

/// Signs in; `meddle` is shown where the browser comes back to, before it does.
fn sign_in(night: &Night, meddle: impl FnOnce(&str)) {
    let mut command = program::command();
    command.arg("--config").arg(night.config()).arg("--state-dir").arg(night.state_dir());
    command.args(["auth", "login", "--no-browser"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program");
    let consent = address(child.stderr.take().expect("a piped stderr"));
    assert!(consent.contains("contacts.readonly") && !consent.contains("app-secret"), "{consent}");
    let head = browse(&consent);
    let back = header(&head, "location").expect("a way back");
    meddle(back);
    assert!(browse(back).starts_with("HTTP/1.1 200"));
    assert!(child.wait().expect("an end").success());
}

fn expire(night: &Night) {
    night.sandbox.minutes_pass(25 * 60);
}

fn asked(night: &Night) -> u64 {
    night.sandbox.requests_for(TOKENS)
}

/// How often the agency's consent was renewed, and how often a location's token was asked for.
fn asked_of_agency(night: &Night) -> (u64, u64) {
    (asked(night), night.sandbox.requests_for(LOCATIONS))
}

/// So many answers to requests for tokens are lost.
fn lose(night: &Night, answers: u64) {
    lose_of(night, TOKENS, answers);
}

fn lose_of(night: &Night, path: &str, answers: u64) {
    night.sandbox.turn(json!({ "drop_after_commit": { "path": path, "next": answers } }));
}

fn only_a_withdrawn_consent_needs_a_person(night: &Night) {
    expire(night);
    night.sandbox.turn(json!({ "highlevel_refresh_revoked": true }));
    night.run(&["pull"]).exits(4).says(&["C0305", "used, expired or withdrawn", "auth login"]);
    night.sandbox.turn(json!({ "highlevel_refresh_revoked": false }));
    night.run(&["pull"]).exits(0);
}

#[test]
fn nobody_has_to_do_anything_after_the_first_time() {
    let runs = std::env::var("CONCORDAT_RUNS").ok().and_then(|it| it.parse().ok()).unwrap_or(6_u64);
    let night = night();
    night.run(&["pull"]).exits(4).says(&["C0305", "nobody has signed in", "concordat auth login"]);
    night.run(&["auth", "login"]).exits(2).says(&["once without --no-input"]);
    sign_in(&night, |_| {});
    let first = night.run(&[&["--json", "reconcile"], &ALLOW_FIRST[..]].concat());
    assert_eq!(first.code, Some(waiting(&first.json())), "{}", first.told());
    for run in 0..runs {
        let (before, lost) = (asked(&night), run % 3);
        expire(&night);
        lose(&night, lost);
        let both = [night.start(&["doctor"]), night.start(&["doctor"])];
        let ends = both.map(|it| it.ends());
        assert_eq!(ends, [Some(0), Some(0)], "round {run}: two processes");
        assert_eq!(asked(&night) - before, 1 + lost, "round {run}: one of them renews, once");
        // In the middle of a run, after some requests.
        let mid =
            json!({ "token_expired": { "system": "highlevel", "after": run % 4, "next": 1 } });
        night.sandbox.turn(mid);
        lose(&night, (run + 1) % 2);
        let before = asked(&night);
        let ran = night.run(&["--json", "reconcile"]);
        assert_eq!(ran.code, Some(waiting(&ran.json())), "round {run}: {}", ran.told());
        assert_eq!(asked(&night) - before, 1 + (run + 1) % 2, "round {run}: in the middle");
    }
    only_a_withdrawn_consent_needs_a_person(&night);
}

#[test]
fn a_pair_whose_answers_were_all_lost_is_given_again_for_half_a_minute_and_then_no_more() {
    let night = night();
    sign_in(&night, |_| {});
    expire(&night);
    lose(&night, 6);
    night.run(&["pull"]).exits(3).says(&["POST /oauth/token"]);
    night.run(&["pull"]).exits(0);
    expire(&night);
    lose(&night, 6);
    night.run(&["pull"]).exits(3);
    night.sandbox.minutes_pass(1);
    night.run(&["pull"]).exits(4).says(&["C0305"]);
    sign_in(&night, |_| {});
    night.run(&["pull"]).exits(0);
}

#[test]
fn only_our_own_question_is_answered_and_nothing_is_told() {
    let night = night();
    sign_in(&night, |back| {
        let (place, _) = back.split_once('?').expect("parameters");
        for foreign in ["?code=x", "?code=x&state=y", "?state=y", "x?code=x"] {
            assert!(browse(&format!("{place}{foreign}")).starts_with("HTTP/1.1 400"), "{foreign}");
        }
    });
    let tokens = night.state_dir().join("tokens");
    let kept: Vec<_> =
        fs::read_dir(&tokens).expect("tokens").map(|it| it.expect("one").path()).collect();
    for file in &kept {
        let mode = fs::metadata(file).expect("a file").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.display());
    }
    let file =
        kept.iter().find(|it| it.extension().is_some_and(|it| it == "json")).expect("a pair");
    let text = fs::read_to_string(file).expect("text");
    let pair: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    expire(&night);
    let mut command = night.command(&["-vv", "pull"]);
    command.env("CONCORDAT_LOG", "trace");
    let ran = concordat_tests::night::Ran::of(command).exits(0);
    let after: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(file).expect("text")).expect("JSON");
    for pair in [pair, after] {
        for name in ["access_token", "refresh_token"] {
            let secret = pair[name].as_str().expect("a token");
            assert!(!ran.told().contains(secret), "{name} is told");
        }
    }
    assert!(!ran.told().contains("sandbox-app-secret"));
}

#[test]
fn one_consent_of_the_agency_opens_the_locations_of_all_pairs() {
    let night = agency();
    night.run(&["pull"]).exits(4).says(&["C0305", "nobody has signed in", "concordat auth login"]);
    sign_in(&night, |back| assert!(back.contains("code="), "{back}"));
    let before = asked_of_agency(&night);
    assert_eq!(before, (2, 0), "a consent, and its code");
    let first = night.run(&[&["--json", "reconcile"], &ALLOW_FIRST[..]].concat());
    assert!(matches!(first.code, Some(0 | 6)), "{}", first.told());
    assert_eq!(asked_of_agency(&night), (2, 2), "each location has a token of its own");
    for lost in [0, 2] {
        let (consents, locations) = asked_of_agency(&night);
        expire(&night);
        lose(&night, lost);
        let both = [night.start(&["doctor"]), night.start(&["doctor"])];
        assert_eq!(both.map(|it| it.ends()), [Some(0), Some(0)], "two processes");
        // Whoever asks first has the agency's old token, and asks again with the next.
        let expected = (consents + 1 + lost, locations + 3);
        assert_eq!(asked_of_agency(&night), expected, "each is renewed by one of them, once");
        // In the middle of a run a location's token is refused, and the answer to the next is lost.
        let (consents, locations) = asked_of_agency(&night);
        let mid =
            json!({ "token_expired": { "system": "highlevel", "after": 3 * lost, "next": 1 } });
        night.sandbox.turn(mid);
        lose_of(&night, LOCATIONS, lost);
        let ran = night.run(&["--json", "reconcile"]);
        assert!(matches!(ran.code, Some(0 | 6)), "{}", ran.told());
        assert_eq!(asked_of_agency(&night), (consents, locations + 1 + lost), "in the middle");
    }
    only_a_withdrawn_consent_needs_a_person(&night);
}

#[test]
fn why_a_location_does_not_open_is_told_apart() {
    let night = agency();
    sign_in(&night, |_| {});
    night.run(&["pull"]).exits(0);
    // The agency's token is refused before its time: another takes its place, once.
    let file = night.state_dir().join("tokens/the-agency.json");
    let kept = fs::read_to_string(&file).expect("the agency's tokens");
    let mut tokens: serde_json::Value = serde_json::from_str(&kept).expect("JSON");
    tokens["access_token"] = "withdrawn".into();
    fs::write(&file, tokens.to_string()).expect("a writable file");
    let mid = json!({ "token_expired": { "system": "highlevel", "next": 1 } });
    let before = asked_of_agency(&night);
    night.sandbox.turn(mid);
    night.run(&["pull"]).exits(0);
    assert_eq!(asked_of_agency(&night), (before.0 + 1, before.1 + 2), "refused, then given");
    // A scope that is missing stays missing, whoever asks.
    let scopes = |scopes: serde_json::Value| {
        night.sandbox.turn(json!({ "highlevel_scopes": scopes }));
        expire(&night);
    };
    scopes(json!(["contacts.readonly"]));
    let before = asked_of_agency(&night);
    night.run(&["pull"]).exits(4).says(&["C0302", "oauth.write"]);
    assert_eq!(
        asked_of_agency(&night),
        (before.0 + 1, before.1 + 3),
        "once expired, then once for each"
    );
    // One location in which the app is not installed does not stop the other.
    let locations = night.sandbox.state()["highlevel"]["locations"].clone();
    let installed = json!({ "highlevel_app_installed": [locations[1]["location_id"]] });
    night.sandbox.turn(installed);
    scopes(serde_json::Value::Null);
    let ran = night.run(&["--json", "pull"]);
    assert_eq!(ran.code, Some(4), "{}", ran.told());
    let pairs = ran.json()["pairs"].clone();
    assert_eq!((&pairs[0]["exit_code"], &pairs[1]["exit_code"]), (&json!(4), &json!(0)));
    let says = pairs[0]["error"]["message"].as_str().expect("why").to_owned();
    assert!(says.contains("is the app installed there?"), "{says}");
    night.sandbox.turn(json!({ "highlevel_app_installed": null }));
    night.run(&["pull"]).exits(0);
    // A consent for one location is none for the agency.
    night.sandbox.turn(json!({ "highlevel_location_token_refreshes": true }));
    expire(&night);
    night.run(&["pull"]).exits(0);
}
