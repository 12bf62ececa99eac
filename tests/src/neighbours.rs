//! Which random towns are there? Those in which people belong to several vendors, move, vanish, share mailboxes and
//! come back, and those in which nobody is easily told from the others; each with what happens night after night.

use concordat_diff::identity;
use concordat_model::{PairId, RecordKey, Resource};
use proptest::prelude::*;
use proptest::sample::select;

const VENDORS: usize = 4;
const PEOPLE: usize = 9;
const LABELS: [&str; 6] = ["-", "PCI", "PCI+SaaS", "SaaS", "PCI+Bank", "Bank"];
const TAGS: [&str; 7] =
    ["-", "ug:pci", "ug:pci+ug:saas", "newsletter", "ug:bank+ug:pci", "ug:new", "ug:saas+vip"];
const TIERS: [&str; 4] = ["-", "1", "2", "3"];
const STREET: usize = 7;
const SEEN: [&str; 3] = ["unseen", "here", "gone"];
const EMAILS: [&str; 5] = ["a@x.com", "b@x.com", "c@x.com", "A@x.com", "-"];
const PHONES: [&str; 3] = ["+16502530000", "+16502530001", "-"];
const NAMES: [&str; 4] = ["Ann Lee", "Bob Day", "Ann Day", "-"];

/// A night's edits.
fn edit() -> impl Strategy<Value = String> {
    let vendor = (0..VENDORS, select(&LABELS[..]), select(&TIERS[..]))
        .prop_map(|(v, labels, tier)| format!("vendor v{v} | labels={labels} | tier={tier}"));
    let assessed = (0..VENDORS, select(&["-", "Draft", "Published"][..]))
        .prop_map(|(v, state)| format!("vendor v{v} | assessment={state}"));
    let task = (0..9_usize, select(&["| done=yes", "| done=no", "gone |"][..]))
        .prop_map(|(nth, how)| format!("any task {nth} {how}").trim_end_matches('|').to_owned());
    let tags =
        (0..PEOPLE, select(&TAGS[..])).prop_map(|(c, tags)| format!("contact c{c} | tags={tags}"));
    let tier =
        (0..PEOPLE, select(&TIERS[..])).prop_map(|(c, tier)| format!("contact c{c} | tier={tier}"));
    let person = (0..PEOPLE, 0..VENDORS, select(&EMAILS[..]), select(&NAMES[..])).prop_map(
        |(p, v, email, name)| format!("person p{p} of v{v} | email={email} | name={name}"),
    );
    let contact = (0..PEOPLE, select(&EMAILS[..]))
        .prop_map(|(c, email)| format!("contact c{c} | email={email}"));
    let kind = select(&["person p", "contact c", "vendor v"][..]);
    let seen =
        (kind, 0..PEOPLE, select(&["unseen", "here", "gone", "missed", "dormant", "watched"][..]))
            .prop_map(|(kind, it, how)| {
                format!("{kind}{} {how}", it % if kind == "vendor v" { VENDORS } else { PEOPLE })
            });
    let stranger =
        (20..23, select(&EMAILS[..]), select(&NAMES[..])).prop_map(|(c, email, name)| {
            let (first, last) = name.split_once(' ').unwrap_or(("-", "-"));
            format!("contact c{c} | first={first} | last={last} | email={email}")
        });
    let said = select(&["-", "Key supplier.", "Left."][..]);
    let noted =
        (0..VENDORS, said.clone()).prop_map(|(v, said)| format!("memo v{v} of v{v} | text={said}"));
    let of_person = (0..PEOPLE, said).prop_map(|(p, said)| format!("person p{p} | notes={said}"));
    let told = (0..6, 0..VENDORS + 1)
        .prop_map(|(n, v)| format!("notification n{n} | when=9000 | about=v{v}.com | text=Told."));
    let weather = select(&["incomplete contact", "complete contact", "days 3", "days 8"][..]);
    let weather = weather.prop_map(str::to_owned);
    let phone = (select(&["person p", "contact c"][..]), 0..PEOPLE, select(&PHONES[..]))
        .prop_map(|(kind, it, phone)| format!("{kind}{it} | phone={phone}"));
    let threat = (0..2_usize, select(&["open", "investigating", "closed"][..]))
        .prop_map(|(t, state)| format!("threat t{t} | state={state}"));
    let comment =
        (0..3_usize, 0..2_usize, select(&["Seen.", "Reset."][..])).prop_map(|(k, t, said)| {
            format!("comment k{k} of t{t} | text={said} | by=Ada | when=1500")
        });
    let note = (0..4_usize, 0..PEOPLE, 0..3_usize, select(&["Called.", "Done."][..])).prop_map(
        |(n, c, about, said)| {
            format!("note h{n} of c{c} | text={}{said} | when=1500", named(about))
        },
    );
    let risk = (0..VENDORS, 0..3_usize, select(&["waived=no", "waived=yes", "severity=low"][..]));
    let risk = risk.prop_map(|(v, k, how)| {
        let said = "title=R | summary=x | severity=critical | waived=no";
        format!("risk v{v}:k{k} of v{v} | {said} | detected={} | {how}", 9000 + k)
    });
    let asked = (0..VENDORS, select(&["no", "yes", "?"][..]));
    let asked =
        asked.prop_map(|(v, over)| format!("questionnaire q{v} of v{v} | name=Q | over={over}"));
    let firm = (0..VENDORS + 1, select(&["", "here", "gone", "missed"][..]))
        .prop_map(|(b, how)| format!("business b{b} {how} | name=B{b} | website=v{b}.com"));
    let stands = (0..PEOPLE, select(&["b0", "b1", "new1", "-"][..]))
        .prop_map(|(c, business)| format!("contact c{c} | business={business}"));
    let standing = select(&["", "gone ", "missed ", "here "][..]);
    let lead = (0..3_usize, standing.clone(), select(&EMAILS[..]), select(&NAMES[..])).prop_map(
        |(l, standing, email, name)| format!("lead l{l} {standing}| name={name} | email={email}"),
    );
    let ended = select(&["no", "yes"][..]);
    let waiver = (0..3_usize, standing, ended).prop_map(|(w, standing, ended)| {
        format!("waiver w{w} {standing}| title=W{w} | began=100 | expires=9000 | ended={ended}")
    });
    let app = (0..3_usize, select(&["", "gone ", "missed ", "here "][..]), 0..3_usize)
        .prop_map(|(a, how, p)| format!("app a{a} {how}| title=P{p} | policy=p{p}"));
    let talk = prop_oneof![1 => threat, 2 => comment, 2 => note];
    prop_oneof![
        3 => talk, 3 => vendor, 4 => tags, 2 => tier, 2 => person, 2 => contact, 2 => seen, 1 => stranger,
        1 => noted, 1 => of_person, 1 => told, 1 => weather, 2 => phone, 3 => risk, 3 => asked,
        2 => firm, 2 => stands, 3 => lead, 2 => waiver, 4 => app, 2 => assessed, 3 => task
    ]
}

