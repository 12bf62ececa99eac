//! What do two exports differ in? Told as text, one line for each row that differs.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};

use concordat_compare::{Age, Both, Comparison, Flaw, Form, RowChange, compare};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn file(holds: &str) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(holds.as_bytes()).expect("it is written");
    file
}

fn form(holds: &str) -> Form {
    Form::of(&file(holds)).expect("it can be read").unwrap_or(Form::Csv)
}

fn compared(old: &str, new: &str, key: &str) -> Result<Comparison, Flaw> {
    let key: Vec<String> = key.split(' ').map(str::to_owned).collect();
    compare(Both { old: file(old), new: file(new) }, form(old), &key)
}

/// Every change as a line: `~ 1: name Ann -> Anna`.
fn told(old: &str, new: &str, key: &str) -> Vec<String> {
    let compared = compared(old, new, key).expect("both can be read");
    let held = |it: &Option<Json>| it.as_ref().map_or("nothing".to_owned(), Json::to_string);
    let mut lines = Vec::new();
    for row in compared.differences() {
        let row = row.expect("it can be read");
        let sign = match row.change {
            RowChange::Added => '+',
            RowChange::Gone => '-',
            RowChange::Changed => '~',
        };
        let fields = row.fields.iter();
        let fields: Vec<String> = fields
            .map(|it| format!("{} {} -> {}", it.field, held(&it.before), held(&it.after)))
            .collect();
        lines.push(format!("{sign} {}: {}", row.key.join("/"), fields.join("; ")));
    }
    lines
}

fn flaw(old: &str, new: &str, key: &str) -> (Age, Option<usize>, String) {
    let flaw = compared(old, new, key).err().expect("it cannot be compared");
    (flaw.place.age, flaw.place.line, flaw.fault.says)
}

#[test]
fn rows_are_paired_by_their_key_wherever_they_stand() {
    let old = "id,name,city\n1,Ann,Rome\n2,Bob,Oslo\n3,Cid,Bonn\n";
    let new = "id,name,city\n4,Dan,\n3,Cid,Bonn\n1,Anna,Rome\n";
    let lines = [
        "+ 4: name nothing -> \"Dan\"",
        "~ 1: name \"Ann\" -> \"Anna\"",
        "- 2: name \"Bob\" -> nothing; city \"Oslo\" -> nothing",
    ];
    assert_eq!(told(old, new, "id"), lines);
    let totals = compared(old, new, "id").expect("it can be read").totals;
    assert_eq!((totals.rows.old, totals.rows.new), (3, 3));
    assert_eq!((totals.equal, totals.added, totals.gone, totals.changed), (1, 1, 1, 1));
}

#[test]
fn how_a_value_is_written_down_makes_no_difference() {
    let old = "id,note\r\n1,\"two\r\nlines, and a \"\"word\"\"\"\r\n2,plain\r\n";
    let new = "\u{feff}id;note\n\n1;\"two\r\nlines, and a \"\"word\"\"\"\n\"2\";\"plain\"\n";
    assert_eq!(told(old, new, "id"), Vec::<String>::new());
    let new = new.replace("word", "text");
    let line = r#"~ 1: note "two\r\nlines, and a \"word\"" -> "two\r\nlines, and a \"text\"""#;
    assert_eq!(told(old, &new, "id"), [line]);
}

#[test]
fn columns_may_stand_otherwise_and_one_that_is_new_changes_no_row() {
    let old = "id,name,fax\n1,Ann,9\n2,Bob,8\n";
    let new = "name,tier,id\nAnn,1,1\nRob,2,2\n";
    assert_eq!(told(old, new, "id"), ["~ 2: name \"Bob\" -> \"Rob\""]);
    let columns = compared(old, new, "id").expect("it can be read").columns;
    assert_eq!((columns.added, columns.gone), (vec!["tier".to_owned()], vec!["fax".to_owned()]));
}

#[test]
fn a_key_may_have_several_fields() {
    let old = "record,field,value\nr1,name,Ann\nr1,city,Rome\n";
    let new = "record,field,value\nr1,city,Bonn\nr1,name,Ann\n";
    assert_eq!(told(old, new, "record field"), ["~ r1/city: value \"Rome\" -> \"Bonn\""]);
    // The parts are not run together.
    let old = "a,b,c\nx,yz,1\n";
    let new = "a,b,c\nxy,z,1\n";
    assert_eq!(told(old, new, "a b").len(), 2);
}

