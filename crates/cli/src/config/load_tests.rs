//! Is a configuration found, and is everything wrong with one told at once, at its place, without
//! quoting what may be a secret?

use super::*;
use crate::config::surroundings::tests::machine;

/// The least a configuration must say.
pub(in crate::config) const MINIMAL: &str = "[upguard]\n\
                                             api_key = { env = \"UPGUARD_API_KEY\" }\n\
                                             [highlevel]\n\
                                             token = { env = \"HIGHLEVEL_TOKEN\" }\n\
                                             location_id = \"loc1\"\n";

pub(in crate::config) fn loaded(text: &str) -> Loaded {
    match read("/etc/concordat.toml".into(), text.into()) {
        Ok(loaded) => loaded,
        Err(failure) => panic!("{failure}"),
    }
}

/// The lines of what a person is told about `text`.
#[track_caller]
fn told(text: &str, expected: &[&str]) {
    let failure = read("/etc/concordat.toml".into(), text.into()).err().unwrap();
    assert_eq!(failure.code, Code::Config);
    let told = failure.to_string();
    for part in expected {
        assert!(told.contains(part), "not told: {part}\n{told}");
    }
    assert!(!format!("{told}{failure:?}").contains("canary"), "{told}");
}

fn minimal_with(more: &str) -> String {
    format!("{MINIMAL}{more}")
}

#[test]
fn the_least_that_must_be_said_is_enough() {
    let loaded = loaded(MINIMAL);
    assert_eq!(pairs(&loaded), ["default loc1 highlevel.token"]);
    let mappings: Vec<&str> =
        loaded.pairs[0].rules.mappings.iter().map(|it| it.name.as_str()).collect();
    let notes = ["activity", "vendor_notes", "contact_notes"];
    assert_eq!(mappings[..4], ["vendors", "contacts", "labels", "profiles"]);
    assert_eq!(mappings[4..], notes);
    assert_eq!(loaded.pairs[0].rules.skew_limit_ms, 30_000);
    assert_eq!(loaded.config.guards.limits(), concordat_model::Limits::default());
    let addresses = loaded.config.addresses().map(|_, it| it.to_string());
    assert_eq!(addresses.upguard, "https://cyber-risk.upguard.com/api/public");
    assert_eq!(addresses.highlevel, "https://services.leadconnectorhq.com");
}

#[test]
fn an_empty_file_misses_both_sides() {
    told("", &["2 problems", "the table [upguard] is missing", "the table [highlevel] is missing"]);
}

#[test]
fn several_problems_are_told_at_once_with_line_and_caret() {
    let text = "[upguard]\napi_kye = \"canary-1\"\n[highlevel]\ntoken = \"canary-2\"\n\
                locaton_id = \"canary-3\"\n[merge]\nskew_limit_seconds = \"30\"\n\
                [mapping.vendors.fields.phone]\nrule = \"last_write_win\"\n[guard]\nx = 1\n";
    told(
        text,
        &[
            "there is no key api_kye in [upguard]\n  at /etc/concordat.toml:2:1\n   \
             2 | api_kye = \"········\"\n     | ^^^^^^^\n  hint: did you mean api_key?",
            "[upguard] has no api_key\n  at /etc/concordat.toml:1:1",
            "highlevel.token: secrets never stand in the configuration\n  at \
             /etc/concordat.toml:4:9",
            "did you mean location_id?",
            "merge.skew_limit_seconds must be a whole number, not text",
            "9 | rule = \"last_write_win\"\n     |        ^^^^^^^^^^^^^^^^\n  hint: did you mean \
             \"last_write_wins\"?",
            "there is no key or table guard at the top of the file",
            "did you mean guards?",
        ],
    );
}

#[test]
fn a_key_in_the_wrong_table_is_told_where_it_belongs() {
    let text = minimal_with("[upguard.extra]\n[limits]\nmax_age = \"24h\"\n");
    told(&text, &["max_age belongs to [plan]", "there is no key extra in [upguard]"]);
}

