//! What the codec promises: what went in comes out, and nothing else does.

use std::collections::{BTreeMap, BTreeSet};

use concordat_model::{
    Fingerprint, Interval, Mirrored, Reading, Record, RecordId, RecordKey, Resource, Sight, Time,
    Value,
};
use concordat_store::codec::{self, CodecError};
use proptest::prelude::*;

fn time(ms: i64) -> Time {
    Time::from_timestamp_millis(ms).unwrap()
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<String>().prop_map(Value::Text),
        any::<i64>().prop_map(Value::Integer),
        "-?[0-9]{1,20}\\.[0-9]{0,9}".prop_map(Value::Decimal),
        any::<bool>().prop_map(Value::Bool),
        (0..4_000_000_000_000_i64).prop_map(|ms| Value::Time(time(ms))),
        (0..4_000_000_000_000_i64).prop_map(|ms| Value::Date(time(ms).date_naive())),
        prop::collection::btree_set(any::<String>(), 0..4).prop_map(Value::Set),
    ]
}

prop_compose! {
    fn mirrored()(
        fields in prop::collection::btree_map(any::<String>(), prop::option::of(value()), 0..6),
        at in prop::option::of(0..4_000_000_000_000_i64),
        sight in prop::sample::select(vec![Sight::Row, Sight::Listed, Sight::Read]),
        missing in any::<u32>(),
    ) -> Mirrored {
        let at = at.map(time);
        let moved = fields
            .keys()
            .filter_map(|path| Some((
                path.as_str().into(),
                Interval { after: at, until: at?, stamped: missing % 2 == 0 },
            )))
            .collect();
        let reading: Reading =
            fields.iter().map(|(path, held)| (path.as_str().into(), held.clone())).collect();
        let record = Record {
            key: RecordKey::new(Resource::Contact, "c1"),
            parent: at.map(|_| RecordId::new("p")),
            name: fields.keys().next().cloned().unwrap_or_default().into(),
            stamp: at,
            reading,
            sight,
        };
        Mirrored { record, moved, read_at: at, missing }
    }
}

proptest! {
    #[test]
    fn records_round_trip(mirrored in mirrored()) {
        let bytes = codec::encode(1, &mirrored).unwrap();
        prop_assert_eq!(codec::decode::<Mirrored>(1, &bytes).unwrap(), mirrored);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _outcome = codec::decode::<Mirrored>(1, &bytes);
        let _outcome = codec::decode::<BTreeMap<String, Value>>(0, &bytes);
    }
}

#[test]
fn every_way_to_be_wrong_is_told_apart() {
    let bytes = codec::encode(2, &"text").unwrap();
    assert_eq!(codec::decode::<String>(2, &bytes).unwrap(), "text");
    assert_eq!(
        codec::decode::<String>(1, &bytes),
        Err(CodecError::Newer { found: 2, expected: 1 })
    );
    assert_eq!(
        codec::decode::<String>(3, &bytes),
        Err(CodecError::Older { found: 2, expected: 3 })
    );
    let mut longer = bytes.clone();
    longer.push(0);
    let shorter = &bytes[..bytes.len() - 1];
    for bytes in [&longer, shorter, &[][..], &[2][..]] {
        assert!(matches!(codec::decode::<String>(2, bytes), Err(CodecError::Damaged { .. })));
    }
    let newer = codec::decode::<String>(1, &bytes).unwrap_err().to_string();
    assert!(newer.contains("written by a newer concordat"), "{newer}");
}

#[test]
fn a_claimed_length_takes_no_memory() {
    // A string of 2^62 bytes, says the prefix.
    let bytes = [1, 253, 0, 0, 0, 0, 0, 0, 0, 64];
    assert!(matches!(codec::decode::<String>(1, &bytes), Err(CodecError::Damaged { .. })));
    let large = vec![7_u8; codec::BYTES_MAX + 1];
    assert!(matches!(codec::encode(1, &large), Err(CodecError::Unencodable { .. })));
}

/// Golden bytes of version 1: if this fails, rows that users have on disk are no longer read.
#[test]
fn the_bytes_of_version_1_stay_what_they_are() {
    let set: BTreeSet<String> = ["a".to_owned()].into();
    let reading: Reading = [
        ("name".into(), Some(Value::text("Acme"))),
        ("tier".into(), Some(Value::Integer(2))),
        ("labels".into(), Some(Value::Set(set))),
        ("phone".into(), None),
    ]
    .into_iter()
    .collect();
    let mirrored = Mirrored {
        record: Record {
            key: RecordKey::new(Resource::Vendor, "v1"),
            parent: None,
            name: "Acme".into(),
            stamp: Some(time(1_700_000_000_000)),
            reading,
            sight: Sight::Listed,
        },
        moved: BTreeMap::from([(
            "tier".into(),
            Interval { after: None, until: time(1_700_000_000_500), stamped: false },
        )]),
        read_at: None,
        missing: 1,
    };
    let bytes = codec::encode(1, &mirrored).unwrap();
    let print = Fingerprint::of("golden", &[&bytes]);
    assert_eq!((bytes.len(), print.short()), (109, "d7baf6af644c"));
}