#[test]
fn lines_of_json_are_compared_member_by_member() {
    let old = r#"{"id":1,"who":{"name":"Ann","tags":["a","b"]},"due":null}
{"id":"2","who":{"name":"Eve"}}
"#;
    let new = r#"{"who":{"tags":["b"],"name":"Ann"},"id":1,"score":7}

{ "who": {"name": "Eve"}, "id": "2" }"#;
    let line = r#"~ 1: who.tags ["a","b"] -> ["b"]; score nothing -> 7; due null -> nothing"#;
    assert_eq!(told(old, new, "id"), [line]);
    let old = r#"{"record":{"id":"c1"},"at":1}"#;
    let new = r#"{"record":{"id":"c1"},"at":2}"#;
    assert_eq!(told(old, new, "record.id"), ["~ c1: at 1 -> 2"]);
    // Of a key of several members some may be missing.
    let old = r#"{"seq":1,"field":null,"to":1}
{"seq":1,"field":"tier","to":1}"#;
    let new = old.replace("1}", "2}");
    assert_eq!(told(old, &new, "seq field"), ["~ 1/: to 1 -> 2", "~ 1/tier: to 1 -> 2"]);
}

#[test]
fn what_cannot_be_compared_is_told_with_its_place() {
    let table = "id,name\n1,Ann\n";
    let says = |it: (Age, Option<usize>, String), age, line, says: &str| {
        assert_eq!((it.0, it.1), (age, line), "{}", it.2);
        assert!(it.2.contains(says), "{}", it.2);
    };
    let twice = "id,name\n1,Ann\n2,\"a\nb\"\n1,Eve\n";
    says(flaw(twice, table, "id"), Age::Old, Some(5), "the same id as line 2");
    says(flaw(table, twice, "id"), Age::New, Some(5), "the same id as line 2");
    let new_twice = "id,name\n7,Ann\n7,Eve\n";
    says(flaw(table, new_twice, "id"), Age::New, Some(3), "the same id as line 2");
    says(
        flaw(table, "id,name\n1,Eve,x\n", "id"),
        Age::New,
        Some(2),
        "3 fields, and the header names 2",
    );
    says(flaw(table, "id,name\n1,\"Eve\n2,Bob\n", "id"), Age::New, Some(2), "never closed");
    says(flaw(table, "id,id\n", "id"), Age::New, Some(1), "two columns are called \"id\"");
    says(flaw("", table, "id"), Age::Old, Some(1), "it is empty");
    says(flaw(table, table, "key"), Age::Old, None, "no column \"key\"");
    let lines = "{\"id\":1}\n";
    says(flaw(lines, "{\"id\":2}\n[]\n", "id"), Age::New, Some(2), "no JSON object");
    says(flaw(lines, "{\"id\":2}\n{\"id\":null}\n", "id"), Age::New, Some(2), "no member id");
    says(flaw(lines, "{\"id\":2}\n{\"id\":3} x\n", "id"), Age::New, Some(2), "no JSON object");
}

#[test]
fn a_flaw_quotes_no_value() {
    let secret = "ann@example.com";
    let lines = format!("{{\"id\":1}}\n\"{secret}\"\n");
    let (_, _, says) = flaw(&lines, "{\"id\":1}\n", "id");
    assert!(!says.contains(secret), "{says}");
    let table = format!("id,mail\n{secret},1\n{secret},2\n");
    let (_, _, says) = flaw(&table, "id,mail\n", "id");
    assert!(!says.contains(secret), "{says}");
}

#[test]
fn large_files_are_read_block_by_block() {
    let mut old = String::from("id,name,note\n");
    for id in 0..20_000 {
        let note = "one line,\n".repeat(id % 7);
        old.push_str(&format!("{id},name {id},\"{note}\"\n"));
    }
    // Longer than any block.
    old.push_str(&format!("long,,\"{}\"", "a\"\",\n".repeat(300_000)));
    let new = old.replace(",name 17000,", ",another,").replace("\"\",\n\"", "\"\",\nb\"");
    let told = told(&old, &new, "id");
    assert_eq!(told.len(), 2, "{}", told.len());
    assert_eq!(told[0], "~ 17000: name \"name 17000\" -> \"another\"");
    assert!(
        told[1].starts_with("~ long: note") && told[1].ends_with("\\nb\""),
        "{}",
        told[1].len()
    );
    let totals = compared(&old, &new, "id").expect("it can be read").totals;
    assert_eq!((totals.rows.old, totals.equal, totals.changed), (20_001, 19_999, 2));
}

