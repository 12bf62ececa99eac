//! What of a record that was made is agreed, by how it was read back?

use std::collections::BTreeSet;

use concordat_model::{
    Agreement, FieldStep, Held, Reading, Record, RecordKey, Resource, Rule, Side, Sight, Value, Why,
};

use super::agreed;

fn set(items: &[&str]) -> Held {
    let items: BTreeSet<String> = items.iter().map(|it| (*it).to_owned()).collect();
    (!items.is_empty()).then_some(Value::Set(items))
}

/// What is agreed to be on a contact that was made with `sent` and read back with `found`; nothing: nothing is.
fn told(sent: &Held, found: Option<Held>) -> Option<(Held, Agreement)> {
    let field = FieldStep {
        name: "labels".into(),
        path: "tags".into(),
        before: None,
        after: sent.clone(),
        source: set(&["PCI"]),
        why: Why::about(Rule::Missing, Side::Highlevel),
    };
    let mut reading = Reading::default();
    if let Some(found) = found {
        reading.set("tags".into(), found);
    }
    let record = Record {
        key: RecordKey::new(Resource::Contact, "c1"),
        parent: None,
        name: "Ann".into(),
        stamp: None,
        reading,
        sight: Sight::Read,
    };
    agreed(&field, &record).map(|it| {
        assert_eq!(it.held[Side::Upguard], field.source, "the vendor is not written");
        (it.held[Side::Highlevel].clone(), it.how)
    })
}

#[test]
fn what_a_contact_was_made_with_is_agreed_as_far_as_it_is_there() {
    let (sent, equal) = (set(&["new", "ug:pci"]), Agreement::Equal);
    let tier = |tier| Some(Value::Integer(tier));
    let table = [
        (sent.clone(), Some(sent.clone()), Some((sent.clone(), equal)), "it is there"),
        (sent.clone(), Some(set(&["new"])), None, "a tag was dropped"),
        (sent.clone(), Some(None), None, "all were"),
        (sent.clone(), None, None, "nobody saw"),
        (
            sent.clone(),
            Some(set(&["new", "ug:pci", "ug:hot"])),
            Some((sent.clone(), equal)),
            "somebody added one, which is news",
        ),
        (
            sent.clone(),
            Some(set(&["New", "ug: pci"])),
            Some((set(&["New", "ug: pci"]), Agreement::Normalised)),
            "it is spelled otherwise",
        ),
        (None, Some(None), Some((None, equal)), "none, and none"),
        (None, Some(set(&["hot"])), Some((None, equal)), "none of ours, which is news"),
        (None, None, None, "none, and nobody saw"),
        (tier(2), Some(tier(2)), Some((tier(2), equal)), "the tier"),
        (tier(2), Some(tier(3)), None, "another tier"),
        (None, Some(tier(3)), None, "a tier where there was none"),
    ];
    for (sent, found, expected, says) in table {
        assert_eq!(told(&sent, found), expected, "{says}");
    }
}