#[test]
fn a_secret_in_the_wrong_place_is_never_quoted() {
    let key = "{ env = \"UPGUARD_API_KEY\" }";
    for (from, to) in [
        (key, "canary-1"),
        (key, "\"canary"),
        (key, "\"canary\""),
        (key, "[\"canary\"]"),
        (key, "{ value = \"canary\" }"),
        (key, "{ env = \"canary-3f-9a\" }"),
        (key, "{ credential = \"../canary\" }"),
        (key, "{ env = \"A\", file = \"canary\" }"),
        (key, "{ command = \"canary\" }"),
        (key, "{ env = \"A\" }\nbase_url = \"https://canary@cyber-risk.upguard.com\""),
        (key, "{ env = \"A\" }\nbase_url = \"canary\""),
        (key, "{ env = \"A\" }\napi_token = \"canary\""),
        ("[upguard]", "[upguard]\ncanary-3f"),
        ("[upguard]", "upguard = \"canary\"\n[other]"),
        ("[upguard]", "[limits]\nrequests_per_run = \"canary\"\n[upguard]"),
        ("[upguard]", "[plan]\nmax_age = \"canary\"\n[upguard]"),
        ("[upguard]", "[mapping]\nvendors = \"canary\"\n[upguard]"),
        ("[upguard]", "extra = { token = \"canary\", id = \"x\" }\n[upguard]"),
    ] {
        told(&MINIMAL.replace(from, to), &[" at /etc/concordat.toml:"]);
    }
}

#[test]
fn values_out_of_range_are_told() {
    for (text, expected) in [
        ("[limits]\nrequests_per_run = 0\n", "a whole number, 1 or more"),
        ("[merge]\nskew_limit_seconds = -1\n", "a whole number, 0 or more"),
        ("[merge]\nskew_limit_seconds = 4294967296\n", "merge.skew_limit_seconds"),
        ("[plan]\nmax_age = \"soon\"\n", "this is no length of time"),
        ("[guards.creates]\npercent = 10\n", "[guards.creates] has no absolute"),
    ] {
        told(&minimal_with(text), &[expected]);
    }
}

#[test]
fn what_makes_no_sense_is_told_at_its_line() {
    let text = minimal_with(
        "[mapping]\nphone_region = \"Italy\"\n[mapping.vendors.fields.fax]\nrule = \"hold\"\n\
         [guards]\ncanaries = [{ side = \"upguard\", entity = \"business\", id = \"1\" }]\n\
         [network]\nallow_hosts = [\"*.example.com\", \"https://a.example\"]\n",
    );
    told(
        &text,
        &[
            "5 problems in /etc/concordat.toml",
            "is no country code",
            ":7:1",
            "mapping.vendors.fields.fax: there is no such field",
            ":8:25",
            "UpGuard has no business",
            "network.allow_hosts.1: this is no host name",
        ],
    );
}

#[test]
fn keys_go_only_where_they_belong_or_were_allowed_to_go() {
    let with = |address: &str, allowed: &str| {
        let text = MINIMAL.replace("[upguard]", &format!("[upguard]\nbase_url = \"{address}\""));
        format!("{text}[network]\nallow_hosts = [{allowed}]\n")
    };
    for address in ["https://au.cyber-risk.upguard.com/api/public", "http://127.0.0.1:4000/x"] {
        loaded(&with(address, ""));
    }
    loaded(&with("https://proxy.example.com/upguard", "\"proxy.example.com\""));
    for address in [
        "https://proxy.example.com/upguard",
        "https://cyber-risk.upguard.com.evil.example",
        "https://services.leadconnectorhq.com",
    ] {
        told(&with(address, ""), &["upguard.base_url: ", "allow_hosts = ["]);
    }
    told(&with("http://proxy.example.com", "\"proxy.example.com\""), &["without TLS"]);
}

/// Each pair: its name, its location, and the key that says where its token is kept.
fn pairs(loaded: &Loaded) -> Vec<String> {
    let shown =
        |it: &Pair| format!("{} {} {}", it.id, it.location_id, it.token.as_ref().unwrap().key);
    loaded.pairs.iter().map(shown).collect()
}