#[test]
fn more_differences_than_are_held_at_once_are_told_in_their_order() {
    let table = |held: &str| {
        let rows = (0..10_000).map(|id| format!("{id},{held}\n"));
        "id,held\n".to_owned() + &rows.collect::<String>()
    };
    let lines = (0..10_000).map(|id| format!("~ {id}: held \"a\" -> \"b\""));
    assert_eq!(told(&table("a"), &table("b"), "id"), lines.collect::<Vec<_>>());
}

#[test]
fn a_file_that_is_written_to_meanwhile_is_not_told_from() {
    let old = file("id,name\n1,Ann\n");
    let new = file("id,name\n1,Eve\n");
    let mut writer = new.try_clone().expect("another handle");
    let compared = compare(Both { old, new }, Form::Csv, &["id".to_owned()]).expect("it is read");
    writer.seek(SeekFrom::Start(10)).expect("it is there");
    writer.write_all(b"Bob").expect("it is written");
    let flaw = compared.differences().find_map(Result::err).expect("it says something else now");
    assert_eq!((flaw.place.age, flaw.place.line), (Age::New, Some(2)));
    assert!(flaw.fault.says.contains("changed while it was read"), "{flaw}");
}

type Rows = BTreeMap<u8, (String, String)>;

fn rows() -> impl Strategy<Value = Rows> {
    proptest::collection::btree_map(0..20_u8, ("[a\",\n]{0,2}", "[ab]{0,1}"), 0..12)
}

/// As CSV, in an order of its own, quoted or not.
fn as_csv(rows: &Rows, backwards: bool) -> String {
    let style = if backwards { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
    let mut writer = csv::WriterBuilder::new().quote_style(style).from_writer(Vec::new());
    writer.write_record(["id", "a", "b"]).expect("a header");
    let mut all: Vec<_> = rows.iter().collect();
    if backwards {
        all.reverse();
    }
    for (id, (a, b)) in all {
        writer.write_record([&id.to_string(), a, b]).expect("a row");
    }
    String::from_utf8(writer.into_inner().expect("all of it")).expect("text")
}

fn as_lines(rows: &Rows, backwards: bool) -> String {
    let line = |(id, (a, b)): (&u8, &(String, String))| match backwards {
        true => format!("{}\n", json!({ "b": b, "a": a, "id": id })),
        false => format!("{}\n", json!({ "id": id, "a": a, "b": b })),
    };
    if backwards { rows.iter().rev().map(line).collect() } else { rows.iter().map(line).collect() }
}

proptest! {
    #[test]
    fn exactly_what_differs_is_told(old in rows(), new in rows(), [old_way, new_way] in any::<[bool; 2]>()) {
        let mut expected: BTreeMap<u8, Vec<&str>> = BTreeMap::new();
        for id in old.keys().chain(new.keys()) {
            let (was, is) = (old.get(id), new.get(id));
            if was == is {
                continue;
            }
            let a = was.map(|it| &it.0) != is.map(|it| &it.0);
            let b = was.map(|it| &it.1) != is.map(|it| &it.1);
            let is_whole = was.is_none() || is.is_none();
            let row = was.or(is).expect("it is in one of them");
            let mut fields = Vec::new();
            if a && (!is_whole || !row.0.is_empty()) { fields.push("a") }
            if b && (!is_whole || !row.1.is_empty()) { fields.push("b") }
            expected.insert(*id, fields);
        }
        for write in [as_csv, as_lines] {
            let (old, new) = (write(&old, old_way), write(&new, new_way));
            // Of no rows at all nothing says that they would be JSON.
            if form(&old) != form(&new) || old.is_empty() {
                continue;
            }
            let compared = compared(&old, &new, "id").expect("both can be read");
            let mut found: BTreeMap<u8, Vec<String>> = BTreeMap::new();
            for row in compared.differences() {
                let row = row.expect("it can be read");
                let mut fields: Vec<String> = row.fields.into_iter().map(|it| it.field).collect();
                fields.sort_by_key(|it| ["id", "a", "b"].iter().position(|name| it == name));
                found.insert(row.key[0].parse().expect("a number"), fields);
            }
            let as_texts = |it: &Vec<&str>| it.iter().map(|it| (*it).to_owned()).collect();
            prop_assert_eq!(&found, &expected.iter().map(|(id, it)| (*id, as_texts(it))).collect());
            let totals = compared.totals;
            let differ = totals.added + totals.gone + totals.changed;
            prop_assert_eq!(differ, expected.len() as u64);
            prop_assert_eq!(totals.equal + totals.added + totals.changed, totals.rows.new);
        }
    }
}
