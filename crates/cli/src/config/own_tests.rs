//! Are fields and lenses of a person's own understood, proven by examples, and is everything wrong with
//! them told at its line and column?

use super::load::tests::{MINIMAL, loaded};
use super::{Checked, read};
use crate::failure::{Detail, Failure};

const TABLE: &str = "[mapping.lenses.criticality]\n\
                     rows = [\n  { upguard = \"High\", highlevel = 1 },\n  { upguard = \"Low\", highlevel = 3 },\n]\n";

fn field(of: &str, lines: &str) -> String {
    format!("[mapping.{of}]\n{lines}\n")
}

/// Line, column and text of everything that is wrong with `more`.
fn told(more: &str) -> Vec<(usize, usize, String)> {
    let failure = read("/c.toml".into(), format!("{MINIMAL}{more}")).err().expect("a refusal");
    let before = MINIMAL.lines().count();
    let told = |it: &Detail| {
        let place = it.place.as_ref().expect("a place");
        let hint = it.hint.as_ref().map(|it| format!(" [{it}]")).unwrap_or_default();
        let line = place.line.expect("a line") - before;
        (line, place.column.expect("a column"), format!("{}{hint}", it.message))
    };
    let Failure { message, place, hint, details, .. } = failure;
    let only = Detail { message, place, hint };
    if details.is_empty() { vec![told(&only)] } else { details.iter().map(told).collect() }
}

#[track_caller]
fn tells(more: &str, line: usize, column: usize, parts: &[&str]) {
    let all = told(more);
    // A table is told at its name in the header.
    let found = all.iter().find(|it| it.0 == line && (it.1 == column || line == 1));
    let (_, _, says) = found.unwrap_or_else(|| panic!("nothing at {line}:{column}: {all:#?}"));
    for part in parts {
        assert!(says.contains(part), "not told: {part}\n{all:#?}");
    }
}

