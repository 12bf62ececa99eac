//! How is the difference of two exports told? Every form of it as its golden file has it; what may not be seen is
//! masked, and what somebody typed stays text.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write as _;

use concordat_compare::{Both, Comparison, Form, compare};
use concordat_report::{Compared, Document, Format, Mask, Paint, compared_text};

use serde_json::{Value as Json, json};

use crate::documents::assert_fits;
use crate::golden::check;

const JUNE: &str = "\
id,name,email,phone,tier,note
c1,Ada Brook,ada@brook.example,+1 617 555 0101,2,
c2,Bo Lund,bo@lund.example,,1,\"first line
second line\"
c3,Cy Voss,cy@voss.example,,3,
";
const JULY: &str = "\
id,name,email,tier,note,owner
c4,Di Marsh,di@marsh.example,2,new here,Eve
c1,Ada Brooks,ada@brook.example,1,,Eve
c2,Bo Lund,bo@lund.example,1,\"first line
third line\",
";

fn file(holds: &str) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(holds.as_bytes()).unwrap();
    file
}

fn compared(old: &str, new: &str) -> Comparison {
    compared_as(Form::Csv, old, new)
}

fn compared_as(form: Form, old: &str, new: &str) -> Comparison {
    let files = Both { old: file(old), new: file(new) };
    compare(files, form, &["id".to_owned()]).unwrap()
}

/// What `tell` says of two exports.
fn told<T>(comparison: &Comparison, tell: impl FnOnce(&Compared<'_>) -> T) -> T {
    let names = Both { old: "june.csv", new: "july.csv" };
    tell(&Compared { names, form: Form::Csv, key: &["id".to_owned()], comparison })
}

fn written(comparison: &Comparison, format: Format, mask: Mask) -> String {
    let mut bytes = Vec::new();
    told(comparison, |it| it.write(format, mask, &mut bytes)).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn two_exports_in_every_form() {
    let months = compared(JUNE, JULY);
    let plain = Paint { colour: false, width: 100 };
    let text = told(&months, |it| compared_text(it, plain, Mask::Reveal)).unwrap();
    check("tests/golden/compared.txt", text);
    check("tests/golden/compared.json", written(&months, Format::Json, Mask::Reveal));
    check("tests/golden/compared.csv", written(&months, Format::Csv, Mask::Reveal));
    check("tests/golden/compared.md", written(&months, Format::Markdown, Mask::Reveal));
    check("tests/golden/compared.html", written(&months, Format::Html, Mask::Reveal));
    let document = written(&months, Format::Json, Mask::Reveal);
    assert_fits(Document::Compare, &serde_json::from_str(&document).unwrap());
}

#[test]
fn what_travels_names_nobody() {
    let months = compared(JUNE, JULY);
    check("tests/golden/compared-masked.csv", written(&months, Format::Csv, Mask::Personal));
    for format in [Format::Text, Format::Json, Format::Csv, Format::Markdown, Format::Html] {
        let written = written(&months, format, Mask::Personal);
        for private in ["Brook", "Marsh", "voss.example", "617 555", "second line"] {
            assert!(!written.contains(private), "{format:?}: {private}");
        }
    }
    let by_address = "id,tier\nada@brook.example,1\n+1 617 555 0101,2\n";
    let keys = compared(by_address, "id,tier\n");
    let written = written(&keys, Format::Csv, Mask::Personal);
    assert!(!written.contains("brook") && !written.contains("555"), "{written}");
}

#[test]
fn a_document_holds_what_the_lines_held() {
    let old = r#"{"id":1,"tags":["a","b"],"rate":1.5,"due":null,"on":true,"who":{}}"#;
    let new = r#"{"id":1,"tags":["b"],"rate":2.25,"due":7,"on":false,"who":null}"#;
    let lines = compared_as(Form::JsonLines, old, new);
    let document =
        |mask| -> Json { serde_json::from_str(&written(&lines, Format::Json, mask)).unwrap() };
    let expected = json!([
        { "field": "tags", "before": ["a", "b"], "after": ["b"] },
        { "field": "rate", "before": 1.5, "after": 2.25 },
        { "field": "due", "before": null, "after": 7 },
        { "field": "on", "before": true, "after": false },
        { "field": "who", "before": {}, "after": null },
    ]);
    let fields = |document: &Json| {
        let fields = document["differences"][0]["fields"].as_array().unwrap().clone();
        fields.into_iter().map(|it| (it["field"].to_string(), it)).collect::<BTreeMap<_, _>>()
    };
    let expected: BTreeMap<_, _> = expected
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["field"].to_string(), it.clone()))
        .collect();
    assert_eq!(fields(&document(Mask::Reveal)), expected);
    let masked = fields(&document(Mask::Personal));
    for as_it_is in [r#""rate""#, r#""due""#, r#""on""#] {
        assert_eq!(masked[as_it_is], expected[as_it_is]);
    }
    assert_ne!(masked[r#""tags""#], expected[r#""tags""#]);
}

#[test]
fn exports_that_say_the_same() {
    let same = compared(JUNE, JUNE);
    let text = written(&same, Format::Text, Mask::Reveal);
    assert!(text.ends_with("Every row says the same in both.\n"), "{text}");
    assert_eq!(written(&same, Format::Csv, Mask::Reveal).lines().count(), 1);
    assert!(written(&same, Format::Html, Mask::Reveal).contains("says the same"));
}

#[test]
fn what_somebody_typed_is_text() {
    let evil = "=cmd|'/C calc'!A0";
    let page = "<script>alert(1)</script>";
    let terminal = "\u{1b}[2J|x";
    let new = format!("id,a,b,c\n{page},\"{evil}\",{page},{terminal}\n");
    let comparison = compared("id,a,b,c\n", &new);
    let html = written(&comparison, Format::Html, Mask::Reveal);
    assert!(!html.contains("<script>alert") && html.contains("&lt;script&gt;"), "{html}");
    let table = written(&comparison, Format::Csv, Mask::Reveal);
    assert!(!table.contains(&format!(",{evil}")), "{table}");
    for format in [Format::Text, Format::Json, Format::Markdown, Format::Html] {
        assert!(!written(&comparison, format, Mask::Reveal).contains('\u{1b}'), "{format:?}");
    }
    let cells = written(&comparison, Format::Markdown, Mask::Reveal);
    let rows: Vec<&str> = cells.lines().filter(|it| it.starts_with("| added")).collect();
    assert_eq!(rows.len(), 3, "{cells}");
}

#[test]
fn a_row_of_nothing_but_its_key_is_told_too() {
    let comparison = compared("id,a\nx,\n", "id,a\n");
    let table = written(&comparison, Format::Csv, Mask::Reveal);
    assert_eq!(table, "change,id,field,before,after\r\ngone,x,,,\r\n");
    let page = written(&comparison, Format::Markdown, Mask::Reveal);
    assert!(page.contains("\n| gone | x |"), "{page}");
}

#[test]
fn more_than_a_person_reads_is_counted_and_not_listed() {
    let rows: String = (0..2_100).map(|it| format!("{it},a\n")).collect();
    let comparison = compared("id,a\n", &format!("id,a\n{rows}"));
    let text = written(&comparison, Format::Text, Mask::Reveal);
    assert!(
        text.contains("Only 2 000 of 2 100 rows are listed here"),
        "{}",
        &text[text.len() - 200..]
    );
    assert_eq!(written(&comparison, Format::Csv, Mask::Reveal).lines().count(), 2_101);
}
