//! Is a right life good whatever people do, and is any life bad whose last edit was left or undone? Random days
//! of one town, and a program of a few lines that mirrors each edit.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::told::*;

/// What a person does during a day: to one field, on one side.
#[derive(Clone, Copy, Debug)]
enum Edit {
    Phone { in_upguard: bool, number: u32 },
    Tier { at: usize, tier: u32 },
    Name { word: u32 },
    Label { number: u32 },
    Tag { at: usize, number: u32 },
    NoLabels,
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<bool>(), 0..40_u32)
            .prop_map(|(in_upguard, number)| Edit::Phone { in_upguard, number }),
        (0..3_usize, 0..6_u32).prop_map(|(at, tier)| Edit::Tier { at, tier }),
        (0..6_u32).prop_map(|word| Edit::Name { word }),
        (0..4_u32).prop_map(|number| Edit::Label { number }),
        (0..2_usize, 0..4_u32).prop_map(|(at, number)| Edit::Tag { at, number }),
        Just(Edit::NoLabels),
    ]
}

/// Where a value stands, and whether it is written as a person types it there.
type Spot = (Whose, &'static str);

const PHONES: [Spot; 2] = [(VENDOR, PHONE), (BUSINESS, "phone")];
const TIERS: [Spot; 3] = [(VENDOR, "tier"), (ANNS, "customFields.F1"), (BOBS, "customFields.F1")];
const NAMES: [Spot; 2] = [(ANN, "name"), (ANNS, "lastName")];
const SETS: [Spot; 3] = [(VENDOR, "labels"), (ANNS, "tags"), (BOBS, "tags")];

/// The labels as a spot holds them.
fn spelled(spot: Spot, labels: &[String]) -> Value {
    if spot.0 == VENDOR {
        return json!(labels);
    }
    let tags = labels.iter().map(|it| format!("ug:{}", it.to_lowercase()));
    ["vip".to_owned()].into_iter().chain(tags).collect()
}

/// Where a person acts, and what all spots are to hold then.
fn meant(edit: Edit, labels: &[String]) -> (Spot, Vec<(Spot, Value)>) {
    let with = |number: u32| {
        let label = format!("Topic {number}");
        let known = labels.contains(&label);
        [labels, &[label][if known { 1 } else { 0 }..]].concat()
    };
    let everywhere = |labels: Vec<String>| SETS.map(|it| (it, spelled(it, &labels))).to_vec();
    match edit {
        Edit::Phone { in_upguard, number } => {
            let said = json!(format!("+1617555{number:04}"));
            (PHONES[usize::from(!in_upguard)], PHONES.map(|it| (it, said.clone())).to_vec())
        }
        Edit::Tier { at, tier } => (TIERS[at], TIERS.map(|it| (it, json!(tier + 1))).to_vec()),
        Edit::Name { word } => {
            let last = format!("Lee {word}");
            let both = [json!(format!("Ann {last}")), json!(last)];
            (NAMES[0], NAMES.into_iter().zip(both).collect())
        }
        Edit::Label { number } => (SETS[0], everywhere(with(number))),
        Edit::Tag { at, number } => (SETS[1 + at], everywhere(with(number))),
        Edit::NoLabels => (SETS[0], everywhere(Vec::new())),
    }
}

/// What the program does about the last edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Mirrored,
    Left,
    Undone,
}

/// The life, and whether the last edit changed anything.
fn lived(edits: &[Edit], last: Last) -> (Told, bool) {
    let mut told = agreed();
    let mut labels = vec!["Key".to_owned()];
    let mut has_moved = false;
    for (day, edit) in edits.iter().enumerate() {
        let (at, all) = meant(*edit, &labels);
        let is_last = day + 1 == edits.len();
        let now = all.iter().find(|(spot, _)| *spot == at).expect("a spot").1.clone();
        let was = told.held(at);
        has_moved = was != now;
        if has_moved {
            told = told.person(at.0, at.1, now);
        }
        told = told.night(|mut it| {
            for (spot, value) in all.iter().filter(|_| !is_last || last == Last::Mirrored) {
                if it.held(*spot) != *value {
                    it = it.program(spot.0, spot.1, value.clone());
                }
            }
            if is_last && last == Last::Undone && has_moved {
                it = it.program(at.0, at.1, was);
            }
            it
        });
        if let Some((_, Value::Array(now))) = all.iter().find(|(spot, _)| *spot == SETS[0]) {
            labels = now.iter().map(|it| it.as_str().unwrap_or_default().to_owned()).collect();
        }
    }
    (told.settled(), has_moved)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn who_mirrors_every_edit_is_faultless(edits in prop::collection::vec(edit(), 1..12)) {
        let complaints = lived(&edits, Last::Mirrored).0.complaints();
        prop_assert!(complaints.is_empty(), "{:#?}", complaints);
    }

    #[test]
    fn who_leaves_an_edit_is_told(edits in prop::collection::vec(edit(), 1..8)) {
        let (life, has_moved) = lived(&edits, Last::Left);
        let complaints = life.complaints();
        let all_say = complaints.iter().all(|it| it.starts_with("I1 "));
        prop_assert!(all_say && complaints.is_empty() != has_moved, "{:#?}", complaints);
    }

    #[test]
    fn who_undoes_an_edit_is_told(edits in prop::collection::vec(edit(), 1..8)) {
        let (life, has_moved) = lived(&edits, Last::Undone);
        let judges = life.judges_who_complain();
        prop_assert_eq!(judges.contains(&"I3 no lost update"), has_moved, "{:?}", judges);
    }
}
