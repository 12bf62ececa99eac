//! I5: was nothing made twice? Of what stands for one thing the program made one, and none where somebody else
//! had made it before the night began to read.
//!
//! Open, and passed: what is made again once the first is gone (that is for I4); companies of one host if
//! several vendors have it too; what people made twice.

use super::Complaint;
use super::fields::host;
use super::life::{Effect, Life};
use crate::{MARKER, MARKER_FIELD, Name, text};

/// Complaints about twins that the program made.
pub(super) fn made_twice(life: &Life) -> Vec<Complaint> {
    let creates: Vec<&Effect> = life.deeds().filter(|it| it.creates()).collect();
    let mut complaints = Vec::new();
    for (place, deed) in creates.iter().enumerate() {
        let is_twin = |it: &&&Effect| {
            it.name.entity == deed.name.entity
                && it.name.side == deed.name.side
                && life.timeline.is_there(&it.name, deed.moment)
        };
        for mark in marks(deed) {
            let mut earlier = creates[..place].iter().filter(is_twin);
            if let Some(first) = earlier.find(|it| marks(it).contains(&mark)) {
                let says = format!("made again, as {mark}; {} has it", first.name.id);
                complaints.push(deed.wrong("I5", says));
            }
        }
        if let Some(twin) = natural_twin(life, deed) {
            let says = format!("made although {} was there", twin.id);
            complaints.push(deed.wrong("I5", says));
        }
    }
    complaints
}

/// The markers that a record was made with.
pub(super) fn marks(deed: &Effect) -> Vec<String> {
    let texts = ["description", "body", "content"].map(|it| text(&deed.after[it]));
    let trailer = |text: &String| {
        let at = text.rfind(MARKER)?;
        Some(text[at..].trim().to_owned())
    };
    let trailers = texts.iter().filter_map(trailer);
    trailers.chain(deed.after[MARKER_FIELD].as_str().map(str::to_owned)).collect()
}

/// Another record of that natural key that was there when the night began to read, and still is.
fn natural_twin(life: &Life, deed: &Effect) -> Option<Name> {
    let (native, read): (&str, fn(&str) -> String) = match deed.name.entity.as_str() {
        "contact" if deed.name.side == "highlevel" => ("email", str::to_lowercase),
        "business" => ("website", host),
        _ => return None,
    };
    let said = read(&text(&deed.after[native]));
    let holds = |name: &Name, native: &str, moment| {
        life.timeline.is_there(name, moment)
            && read(&text(&life.timeline.value(name, native, moment))) == said
    };
    let vendors = life.timeline.of_kind("upguard", "vendor");
    let is_one = vendors.filter(|it| holds(it, "primary_hostname", deed.moment)).count() < 2;
    let began = life.read_from(deed.moment);
    let others = life.timeline.of_kind("highlevel", &deed.name.entity);
    let mut others = others.filter(|it| {
        **it != deed.name && holds(it, native, began) && holds(it, native, deed.moment)
    });
    let is_key = !said.is_empty() && (deed.name.entity != "business" || is_one);
    others.next().filter(|_| is_key).cloned()
}
