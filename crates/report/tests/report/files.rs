//! Do report files stay harmless, masked and of a size that can be opened, whatever a side holds?

use std::collections::BTreeMap;

use concordat_model::plan::{Case, Conflict, Notice};
use concordat_model::*;
use concordat_report::{Format, Mask, PlanDocument, Report, RunDocument};

use crate::sample::{self, key, text};
use crate::sample_history;

const HOSTILE: [&str; 16] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onfocus='alert(1)' autofocus='",
    "</style></script><svg onload=alert(1)>",
    "<!-- ",
    "&lt;b&gt; &#60;i&#62;",
    "{{ 7 * 7 }} {% raw %} {# x #}",
    "javascript:alert(1)",
    "\u{202e}gnp.exe\u{202c}\u{200b}",
    "\u{1b}[2J line\r\nline\u{2028}line \u{0}",
    "| a | `b` \\| ` <b>c</b> ``` ~~~",
    "# h\n\n- [x](http://e.example) ![i](http://e.example/i.png) @team #12 www.e.example",
    "=cmd|'/C calc'!A0",
    "@SUM(A1)",
    "\t=1+1",
    "quote \" comma , semicolon ; tab \t",
];

/// The sample with `value` wherever a side or an account has a say.
fn spoiled(value: &str) -> Plan {
    let plan = sample::rich();
    let id = |record: &RecordKey| key(record.resource, value);
    let both =
        || Sides { upguard: text(value), highlevel: Some(Value::Set([value.into()].into())) };
    let step = |step: &Step| Step {
        name: value.into(),
        record: step.record.as_ref().map(id),
        sources: step.sources.iter().map(id).collect(),
        fields: step
            .fields
            .iter()
            .map(|it| FieldStep {
                name: value.into(),
                path: value.into(),
                before: it.before.as_ref().and(text(&format!("old {value}"))),
                after: text(value),
                ..it.clone()
            })
            .collect(),
        side_effects: vec![value.into()],
        ..step.clone()
    };
    let conflict = |it: &Conflict| Conflict {
        id: value.into(),
        name: value.into(),
        field: value.into(),
        held: both(),
        base: it.base.as_ref().map(|_| both()),
        ..it.clone()
    };
    let case = |it: &Case| Case { says: value.into(), name: value.into(), ..it.clone() };
    let notice = |it: &Notice| Notice {
        name: value.into(),
        held: it.held.as_ref().map(|_| both()),
        ..it.clone()
    };
    Plan {
        tenants: Sides::from_fn(|_| Tenant {
            id: value.into(),
            name: value.into(),
            can_mark: true,
        }),
        scope: Scope { only: Some(value.into()), limit: None },
        steps: plan.steps.iter().map(step).collect(),
        conflicts: plan.conflicts.iter().map(conflict).collect(),
        cases: plan.cases.iter().map(case).collect(),
        drift: plan.drift.iter().map(notice).collect(),
        held: plan.held.iter().map(notice).collect(),
        ..plan
    }
}