fn checked(more: &str) -> String {
    let mut bytes = Vec::new();
    Checked::of(&loaded(&format!("{MINIMAL}{more}"))).write_text(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn fields_that_are_not_there_are_told_with_what_was_meant() {
    let end = |of: &str, upguard: &str, highlevel: &str| {
        field(of, &format!("upguard = \"{upguard}\"\nhighlevel = \"{highlevel}\""))
    };
    for (of, upguard, highlevel, line, parts) in [
        (
            "profiles.fields.a",
            "teir",
            "contact.a",
            2,
            ["UpGuard vendor has no field", "did you mean \"tier\"?"],
        ),
        (
            "profiles.fields.a",
            "labels",
            "contact.a",
            2,
            ["no field \"labels\"", "[mapping.labels]"],
        ),
        (
            "profiles.fields.a",
            "tier",
            "contact.Big Key",
            3,
            ["small letters", "\"contact.big_key\"?"],
        ),
        ("profiles.fields.a", "tier", "contact.concordat_id", 3, ["concordat's own mark", ""]),
        ("profiles.fields.a", "tier", "city", 3, ["no field \"city\"", "contact.KEY"]),
        (
            "vendors.fields.a",
            "attributes.A",
            "contact.a",
            3,
            ["business has no field", "[mapping.profiles.fields.NAME]"],
        ),
        ("vendors.fields.a", "attributes.A", "zip", 3, ["no field \"zip\"", "there are"]),
        ("vendors.fields.a", "attributes.A", "postalcode", 3, ["", "did you mean \"postalCode\"?"]),
        ("contacts.fields.a", "email", "contact.a", 2, ["no field \"email\"", "email_address"]),
        ("contacts.fields.a", "title", "dnd", 3, ["no field \"dnd\"", "[mapping.contacts.create]"]),
        ("contacts.fields.a", "title", "custom.a", 3, ["no field", "contact.KEY"]),
        ("threats.fields.title", "title", "title", 1, ["fields of your own belong to vendors", ""]),
    ] {
        tells(&end(of, upguard, highlevel), line, 1, &parts);
    }
}

#[test]
fn what_cannot_flow_is_told() {
    let flows = |upguard: &str, highlevel: &str, flow: &str| {
        let lines =
            format!("upguard = \"{upguard}\"\nhighlevel = \"{highlevel}\"\nflow = \"{flow}\"");
        field("profiles.fields.a", &lines)
    };
    tells(
        &flows("score", "contact.a", "both"),
        4,
        1,
        &["can only be read", "flow = \"to_highlevel\""],
    );
    tells(&flows("score", "contact.a", "to_upguard"), 4, 1, &["\"score\" of UpGuard vendors"]);
    tells(&flows("tier", "contact.a", "too_upguard"), 4, 8, &["did you mean \"to_upguard\"?"]);
    tells(&field("profiles.fields.tier", "lens = \"number\""), 1, 1, &["name their two ends"]);
    tells(&field("profiles.fields.a", "upguard = \"tier\""), 1, 1, &["highlevel is not said"]);
    let built_in = "upguard = \"tier\"\nhighlevel = \"contact.a\"";
    tells(&field("profiles.fields.tier", built_in), 1, 1, &["this field is built in"]);
    tells(&field("profiles.fields.\"A.b\"", built_in), 1, 1, &["lower-case letters"]);
}

#[test]
fn lenses_that_are_none_are_told() {
    let with = |lens: &str| {
        let ends = "upguard = \"attributes.A\"\nhighlevel = \"contact.a\"";
        field("profiles.fields.a", &format!("{ends}\nlens = \"{lens}\"")) + TABLE
    };
    tells(&with("citicality"), 4, 1, &["there is no lens", "did you mean \"criticality\"?"]);
    tells(&with("x"), 4, 1, &["there are text, email,", "[mapping.lenses.NAME]"]);
    let number = "upguard = \"tier\"\nhighlevel = \"contact.a\"\nlens = \"text\"";
    tells(&field("profiles.fields.a", number), 4, 1, &["keeps a number", "lens = \"number\""]);
    let lens = |lines: &str| field("lenses.mine", lines);
    tells(&lens(""), 1, 1, &["exactly one kind", "factor = 10"]);
    tells(&lens("factor = 0"), 2, 1, &["a number other than 0"]);
    tells(&lens("factor = \"ten\""), 2, 1, &["a number other than 0"]);
    tells(&lens("factor = true"), 2, 10, &["text in quotes, or a whole number"]);
    tells(
        &lens("days = { upguard = \"%Y-%m-%d\", highlevel = \"%d.%m.%y\" }"),
        2,
        32,
        &["cannot be read back"],
    );
    tells(
        &lens("days = { upguard = \"%Y-%m-%d\", highlevel = \"%Y-%Q\" }"),
        2,
        32,
        &["cannot be read back"],
    );
    tells(&lens("otherwise = \"x\"\nfactor = 2"), 2, 1, &["it belongs to rows"]);
    tells(&field("lenses.email", "factor = 2"), 1, 1, &["built in"]);
    tells(
        &lens("rows = [{ upguard = \"a\", highlevle = 1 }]"),
        2,
        26,
        &["did you mean highlevel?"],
    );
    tells(&lens("rows = [{ upguard = \"\", highlevel = 1 }]"), 2, 9, &["an empty word"]);
}

#[test]
fn a_table_for_both_ways_is_one_to_one() {
    let with = |flow: &str, rows: &str| {
        let ends = "upguard = \"attributes.A\"\nhighlevel = \"contact.a\"\nlens = \"mine\"";
        field("profiles.fields.a", &format!("{ends}\nflow = \"{flow}\""))
            + &field("lenses.mine", &format!("rows = [\n{rows}\n]"))
    };
    let many =
        "{ upguard = \"High\", highlevel = \"A\" },\n{ upguard = \"Higher\", highlevel = \" A\" },";
    let says = [
        "row 1 (\"High\") and row 2 (\"Higher\") have the same word in HighLevel, \"A\"",
        "flow = \"to_highlevel\"",
    ];
    tells(&with("both", many), 9, 1, &says);
    tells(&with("to_upguard", many), 9, 1, &["take one of the rows away"]);
    assert!(
        checked(&with("to_highlevel", many))
            .contains("✓ \"Higher\" of UpGuard becomes \"A\" in HighLevel\n")
    );
    let twice = "{ upguard = 1, highlevel = \"A\" },\n{ upguard = \"1\", highlevel = \"B\" },";
    tells(
        &with("both", twice),
        9,
        1,
        &["the same word in UpGuard, \"1\"", "flow = \"to_upguard\""],
    );
    let rest = |flow: &str| {
        with(flow, "{ upguard = 1, highlevel = 2 }").replace("]\n", "]\notherwise = \"?\"\n")
    };
    let rest = |flow: &str| rest(flow).replacen("]\notherwise = \"?\"\n", "]\n", 2);
    tells(&rest("both"), 10, 1, &["could not come back"]);
    checked(&rest("to_highlevel"));
}

#[test]
fn examples_are_followed_there_and_back() {
    let ends = "upguard = \"attributes.A\"\nhighlevel = \"contact.a\"";
    let with = |lens: &str, examples: &str| {
        field("profiles.fields.a", &format!("{ends}\nlens = \"{lens}\"\nexamples = [{examples}]"))
            + TABLE
    };
    let text = checked(&with("criticality", "\"High\", \"Low\""));
    assert!(text.contains("<->  contact.a"), "{text}");
    assert!(
        text.contains("✓ \"High\" of UpGuard becomes \"1\" in HighLevel, and comes back as it was"),
        "{text}"
    );
    let text = checked(&with("number", "\"2.50\", 7"));
    assert!(text.contains("✓ \"2.50\" of UpGuard becomes \"2.5\" in HighLevel, and comes back as \"2.5\", which is the same to concordat"), "{text}");
    let text = checked(&with("upper", "\"ciso\""));
    assert!(
        text.contains(
            "becomes \"CISO\" in HighLevel, and comes back as \"CISO\", which is the same"
        ),
        "{text}"
    );
    tells(
        &with("criticality", "\"High\", \"Medium\""),
        5,
        21,
        &["\"Medium\" of UpGuard has no counterpart in HighLevel"],
    );
    tells(&with("yes_no", "\"perhaps\""), 5, 13, &["has no counterpart"]);
    // Without any, some that suit the field are made up.
    assert!(checked(&with("date", "")).contains("✓ \"2026-02-28\" of UpGuard becomes"));
}

#[test]
fn expressions_are_told_where_they_go_wrong() {
    let made = |of: &str, expression: &str| {
        field(
            &format!("{of}.fields.a"),
            &format!("expression = {expression}\nhighlevel = \"contact.a\""),
        )
    };
    tells(
        &made("profiles", "\"name ~ teir\""),
        2,
        22,
        &["\"teir\" stands for nothing", "did you mean tier?"],
    );
    tells(&made("contacts", "'name ~ vendor.scor'"), 2, 29, &["did you mean score?"]);
    tells(&made("profiles", "\"name ~\""), 2, 14, &["this is no expression"]);
    tells(
        &made("profiles", "\"name\"\nflow = \"both\""),
        3,
        1,
        &["can only be read", "to_highlevel"],
    );
    tells(&made("profiles", "\"name\"\nupguard = \"name\""), 2, 1, &["takes the place of upguard"]);
    let text = checked(&made("profiles", "\"name ~ ': ' ~ score\""));
    assert!(text.contains("= name ~ ': ' ~ score --> "), "{text}");
    let slice = |line: &str| format!("[[pair]]\n[pair.slice]\n{line}\n");
    tells(&slice("vendors = \"tier <= 2 and lables\""), 3, 26, &["did you mean labels?"]);
    tells(
        &slice("contacts = \"tier == 1\""),
        3,
        13,
        &["\"tier\" stands for nothing", "there are name, title"],
    );
    let says = "vendors where tier <= 2, with those people where title != ''.";
    assert!(checked(&slice("vendors = \"tier <= 2\"\ncontacts = \"title != ''\"")).contains(says));
}
