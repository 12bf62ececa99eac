//! Do the lenses keep their laws? What is written is read back the same, reading twice changes nothing,
//! and two spellings that are the same thing have the same key.

use concordat_mapping::parts::parts;
use concordat_mapping::{About, Kind, Lens};
use concordat_model::{Held, Value};
use proptest::prelude::*;
use proptest::sample::select;
use rlibphonenumber::Region;

const LENSES: [Lens; 5] =
    [Lens::Plain, Lens::Phone, Lens::WebAddress, Lens::FirstName, Lens::LastName];
const KINDS: [Kind; 4] = [Kind::Text, Kind::Email, Kind::Phone, Kind::Host];

fn text(text: &str) -> Held {
    Some(Value::text(text))
}

fn region() -> impl Strategy<Value = Option<Region>> {
    select(vec![None, Some("US"), Some("GB"), Some("DE")])
        .prop_map(|name| name.map(|it| it.parse().expect("a region")))
}

fn phone() -> impl Strategy<Value = String> {
    let digits = select(
        &[
            "+16502530000",
            "+1 (650) 253-0000",
            "650 253 0000",
            "650.253.0000",
            "+442079460000",
            "020 7946 0000",
            "0049 30 123456",
            "+49 30 123456",
            "030/123456",
            "911",
            "12",
            "+",
            "",
            "call Ann",
            "+1 650 253 0000 or 0001",
            "\u{ff0b}\u{ff11}6502530000",
        ][..],
    );
    let extension = select(&["", "", " ext. 12", " x7", ";ext=9", " #3"][..]);
    prop_oneof![
        3 => (digits, extension).prop_map(|(digits, extension)| format!("{digits}{extension}")),
        1 => "[+0-9() ./x-]{0,18}",
    ]
}

fn address() -> impl Strategy<Value = String> {
    let scheme = select(&["", "", "http://", "https://", "HTTPS://", "ftp://", "//"][..]);
    let host = select(
        &[
            "acme.com",
            "www.acme.com",
            "WWW.Acme.COM",
            "acme.com.",
            "shop.acme.co.uk",
            "b\u{fc}cher.example",
            "xn--bcher-kva.example",
            "localhost",
            "10.0.0.1",
            "acme",
            "acme com",
            "www.",
            "[::1]",
        ][..],
    );
    let port = select(&["", "", ":443", ":8080", ":x"][..]);
    let path = select(&["", "", "/", "/a/b?c=d#e", "/\u{e9}"][..]);
    prop_oneof![
        4 => (scheme, host, port, path).prop_map(|(a, b, c, d)| format!("{a}{b}{c}{d}")),
        1 => "[a-z.:/@ -]{0,14}",
    ]
}

fn name() -> impl Strategy<Value = String> {
    let word = select(
        &[
            "Ann",
            "Jos\u{e9}",
            "Jose\u{301}",
            "van",
            "\u{674e}",
            "O'Neil",
            "\u{212b}",
            "e\u{323}\u{302}",
        ][..],
    );
    let space = select(&[" ", "  ", "\t", "\u{a0}", "\r\n", "\n"][..]);
    prop::collection::vec((word, space), 0..5).prop_map(|parts| {
        parts.into_iter().map(|(word, space)| format!("{space}{word}{space}")).collect()
    })
}