#[test]
fn pairs_stand_in_their_order_and_share_what_they_do_not_say() {
    let named = loaded(&minimal_with("[[pair]]\nid = \"eu\"\nlocation_id = \"loc2\"\n"));
    assert_eq!(pairs(&named), ["eu loc2 highlevel.token"]);
    let three = loaded(&minimal_with(
        "[[pair]]\nid = \"us\"\n[[pair]]\nid = \"eu\"\nlocation_id = \"loc2\"\n\
         token = { env = \"EU\" }\n[[pair]]\nid = \"apac\"\nlocation_id = \"loc3\"\n",
    ));
    let expected = ["us loc1 highlevel.token", "eu loc2 pair.1.token", "apac loc3 highlevel.token"];
    assert_eq!(pairs(&three), expected);
    let own = "[[pair]]\nid = \"us\"\ntoken = { env = \"US\" }\n";
    let uncommon = minimal_with(own).replace("token = { env = \"HIGHLEVEL_TOKEN\" }\n", "");
    assert_eq!(pairs(&loaded(&uncommon)), ["us loc1 pair.0.token"]);
}

#[test]
fn pairs_that_are_incomplete_or_in_each_other_s_way_are_told_with_their_places() {
    let same = minimal_with("[[pair]]\nid = \"eu\"\n[[pair]]\nid = \"us\"\n");
    told(&same, &["pair.1.location_id: it is the location of pair eu (line 6)", ":8:1"]);
    let two = |name: &str| format!("[[pair]]\nid = \"{name}\"\nlocation_id = \"{name}-loc\"\n");
    let twins = minimal_with(&format!("{}{}", two("eu"), two("eu")));
    told(
        &twins,
        &[
            "2 problems",
            "pair.1.id: another pair is called eu (line 7)\n  at /etc/concordat.toml:10:1",
            "pair.1.location_id: it is the location of pair eu (line 8)\n  at \
             /etc/concordat.toml:11:1",
        ],
    );
    told(&minimal_with("[[pair]]\nid = \"E/U\"\n"), &["pair.0.id", "lower-case letters", ":7:1"]);
    let nowhere = MINIMAL.replace("location_id = \"loc1\"", "");
    told(&nowhere, &["highlevel.location_id: it is not said", ":3:2"]);
    told(&format!("{nowhere}[[pair]]\n"), &["pair.0.location_id: it is not said", ":6:1"]);
    let closed = MINIMAL.replace("token = { env = \"HIGHLEVEL_TOKEN\" }\n", "");
    told(&closed, &["highlevel.token: it is not said", "name where it is kept"]);
    told(&format!("{closed}[[pair]]\n"), &["pair.0.token: it is not said", ":5:1"]);
    told(&minimal_with("[[pair]]\ntoken = \"canary\"\n"), &["secrets never stand", ":7:9"]);
    told(&minimal_with("[[pair]]\ntoken = { command = [] }\n"), &["has no program", ":7:1"]);
}

#[test]
fn a_canary_may_be_one_pair_s_own() {
    let canary = |pair: &str| {
        format!(
            "[guards]\ncanaries = [{{ side = \"highlevel\", entity = \"contact\", id = \"c1\", \
             pair = \"{pair}\" }}]\n[[pair]]\nid = \"eu\"\n[[pair]]\nid = \"us\"\nlocation_id = \
             \"loc2\"\n"
        )
    };
    let guards = loaded(&minimal_with(&canary("eu"))).config.guards;
    assert_eq!(guards.canaries(&"eu".into()).len(), 1);
    assert_eq!(guards.canaries(&"us".into()).len(), 0);
    told(&minimal_with(&canary("asia")), &["guards.canaries.0.pair: there is no such [[pair]]"]);
}