/// How a note begins that is about the threat of that number; about the third, that there is none.
fn named(threat: usize) -> String {
    let key = RecordKey::new(Resource::Threat, format!("t{threat}"));
    let reference = identity::reference(&PairId::new("pair"), &key);
    if threat == 2 { String::new() } else { format!("[{reference}] ") }
}

/// A town: vendors, and people who belong to some of them and are contacts.
pub fn town() -> impl Strategy<Value = (String, Vec<Vec<String>>)> {
    let vendors = prop::collection::vec((select(&LABELS[..]), select(&TIERS[..])), VENDORS);
    let people = prop::collection::vec((0..VENDORS, any::<bool>(), 0..PEOPLE), PEOPLE);
    let nights = prop::collection::vec(prop::collection::vec(edit(), 0..4), 1..6);
    // Sometimes the pair is about a part of the vendors only, which they enter and leave.
    let about =
        ["slice pci", "where vendor tier == 1", "where person vendor.tier > 1 or 'N1' in name"];
    let slice = prop_oneof![3 => Just(None), 2 => select(about.to_vec()).prop_map(|it| Some(it.to_owned()))];
    (vendors, people, nights, slice, any::<bool>()).prop_map(
        |(vendors, people, nights, slice, drops)| {
            let on = "labels profiles activity notes risks questionnaires leads tiers assessments";
            let mut script: Vec<_> = on.split(' ').map(|it| format!("on {it}")).collect();
            let more = ["on businesses", "gone contacts delete", "gone risks delete"];
            script.extend(more.into_iter().filter(|_| drops).map(str::to_owned));
            script.extend(slice);
            for (v, (labels, tier)) in vendors.into_iter().enumerate() {
                let name = format!("vendor v{v} | name=V{v} | host=v{v}.com");
                if drops && v < 2 {
                    script.push(format!("business b{v} | name=B{v} | website=v{v}.com"));
                }
                script.push(format!("{name} | labels={labels} | tier={tier}"));
            }
            for (p, (v, shares, with)) in people.into_iter().enumerate() {
                // Some people are the same contact as another one.
                let mail = if shares { with } else { p };
                script
                    .push(format!("person p{p} of v{v} | name=Kim N{mail} | email=n{mail}@x.com"));
                if mail == p {
                    script.push(format!("contact c{p} | first=Kim | last=N{p} | email=n{p}@x.com"));
                }
            }
            script.extend(["on waivers at c0", "on apps at c0"].map(str::to_owned));
            script.extend((0..2).map(|t| {
            format!(
                "threat t{t} | title=Leak {t} | state=investigating | severity=high | detected=100"
            )
        }));
            script.extend(drops.then(|| "ignores contact phone".to_owned()));
            // A name that many have.
            script.extend((40..47).map(|c| format!("contact c{c} | first=Ann | last=Lee")));
            (script.join("\n"), nights)
        },
    )
}

