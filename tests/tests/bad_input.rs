//! What if something is wrong with what it is given? Every case ends with its exit code, says where the
//! fault is and what to do, and writes nothing to either system. The world has work to do and a
//! permission to do it, so that a fault which is overlooked shows.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use concordat_tests::night::gate::{Gate, Held};
use concordat_tests::night::sandbox::until;
use concordat_tests::night::{ALLOW_FIRST, Night, Ran, contents, program};
use serde_json::Value;

/// A world with a saved plan that nobody applied.
fn planned() -> Night {
    let night = Night::falls(3, 6, 10);
    night.run(&["plan", "--out", "p.json"]).exits(0);
    night
}

/// Another configuration, beside the good one.
fn configured(night: &Night, rewrite: &dyn Fn(&str) -> String) -> Ran {
    let good = fs::read_to_string(night.config()).expect("the configuration");
    let bad = night.file("bad.toml");
    fs::write(&bad, rewrite(&good)).expect("a writable file");
    let args = [&["reconcile"], &ALLOW_FIRST[..]].concat();
    Ran::of(night.command_with(&bad, &night.state_dir(), &args))
}

/// The line of a configuration that begins so is replaced.
fn line(beginning: &'static str, with: &str) -> impl Fn(&str) -> String {
    let with = with.to_owned();
    move |text| {
        let lines = text.lines().map(|it| if it.starts_with(beginning) { &with } else { it });
        assert!(text.lines().any(|it| it.starts_with(beginning)), "no line {beginning}");
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn secret(night: &Night, name: &str, content: &str, mode: u32) -> String {
    let path = night.file(name);
    fs::write(&path, content).expect("a writable file");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("a mode");
    format!("{{ file = {:?} }}", path.display().to_string())
}

#[test]
fn a_configuration_that_cannot_be_used_says_where_and_what() {
    let night = planned();
    let state = contents(&night.state_dir());
    let open = secret(&night, "open.key", night.sandbox.contract("/upguard/api_key"), 0o644);
    let check = |rewrite: &dyn Fn(&str) -> String, says: &[&str]| {
        let ran = configured(&night, rewrite).exits(2).says(&["bad.toml:", "hint:"]).says(says);
        assert!(!ran.told().contains(night.sandbox.contract("/upguard/api_key")), "{}", ran.told());
    };
    let misspelt = "there is no key phone_regoin in [mapping]";
    check(
        &line("phone_region", "phone_regoin = \"US\""),
        &[misspelt, "did you mean phone_region?"],
    );
    let unset = "the environment variable CONCORDAT_NOWHERE is not set";
    check(
        &line("api_key", "api_key = { env = \"CONCORDAT_NOWHERE\" }"),
        &[unset, "upguard.api_key"],
    );
    let missing = "/nowhere/key cannot be read";
    check(&line("token", "token = { file = \"/nowhere/key\" }"), &[missing, "check the path"]);
    check(&line("api_key", &format!("api_key = {open}")), &["may be read by others", "chmod 600"]);
    let key = format!("api_key = {:?}", night.sandbox.contract("/upguard/api_key"));
    check(&line("api_key", &key), &["secrets never stand in the configuration", "{ env = "]);

    configured(&night, &line("phone_region", "phone_region = 7"))
        .exits(2)
        .says(&["bad.toml:", "mapping.phone_region must be text in quotes, not a number"]);
    configured(&night, &line("base_url", "base_url = \"http://upguard.example\""))
        .exits(2)
        .says(&["bad.toml:", "without TLS only this machine may be spoken to; use https://"]);
    configured(&night, &|text| text.replace("\n[upguard]", "\n[upguard"))
        .exits(2)
        .says(&["bad.toml:"]);

    assert!(contents(&night.state_dir()) == state, "the state was touched");
    assert!(night.sandbox.effects().is_empty());
}

#[test]
fn a_fault_is_told_to_programs_too() {
    let night = planned();
    let text = fs::read_to_string(night.config()).expect("the configuration");
    fs::write(night.file("bad.toml"), text.replace("phone_region", "phone_regoin"))
        .expect("a file");
    let args = ["--json", "plan"];
    let ran = Ran::of(night.command_with(&night.file("bad.toml"), &night.state_dir(), &args));
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{}", ran.told());
    let told: Value = serde_json::from_str(&ran.err).expect("one JSON object");
    assert_eq!(told["exit_code"], 2);
    assert_eq!(
        (&told["error"]["code"], &told["error"]["kind"]),
        (&"C0202".into(), &"usage".into())
    );
    assert!(told["error"]["place"]["line"].as_u64() > Some(1), "{told:#}");

    let ran = night.run(&["--json", "plan", "--ot", "p.json"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{}", ran.told());
    let told: Value = serde_json::from_str(&ran.err).expect("one JSON object");
    assert_eq!(
        (&told["error"]["code"], &told["error"]["message"]),
        (&"C0101".into(), &"unexpected argument '--ot' found".into())
    );
    night.run(&["plan", "--ot", "p.json"]).exits(2).says(&["error[C0101]: unexpected argument"]);
    night.run(&["--json", "plan", "--help"]).exits(0).says(&["Usage: concordat plan"]);
}

/// Goal: no name steers the terminal of whoever looks. Method: every name of both systems is one that
/// would, and people ask and decide.
#[test]
fn names_from_elsewhere_are_shown_and_obeyed_by_no_terminal() {
    const NAME: &str = "\u{1b}[2J\u{202e}Olive";
    let night = Night::falls(3, 8, 10);
    night.configure(|text| {
        text.lines().filter(|it| !it.contains("adopt")).collect::<Vec<_>>().join("\n")
    });
    let gate = Gate::before(night.sandbox.contract("/upguard/base_url"));
    night.configure(|text| gate.through(text));
    gate.forge_organisation("Concordat Sandbox Org", "Concordat \u{202e}\\u001bOr");
    let state = night.sandbox.state();
    for vendor in state["upguard"]["vendors"].as_array().expect("vendors") {
        let name = serde_json::json!({ "name": NAME });
        night.sandbox.edit("upguard", "vendor", &vendor["id"].to_string(), name);
    }
    night.run(&["pull"]).exits(0);
    let first = |what: &str, key: &str| {
        night.document(0, &[what, "list"])[key][0]["id"].as_str().expect("an id").to_owned()
    };
    let (conflict, case) = (first("conflicts", "conflicts"), first("matches", "cases"));
    for args in [
        &["doctor"][..],
        &["--json", "doctor"],
        &["plan"],
        &["explain", NAME],
        &["--json", "explain", NAME],
        &["conflicts", "list"],
        &["conflicts", "resolve", &conflict, "--take", "leave"],
        &["matches", "list"],
        &["matches", "decide", &case, "--never"],
    ] {
        let ran = night.run(args);
        let steers = |it: char| it == '\u{1b}' || it == '\u{202e}';
        assert!(!ran.told().contains(steers), "{args:?} steers: {:?}", ran.told());
    }
}

#[test]
fn doctor_looks_at_the_state_and_touches_nothing() {
    let night = Night::falls(3, 2, 2);
    let with = |config: &str, state: &Path, args: &[&str]| {
        Ran::of(night.command_with(&night.file(config), state, args))
    };
    with("no.toml", &night.state_dir(), &["doctor"]).exits(2).says(&["C0201"]);
    let scope = "businesses.readonly";
    with("no.toml", &night.state_dir(), &["doctor", "--operations"]).exits(0).says(&[scope]);
    let says = ["✓ state goes to", "which the first run makes", "✓ ledger"];
    with("concordat.toml", &night.state_dir(), &["doctor"]).exits(0).says(&says);
    assert!(!night.state_dir().exists(), "looking makes nothing");
    // Nobody, not even root, makes files there.
    let says = ["✗ state", "cannot be made", "(/proc/concordat)"];
    with("concordat.toml", Path::new("/proc/concordat"), &["doctor"]).exits(1).says(&says);
    fs::create_dir(night.state_dir()).expect("a folder");
    fs::set_permissions(night.state_dir(), fs::Permissions::from_mode(0o777)).expect("a mode");
    let says = ["✗ state", "others may write", "chmod 700"];
    with("concordat.toml", &night.state_dir(), &["doctor"]).exits(2).says(&says);
}

#[test]
fn a_system_that_does_not_open_is_told_apart() {
    let night = planned();
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.local_addr().expect("an address")
    };
    let gone = format!("base_url = \"http://{closed}\"");
    configured(&night, &line("base_url", &gone)).exits(1).says(&[
        "no connection",
        "hint:",
        "address",
    ]);
    let wrong = secret(&night, "wrong.key", "not-the-key", 0o600);
    configured(&night, &line("api_key", &format!("api_key = {wrong}")))
        .exits(4)
        .says(&["UpGuard", "hint:", "key"]);
    configured(&night, &line("token", &format!("token = {wrong}"))).exits(4).says(&[
        "HighLevel",
        "hint:",
        "token",
    ]);
    configured(&night, &line("location_id", "location_id = \"someOtherLocation001\""))
        .exits(4)
        .says(&["does not open this location", "hint:"]);
    night.sandbox.turn(serde_json::json!({ "highlevel_scopes": ["contacts.readonly"] }));
    let ran = night.run(&[&["reconcile"], &ALLOW_FIRST[..]].concat());
    ran.exits(4).says(&["scope", "concordat doctor --operations"]);
    assert!(night.sandbox.effects().is_empty());
}

fn apply(file: &str) -> Vec<&str> {
    [&["apply", file], &ALLOW_FIRST[..]].concat()
}

#[test]
fn a_plan_that_is_not_ours_is_not_applied() {
    let night = planned();
    let plan = fs::read_to_string(night.file("p.json")).expect("the plan");
    let changed = |name: &str, text: &str| {
        fs::write(night.file(name), text).expect("a writable file");
        night.run(&apply(name))
    };

    let value = "\"source\": \"concordat\"";
    assert!(plan.contains(value));
    changed("tampered.json", &plan.replacen(value, "\"source\": \"somebody\"", 1))
        .exits(13)
        .says(&["tampered.json was changed after it was saved", "save it again"]);
    let operations: Value = serde_json::from_str(&plan).expect("a plan is JSON");
    let operations = format!("\"operations\": {}", operations["operations"]);
    changed("fewer.json", &plan.replacen(&operations, "\"operations\": 1", 1))
        .exits(13)
        .says(&["fewer.json was changed after it was saved", "operations"]);
    changed("cut.json", &plan[..plan.len() / 2]).exits(2).says(&[
        "cut.json:",
        "not a plan",
        "concordat plan --out",
    ]);
    changed("other.json", "[1, 2]").exits(2).says(&["other.json:1:", "not a plan"]);
    changed("newer.json", &plan.replacen("\"schema_version\": 1", "\"schema_version\": 99", 1))
        .exits(7)
        .says(&["99", "save it again"]);
    night.run(&apply("nowhere.json")).exits(2).says(&["nowhere.json cannot be read"]);

    let with = |config: &Path, state: &str| {
        Ran::of(night.command_with(config, &night.file(state), &apply("p.json")))
    };
    with(&night.config(), "elsewhere")
        .exits(7)
        .says(&["was not made from this state", "--state-dir"]);
    let bad = night.file("bad.toml");
    let config = fs::read_to_string(night.config()).expect("the configuration");
    fs::write(&bad, config.replace("phone = \"Main phone\"", "phone = \"Other phone\""))
        .expect("file");
    with(&bad, "state").exits(7).says(&["made with another mapping", "concordat plan --out FILE"]);
    fs::write(&bad, config + "\n[plan]\nmax_age = \"1s\"\n").expect("a writable file");
    let saved = fs::metadata(night.file("p.json")).and_then(|it| it.modified()).expect("its age");
    until("an old plan", || saved.elapsed().is_ok_and(|age| age.as_millis() > 1100));
    with(&bad, "state").exits(7).says(&["this plan is", "`plan.max_age` allows 1 s"]);
    assert!(night.sandbox.effects().is_empty());

    // And the plan as it was saved is still good.
    with(&night.config(), "state").exits(0);
    assert!(!night.sandbox.effects().is_empty());
}

#[test]
fn another_account_is_noticed_before_anything_is_written() {
    let night = planned();
    let gate = Gate::before(night.sandbox.contract("/upguard/base_url"));
    night.configure(|text| gate.through(text));
    gate.forge_organisation("4711", "4712");
    let apply = [&["apply", "p.json"], &ALLOW_FIRST[..]].concat();
    night.run(&apply).exits(7).says(&["this plan is for UpGuard 4711, the credentials open 4712"]);
    assert!(night.sandbox.effects().is_empty());
    gate.forge_organisation("4711", "4711");
    night.run(&apply).exits(0);
    gate.forge_organisation("4711", "4712");
    let effects = night.sandbox.effects().len();
    let vendor = night.sandbox.state()["upguard"]["vendors"][0]["id"].to_string();
    night.sandbox.edit("upguard", "vendor", &vendor, serde_json::json!({ "name": "Renamed Ltd" }));
    night.run(&["reconcile"]).exits(5).says(&[
        "tenant",
        "4712",
        "belongs to 4711",
        "--allow tenant",
    ]);
    assert_eq!(night.sandbox.effects().len(), effects + 1, "only the person changed something");
}

#[test]
fn a_state_that_cannot_be_trusted_is_not_used() {
    let night = planned();
    let frames = night.state_dir().join("ledger/00000000000000000000.frames");
    let good = fs::read(&frames).expect("the ledger");
    let reconcile = [&["reconcile"], &ALLOW_FIRST[..]].concat();

    // The format in the head of the first entry, somewhere in the middle, the last byte.
    for at in [3, good.len() / 2, good.len() - 1] {
        let mut damaged = good.clone();
        damaged[at] ^= 2;
        fs::write(&frames, &damaged).expect("a writable ledger");
        let says = ["00000000000000000000.frames at byte", "restore the directory from a backup"];
        night.run(&reconcile).exits(13).says(&says);
        night.run(&["history", "verify"]).exits(13).says(&says);
        assert!(fs::read(&frames).expect("the ledger") == damaged, "evidence is left as it is");
    }
    assert!(night.sandbox.effects().is_empty());

    fs::write(&frames, &good).expect("a writable ledger");
    night.run(&reconcile).exits(6);
    assert!(!night.sandbox.effects().is_empty());
}

#[test]
fn a_second_process_is_turned_away() {
    let night = planned();
    let gate = Gate::before(night.sandbox.contract("/highlevel/base_url"));
    night.configure(|text| gate.through(text));
    gate.close_at(1, Held::Going);
    let mut first = night.start(&[&["apply", "p.json"], &ALLOW_FIRST[..]].concat());
    until("the first write", || gate.holds());
    let effects = night.sandbox.effects();
    for second in [&["reconcile"][..], &["plan"], &["pull"]] {
        night.run(second).exits(11).says(&["concordat 0."]);
    }
    night.run(&["conflicts", "list"]).exits(11).says(&["in use"]);
    night.run(&["history", "list"]).exits(0);
    night.run(&["history", "verify"]).exits(0);
    assert!(first.runs(), "the first goes on");
    assert_eq!(night.sandbox.effects(), effects);
    first.kill();
    gate.open();
    // A process that died holds nothing.
    let ran = night.run(&[&["reconcile"], &ALLOW_FIRST[..]].concat()).exits(6);
    ran.says(&["had not arrived, and is planned anew", "ambiguous records wait for a person"]);
}

#[test]
fn what_is_asked_for_and_is_not_there() {
    let night = planned();
    let hint = "`concordat conflicts list` lists them";
    night.run(&["conflicts", "show", "NOPE"]).exits(2).says(&["no conflict NOPE", hint]);
    night.run(&["matches", "decide", "NOPE", "--create"]).exits(2).says(&["no case NOPE"]);
    night.run(&["matches", "decide", "NOPE"]).exits(2).says(&["--link"]);
    let nonsense = ["reconcile", "--allow", "nonsense", "--reason", "x"];
    night.run(&nonsense).exits(2).says(&["there is no class \"nonsense\"", "first-agreement"]);
    let number = ["reconcile", "--allow", "updates:many", "--reason", "x"];
    night.run(&number).exits(2).says(&["\"many\" is not a number"]);
    let blank = ["reconcile", "--allow", "first-agreement", "--reason", " "];
    night.run(&blank).exits(2).says(&["--allow needs --reason"]);
    night.run(&["--pair", "other", "plan"]).exits(2).says(&["no pair \"other\"", "default"]);
    night.run(&["plan", "--out", "nowhere/p.json"]).exits(1).says(&["is there a directory"]);
    night.run(&["frobnicate"]).exits(2);

    let mut lost = program::command();
    lost.arg("plan").current_dir(night.file("")).env("HOME", night.file("home"));
    lost.env_remove("XDG_CONFIG_HOME");
    fs::rename(night.config(), night.file("kept.toml")).expect("a movable file");
    Ran::of(lost).exits(2).says(&["there is no configuration: looked for", "concordat init"]);
    assert!(night.sandbox.effects().is_empty());
}