#[test]
fn the_flag_wins_then_the_working_directory_then_systemd_then_the_user() {
    let root = tempfile::tempdir().unwrap();
    let systemd = root.path().join("etc");
    let around = machine(root.path(), &[("CONFIGURATION_DIRECTORY", systemd.to_str().unwrap())]);
    let put = |path: &str| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, MINIMAL).unwrap();
        path
    };
    let none = load(None, &around).err().unwrap();
    assert!(none.to_string().contains("work/concordat.toml"), "{none}");
    assert!(none.to_string().contains("concordat init"), "{none}");
    let user = put("home/.config/concordat/concordat.toml");
    assert_eq!(load(None, &around).ok().unwrap().path(), user);
    let unit = put("etc/concordat.toml");
    assert_eq!(load(None, &around).ok().unwrap().path(), unit);
    let here = put("work/concordat.toml");
    assert_eq!(load(None, &around).ok().unwrap().path(), here);
    let flag = put("work/other.toml");
    assert_eq!(load(Some(Path::new("other.toml")), &around).ok().unwrap().path(), flag);
    let absent = load(Some(Path::new("absent.toml")), &around).err().unwrap();
    assert_eq!((absent.code, absent.place.is_some()), (Code::NoConfig, true));
    fs::set_permissions(&flag, fs::Permissions::from_mode(0o666)).unwrap();
    let exposed = load(Some(&flag), &around).err().unwrap();
    assert!(exposed.to_string().contains("hint: chmod o-w "), "{exposed}");
}

#[test]
fn a_missing_secret_is_told_at_its_key() {
    let around = machine(Path::new("/r"), &[("HIGHLEVEL_TOKEN", "pit-canary")]);
    let loaded = loaded(MINIMAL);
    let failure = loaded.secret(&loaded.config.api_key(), &around).err().unwrap();
    let told = failure.to_string();
    assert!(told.contains("upguard.api_key"), "{told}");
    assert!(told.contains("UPGUARD_API_KEY is not set\n  at /etc/concordat.toml:2:1"), "{told}");
    assert!(told.contains("export UPGUARD_API_KEY="), "{told}");
    assert!(loaded.secret(loaded.pairs[0].token.as_ref().unwrap(), &around).is_ok());
    assert!(!format!("{:?}", loaded.config).contains("canary"));
}

#[test]
fn a_pair_says_what_is_different_in_its_location() {
    let text = minimal_with(
        "[mapping.anchors]\norganisation = \"all@us.com\"\n\
         [mapping.people]\n\"ada@us.com\" = \"a1\"\n\"bob@us.com\" = \"b1\"\n\
         [[pair]]\nid = \"same\"\n\
         [[pair]]\nid = \"own\"\nlocation_id = \"loc2\"\n\
         [pair.anchors]\norganisation = \"own@us.com\"\n[pair.people]\n\"bob@us.com\" = \"b2\"\n\
         [[pair]]\nid = \"none\"\nlocation_id = \"loc3\"\nanchors = { organisation = \"\" }\n",
    );
    let loaded = loaded(&text);
    let anchors: Vec<_> = loaded.pairs.iter().map(|it| it.rules.anchor()).collect();
    assert_eq!(anchors, [Some("all@us.com"), Some("own@us.com"), None]);
    let bob = |pair: usize| loaded.pairs[pair].people["bob@us.com"].as_str();
    assert_eq!((bob(0), bob(1)), ("b1", "b2"));
    assert_eq!(loaded.pairs[1].people["ada@us.com"], "a1");
    let fingerprint = |pair: usize| &loaded.pairs[pair].rules.fingerprint;
    assert_ne!(fingerprint(0), fingerprint(1));
    let checked = super::super::Checked::of(&loaded);
    assert_eq!(checked.pairs[2].without, ["threats", "comments"]);
    assert_eq!(checked.pairs[1].anchor.as_deref(), Some("own@us.com"));
}

#[test]
fn what_is_wrong_with_the_mapping_is_told_once_for_all_pairs() {
    let text = minimal_with(
        "[mapping]\nphone_region = \"Mars\"\n[[pair]]\nid = \"one\"\n\
         [[pair]]\nid = \"two\"\nlocation_id = \"loc2\"\n",
    );
    let failure = read("/etc/concordat.toml".into(), text).err().unwrap();
    assert_eq!(failure.to_string().matches("is no country code").count(), 1, "{failure}");
}