fn written(plan: &Plan, format: Format, mask: Mask) -> String {
    let refusals = vec![Refusal {
        class: Class::Tenant,
        says: plan.tenants.upguard.name.clone(),
        count: 1,
        remedy: "look".into(),
    }];
    let document = PlanDocument::of(plan, sample::cost(plan), refusals);
    let mut bytes = Vec::new();
    Report::Plan(&document).write(format, mask, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The start tags of a page with their attributes, as a browser would see them: text between tags
/// holds no `<` that a letter, `/`, `!` or `?` follows, and values of attributes hold no quote.
fn tags(page: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        let inside = &rest[start + 1..];
        let mut quoted = false;
        let end = inside
            .find(|it: char| {
                quoted ^= it == '"';
                it == '>' && !quoted
            })
            .expect("every tag ends");
        let mut shape = String::new();
        for (place, piece) in inside[..end].split('"').enumerate() {
            if place % 2 == 0 {
                shape.push_str(piece);
            }
        }
        let name = shape.split(' ').next().unwrap_or_default().to_owned();
        *found.entry(shape).or_default() += 1;
        rest = &inside[end + 1..];
        // What stands in these two is ours and no markup.
        if name == "style" || name == "script" {
            rest = &rest[rest.find("</").expect("it ends")..];
        }
    }
    found
}

#[test]
fn no_value_becomes_markup() {
    // How a value is laid out may differ with its length; nothing else may.
    let is_layout = |shape: &String| {
        ["span", "/span", "b", "/b", "code", "/code"]
            .contains(&shape.split(' ').next().unwrap_or_default())
    };
    let fixed = |plan: &Plan| {
        let page = written(plan, Format::Html, Mask::Reveal);
        let mut tags = tags(&page);
        assert!(
            tags.keys().all(|it| !it.contains(" on") && !it.contains("src")),
            "handlers or sources in {tags:?}"
        );
        tags.retain(|shape, _| !is_layout(shape));
        (tags, page)
    };
    let (plain, _) = fixed(&spoiled("x"));
    for value in HOSTILE {
        let (tags, page) = fixed(&spoiled(value));
        assert_eq!(tags, plain, "{value:?} changes the page");
        assert_eq!(page.contains("{{ 7 * 7 }} {% raw %}"), value.starts_with("{{"), "{value:?}");
        assert!(
            page.chars().all(
                |it| it == '\n' || !it.is_control() && !('\u{202a}'..='\u{202e}').contains(&it)
            ),
            "{value:?} hides something"
        );
    }
}

#[test]
fn no_value_becomes_markdown() {
    let lines = |page: &str| page.lines().count();
    let plain = written(&spoiled("x"), Format::Markdown, Mask::Reveal);
    for value in HOSTILE {
        let page = written(&spoiled(value), Format::Markdown, Mask::Reveal);
        assert_eq!(lines(&page), lines(&plain), "{value:?} adds lines");
        for (line, was) in page.lines().zip(plain.lines()) {
            let cells = |line: &str| line.matches('|').count();
            assert!(!was.starts_with('|') || cells(line) == cells(was), "{value:?}: {line}");
            let outside = outside_code(line);
            let marks = ["<", "](", "@", "www.", "://", "![", "`", "&lt;"];
            assert!(marks.iter().all(|it| !outside.contains(it)), "{value:?}: {line}");
        }
    }
}

/// What of a line is not in a span of code.
fn outside_code(line: &str) -> String {
    let mut outside = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(['`', '<']) {
        outside += &rest[..start];
        let (opens, closes) =
            if rest[start..].starts_with('`') { ("`", "`") } else { ("<code>", "</code>") };
        let inside = &rest[start + opens.len()..];
        assert!(rest[start..].starts_with(opens), "no other markup: {line}");
        let end = inside.find(closes).unwrap_or_else(|| panic!("it ends: {line}"));
        assert!(opens == "`" || !inside[..end].contains(['<', '|', '`', '[', '@']), "{line}");
        rest = &inside[end + closes.len()..];
    }
    outside + rest
}

#[test]
fn no_value_becomes_a_formula() {
    for value in HOSTILE {
        let page = written(&spoiled(value), Format::Csv, Mask::Reveal);
        let mut table = ::csv::Reader::from_reader(page.as_bytes());
        for row in table.records() {
            let row = row.unwrap_or_else(|error| panic!("{value:?}: {error}"));
            for cell in &row {
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{value:?}: {cell}");
                assert!(!cell.contains(char::is_control), "{value:?}: {cell}");
            }
        }
    }
}

#[test]
fn a_table_has_a_row_for_every_field() {
    let plan = sample::rich();
    let page = written(&plan, Format::Csv, Mask::Reveal);
    let mut table = ::csv::Reader::from_reader(page.as_bytes());
    let rows = table.records().count();
    let fields: usize = plan.steps.iter().map(|it| it.fields.len()).sum();
    let others = plan.conflicts.len() + plan.cases.len() + plan.drift.len() + plan.held.len();
    assert_eq!(rows, fields + others + 1, "and one for the refusal");
}

/// Goal: a report that travels names nobody. Method: look for each personal word of the sample, in
/// every format, in the plan and in the run.
#[test]
fn a_masked_file_names_nobody() {
    let words = [
        "Ada",
        "Lovelace",
        "analytical",
        "Grace",
        "Hopper",
        "2025550199",
        "7946",
        "smith@",
        "Smith",
        "Milton",
        "Gavin",
        "Richard",
        "Murray",
        "Admiral",
    ];
    let rich = sample::rich();
    let plan = Plan {
        scope: Scope { only: Some("Ada Lovelace".into()), limit: None },
        endowments: vec![Endowment {
            made_for: rich.steps[0].link.clone(),
            mapping: "labels".into(),
            one: key(Resource::Vendor, "2210"),
            name: "Milton Murray".into(),
            stamp: None,
            fields: rich.steps.iter().flat_map(|it| it.fields.clone()).collect(),
        }],
        ..rich
    };
    let document = PlanDocument::of(&plan, sample::cost(&plan), sample::refusals(&plan));
    let runs = [sample_history::report(), sample_history::refused()];
    let mut reports = vec![Report::Plan(&document)];
    reports.extend(runs.iter().map(|it| Report::Run(it, Some(&plan))));
    for format in [Format::Text, Format::Json, Format::Markdown, Format::Csv, Format::Html] {
        for report in &reports {
            let mut bytes = Vec::new();
            report.write(format, Mask::Personal, &mut bytes).unwrap();
            let page = String::from_utf8(bytes).unwrap();
            for word in words {
                assert!(!page.contains(word), "{word} is in {format:?}:\n{page}");
            }
        }
    }
}

#[test]
fn a_masked_plan_says_so_and_cannot_be_applied() {
    let page = written(&sample::rich(), Format::Json, Mask::Personal);
    assert!(page.contains("\"masked\": true"));
    let error = PlanDocument::read(page.as_bytes(), "report.json").unwrap_err();
    assert_eq!(
        error.to_string(),
        "report.json is a report with personal data masked, not a plan that can be applied"
    );
    let whole = written(&sample::rich(), Format::Json, Mask::Reveal);
    assert!(!whole.contains("masked"));
    assert_eq!(PlanDocument::read(whole.as_bytes(), "plan.json").unwrap().1, sample::rich());
    let run: RunDocument = {
        let mut bytes = Vec::new();
        let report = sample_history::report();
        Report::Run(&report, None).write(Format::Json, Mask::Personal, &mut bytes).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    assert!(run.masked);
}

/// 2 001 updates of which the last fails to be shown, and a conflict after all of them.
#[test]
fn a_large_plan_is_cut_and_says_so() {
    let update = sample::phone_update();
    let steps = (0..2001).map(|it| Step {
        id: format!("S{it}").as_str().into(),
        link: format!("L{it}").as_str().into(),
        name: format!("Person number {it}.").into(),
        ..update.clone()
    });
    let plan = Plan { steps: steps.collect(), ..sample::empty() };
    let page = written(&plan, Format::Html, Mask::Reveal);
    assert_eq!(page.matches("<article").count(), 2000);
    assert!(page.contains("The first 2 000 of 2 001 records are shown"));
    assert!(page.contains("<b>2 001</b> updates"), "the totals are of all");
    assert!(!page.contains("number 2000."), "the last is left out");

    let plan = Plan { conflicts: sample::conflicts(), ..plan };
    let page = written(&plan, Format::Html, Mask::Reveal);
    assert_eq!(page.matches("<article").count(), 2000);
    assert!(page.contains("9F3KZ0T1QB"), "what waits is shown before what does not");
    assert!(page.contains("The first 2 000 of 2 003 records"));

    let page = written(&plan, Format::Markdown, Mask::Reveal);
    assert_eq!(page.matches("\n### ").count(), 2000);
    assert!(page.contains("Only 2 000 of 2 003 records are listed here"));
    let page = written(&plan, Format::Csv, Mask::Reveal);
    assert!(page.contains("number 2000."), "the table has all");
}

#[test]
fn a_megabyte_is_no_burden() {
    let plan = spoiled(&"naïve <b> ".repeat(120_000));
    let plan = Plan { steps: plan.steps[..1].to_vec(), drift: Vec::new(), ..plan };
    for format in [Format::Markdown, Format::Html] {
        let page = written(&plan, format, Mask::Reveal);
        assert!(page.len() < 200_000, "{format:?} has {} bytes", page.len());
        assert!(page.contains("(1 200 000 characters)"), "{format:?} says how long it is");
    }
}

/// What a page may load and run is said in its head, and is nothing but its own style and script.
#[test]
fn a_page_asks_nothing_of_any_server() {
    let page = written(&sample::rich(), Format::Html, Mask::Reveal);
    assert!(
        page.contains("content=\"default-src &#x27;none&#x27;; style-src &#x27;sha256-"),
        "{}",
        &page[..900]
    );
    for outside in ["http:", "https:", "//cdn", "@import", "url(", "<img", "<iframe", " style="] {
        assert!(!page.contains(outside), "{outside}");
    }
    let ids: Vec<&str> =
        page.split(" id=\"").skip(1).filter_map(|it| it.split('"').next()).collect();
    let unique: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(ids.len(), unique.len(), "ids are unique: {ids:?}");
}
