//! What holds for any text where a date is expected? It is a time or it is none. One that is can be told in its own
//! words, kept, read again as the same, and put beside any other; one that is none spoils nothing else.

use std::str::FromStr;

use concordat_mapping::Translation;
use concordat_model::time::judge;
use concordat_model::{Interval, Offset, Side, Sides, Time, Value, within_second};
use concordat_store::codec;
use serde_json::json;

use super::answers::contact;

const FORMATS: [&str; 5] = ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y%m%d", "%e %b %Y"];

/// The law of dates.
pub fn any_text(input: &[u8]) {
    let text = String::from_utf8_lossy(input).into_owned();
    let record = contact(&json!({ "id": "C1", "firstName": "Ann", "dateUpdated": text }));
    let name = record.reading.get(&"firstName".into());
    assert_eq!(name, Some(&Some(Value::text("Ann"))), "{text:?} spoils a name");
    if let Some(stamp) = record.stamp {
        can_be_told(stamp);
        can_be_compared(stamp);
    }
    days(&text);
}

fn can_be_told(time: Time) {
    let told = time.to_rfc3339();
    assert_eq!(Time::from_str(&told), Ok(time), "{told} is read as another time");
    let again = contact(&json!({ "id": "C1", "dateUpdated": told }));
    assert_eq!(again.stamp, Some(time), "{told} is read as another time from a side");
    let value = Value::Time(time);
    let document = serde_json::to_string(&value).expect("a document");
    assert_eq!(serde_json::from_str::<Value>(&document).ok(), Some(value.clone()), "{document}");
    let row = codec::encode(1, &value).expect("a row");
    assert_eq!(codec::decode::<Value>(1, &row), Ok(value), "{told} is kept as another time");
}

fn can_be_compared(time: Time) {
    let other: Time = "2026-11-20T12:00:00Z".parse().expect("a time");
    let day = Offset { ahead_ms: 86_400_000 };
    let until = |until| Interval { after: None, until, stamped: true };
    let moved = Sides {
        upguard: until(time),
        highlevel: Interval { after: Some(other), ..until(within_second(time)) },
    };
    for offsets in [
        Sides { upguard: day, highlevel: Offset { ahead_ms: -day.ahead_ms } },
        Sides { upguard: Offset::default(), highlevel: day },
    ] {
        let swap = |it: Sides<Interval>| Sides { upguard: it.highlevel, highlevel: it.upguard };
        let swapped = Sides { upguard: offsets.highlevel, highlevel: offsets.upguard };
        let (said, back) = (judge(moved, offsets, 30_000), judge(swap(moved), swapped, 30_000));
        assert_eq!(said.later, back.later.map(Side::other), "sides are not alike at {time}");
        assert_eq!((said.evidence, said.apart_ms), (back.evidence, back.apart_ms));
    }
}

/// A day that a form reads, it writes, and reads again.
fn days(text: &str) {
    for format in FORMATS {
        let form = Translation::Day(format.to_owned());
        let Ok(day) = form.read(&Value::text(text)) else { continue };
        let written = form.write(&day);
        assert!(written.is_ok(), "{text:?} is {day} in {format}, and cannot be written");
        assert_eq!(written.and_then(|it| form.read(&it)), Ok(day), "{text:?} in {format}");
    }
}