/// A street where nobody is easily told from the others: they share names, numbers and mailboxes, or have
/// none.
pub fn street() -> impl Strategy<Value = (String, Vec<Vec<String>>)> {
    let field = |name: &'static str, values: &'static [&'static str]| {
        select(values).prop_map(move |value| format!("{name}={value}"))
    };
    let of_person = || {
        prop_oneof![
            field("name", &NAMES),
            field("email", &EMAILS[..3]),
            field("email", &["-"]),
            field("phone", &PHONES)
        ]
    };
    let of_contact = || {
        prop_oneof![
            field("first", &["Ann", "Bob", "-"]),
            field("last", &["Lee", "Day", "-"]),
            field("email", &EMAILS),
            field("phone", &PHONES)
        ]
    };
    let person = (field("name", &NAMES[..3]), field("email", &["-", "-", "a@x.com", "b@x.com"]));
    let person = (person, field("phone", &PHONES), 0..2_usize);
    let contact = (field("first", &["Ann", "Bob"]), field("last", &["Lee", "Day"]));
    let contact = (contact, field("email", &EMAILS), field("phone", &PHONES));
    let people = prop::collection::vec(person, STREET);
    let contacts = prop::collection::vec(contact, STREET);
    let edit = prop_oneof![
        4 => (0..STREET, of_person()).prop_map(|(p, field)| format!("person p{p} | {field}")),
        4 => (0..STREET, of_contact()).prop_map(|(c, field)| format!("contact c{c} | {field}")),
        1 => (0..STREET, select(&["never", "create"][..]))
            .prop_map(|(p, choice)| format!("match p{p} {choice}")),
        1 => (0..STREET, 0..STREET).prop_map(|(p, c)| format!("match p{p} link c{c}")),
        1 => (select(&["person p", "contact c"][..]), 0..STREET, select(&SEEN[..]))
            .prop_map(|(kind, it, how)| format!("{kind}{it} {how}")),
        1 => select(&["vendor v0 dormant", "vendor v0 watched", "vendor v1 gone", "vendor v1 here"][..])
            .prop_map(str::to_owned),
        1 => (30..34, field("first", &["Ann", "Bob"]), field("phone", &PHONES))
            .prop_map(|(c, first, phone)| format!("contact c{c} | {first} | last=Lee | {phone}")),
        2 => select(&["incomplete contact", "complete contact", "days 3", "days 8"][..])
            .prop_map(str::to_owned),
    ];
    let nights = prop::collection::vec(prop::collection::vec(edit, 0..3), 2..8);
    (people, contacts, nights).prop_map(|(people, contacts, nights)| {
        let mut script = vec!["vendor v0 | name=V | host=v.com".to_owned()];
        script.push("vendor v1 | name=W | host=w.com".to_owned());
        for (p, ((name, email), phone, v)) in people.into_iter().enumerate() {
            script.push(format!("person p{p} of v{v} | {name} | {email} | {phone}"));
        }
        for (c, ((first, last), email, phone)) in contacts.into_iter().enumerate() {
            script.push(format!("contact c{c} | {first} | {last} | {email} | {phone}"));
        }
        (script.join("\n"), nights)
    })
}