fn any_text() -> impl Strategy<Value = String> {
    let email = select(&["ann@acme.com", " Ann@ACME.com ", "\u{c4}nn@acme.com", "ann"][..]);
    prop_oneof![phone(), address(), name(), email.prop_map(str::to_owned), any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..Default::default() })]

    /// Put, then get: what any lens shares, any lens that can write writes such that it reads back as
    /// the same thing.
    #[test]
    fn what_is_written_is_read_back(native in any_text(), region in region()) {
        for shared in LENSES.map(|lens| lens.get(&text(&native), region)) {
            let ends = [
                (Lens::Plain, Kind::Text),
                (Lens::Plain, Kind::Email),
                (Lens::Phone, Kind::Phone),
                (Lens::Plain, Kind::Phone),
                (Lens::WebAddress, Kind::Host),
                (Lens::Plain, Kind::Host),
            ];
            for (lens, kind) in ends {
                let written = lens.put(&shared).expect("a lens that writes");
                let back = lens.get(&written, region);
                prop_assert!(
                    kind.key(&back, region) == kind.key(&shared, region),
                    "{lens:?} {kind:?} of {native:?}: {} is not {}", show(&back), show(&shared)
                );
            }
        }
    }

    /// Get, put, get: writing back what was read changes nothing.
    #[test]
    fn writing_back_what_was_read_changes_nothing(native in any_text(), region in region()) {
        for lens in [Lens::Plain, Lens::Phone, Lens::WebAddress] {
            let once = lens.get(&text(&native), region);
            let again = lens.get(&lens.put(&once).expect("writes"), region);
            prop_assert!(again == once, "{lens:?} of {native:?}: {} then {}", show(&once), show(&again));
        }
    }

    /// Reading what was read is the same again.
    #[test]
    fn reading_twice_changes_nothing(native in any_text(), region in region()) {
        for lens in [Lens::Plain, Lens::Phone, Lens::WebAddress, Lens::FirstName] {
            let once = lens.get(&text(&native), region);
            let twice = lens.get(&once, region);
            prop_assert!(once == twice, "{lens:?} of {native:?}: {} then {}", show(&once), show(&twice));
        }
    }

    /// A key says "nothing" exactly of nothing, does not see what the lens tidies up, and is the key of
    /// itself (but for numbers, where "01" may be what is left of a text that is none).
    #[test]
    fn a_key_sees_what_a_thing_is_and_not_its_spelling(native in any_text(), region in region()) {
        for kind in KINDS {
            let shared = Lens::Plain.get(&text(&native), region);
            let key = kind.key(&shared, region);
            prop_assert_eq!(key.is_none(), shared.is_none());
            prop_assert!(
                kind == Kind::Phone || kind.key(&key, region) == key,
                "{kind:?} of {native:?}: {} then {}", show(&key), show(&kind.key(&key, region))
            );
            let untidy = format!(" \t{native}\r\n ");
            prop_assert_eq!(kind.key(&Lens::Plain.get(&text(&untidy), region), region), key);
        }
    }

    /// The lens of a kind never changes the key: what one end tidies up and the other does not is
    /// still the same thing.
    #[test]
    fn a_lens_never_changes_what_a_thing_is(native in any_text(), region in region()) {
        for (lens, kind) in [(Lens::Phone, Kind::Phone), (Lens::WebAddress, Kind::Host)] {
            let plain = Lens::Plain.get(&text(&native), region);
            let tidy = lens.get(&text(&native), region);
            prop_assert!(
                kind.key(&plain, region) == kind.key(&tidy, region),
                "{kind:?} of {native:?}: {} is not {}", show(&plain), show(&tidy)
            );
        }
    }

    /// First and last name together are the name, to the space.
    #[test]
    fn a_name_is_its_first_and_its_last_name(native in name()) {
        let part = |lens: Lens| lens.get(&text(&native), None).map(|it| it.to_string());
        let joined: Vec<String> =
            [part(Lens::FirstName), part(Lens::LastName)].into_iter().flatten().collect();
        let whole = Lens::Plain.get(&text(&native), None).map(|it| it.to_string());
        let words: Vec<String> = whole.iter().flat_map(|it| it.split_whitespace()).map(String::from).collect();
        prop_assert_eq!(joined.join(" "), words.join(" "));
        prop_assert!(Lens::FirstName.put(&text(&native)).is_err());
        prop_assert!(Lens::LastName.put(&text(&native)).is_err());
    }
}

fn show(held: &Held) -> String {
    held.as_ref().map_or("nothing".into(), |it| format!("{:?}", it.to_string()))
}

#[track_caller]
fn check_same(kind: Kind, lens: Lens, region: Option<&str>, texts: &[&str]) {
    let region = region.map(|it| it.parse().expect("a region"));
    let keys = texts.iter().map(|it| kind.key(&lens.get(&text(it), region), region));
    let keys: Vec<Held> = keys.collect();
    for (key, it) in keys.iter().zip(texts) {
        assert!(*key == keys[0], "{it:?}: {} is not {}", show(key), show(&keys[0]));
    }
}

#[track_caller]
fn check_differ(kind: Kind, lens: Lens, region: Option<&str>, one: &str, other: &str) {
    let region = region.map(|it| it.parse().expect("a region"));
    let key = |it: &str| kind.key(&lens.get(&text(it), region), region);
    assert!(key(one) != key(other), "{one:?} and {other:?} are both {}", show(&key(one)));
}

#[test]
fn spellings_of_one_phone_number() {
    let us =
        ["+16502530000", "(650) 253-0000", "650.253.0000", "+1 650 253 0000", "1-650-253-0000"];
    check_same(Kind::Phone, Lens::Phone, Some("US"), &us);
    check_same(Kind::Phone, Lens::Plain, Some("US"), &us);
    check_same(Kind::Phone, Lens::Phone, None, &["+44 20 7946 0000", "+442079460000"]);
    check_same(Kind::Phone, Lens::Phone, None, &["020 7946-0000", "(020) 79460000"]);
    check_differ(Kind::Phone, Lens::Phone, Some("US"), "650 253 0000", "650 253 0000 ext. 1");
    check_differ(Kind::Phone, Lens::Phone, Some("US"), "650 253 0000 x2", "650 253 0000 x1");
    check_differ(Kind::Phone, Lens::Phone, Some("GB"), "020 7946 0000", "+1 20 7946 0000");
}

#[test]
fn spellings_of_one_web_address() {
    let acme = ["acme.com", "https://www.acme.com/", "HTTP://ACME.com:80/a?b", "www.Acme.com."];
    check_same(Kind::Host, Lens::WebAddress, None, &acme);
    check_same(Kind::Host, Lens::Plain, None, &acme);
    check_same(Kind::Host, Lens::WebAddress, None, &["b\u{fc}cher.de", "xn--bcher-kva.de"]);
    check_differ(Kind::Host, Lens::WebAddress, None, "acme.com", "shop.acme.com");
}

#[test]
fn spellings_of_one_address_or_name() {
    check_same(Kind::Email, Lens::Plain, None, &["Ann@Acme.com", " ann@acme.com "]);
    check_same(Kind::Text, Lens::Plain, None, &["Jos\u{e9}", "Jose\u{301} "]);
    check_differ(Kind::Text, Lens::Plain, None, "Acme", "ACME");
    check_differ(Kind::Email, Lens::Plain, None, "ann@acme.com", "anne@acme.com");
}

fn headings() -> impl Strategy<Value = Lens> {
    (select(vec![About::Vendor, About::Person]), 1_u32..4)
        .prop_map(|(about, part)| Lens::Memo(about, part))
}

proptest! {
    /// Whatever a text says, also what a heading says where there is none.
    #[test]
    fn a_text_under_a_heading_is_read_back(
        heading in headings(),
        said in prop_oneof!["\\PC{0,40}", Just("nothing".to_owned()), Just(": nothing".to_owned())],
        nested in any::<bool>(),
    ) {
        let mut shared = Lens::Plain.get(&text(&said), None);
        if nested {
            shared = heading.put(&shared).expect("it writes");
        }
        let native = heading.put(&shared).expect("it writes");
        prop_assert!(native.is_some(), "a note is never empty");
        prop_assert_eq!(heading.get(&native, None), shared);
    }

    #[test]
    fn parts_lose_nothing_and_are_none_too_long(said in "[a-z\u{e4} \n]{0,200}", room in 1_usize..40) {
        let cut = parts(&said, room);
        prop_assert!(cut.iter().all(|it| !it.is_empty() && it.chars().count() <= room));
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        prop_assert_eq!(cut.iter().map(|it| bare(it)).collect::<String>(), bare(&said));
        for (number, part) in (1_u32..).zip(cut) {
            let held = Lens::Part { part: number, room }.get(&text(&said), None);
            prop_assert_eq!(held, Lens::Plain.get(&text(part), None));
        }
    }
}
