//! What do people do between two kills, and what must be there in the end? What they enter in fields that flow both
//! ways is written down; everything else they do is for the judges of whole lives.

use concordat_model::{Resource, Side as Of, Step};
use concordat_oracle::{rows, text};
use serde_json::{Value, json};

use crate::night::Night;
use crate::night::busy::deed;
use crate::night::persons::{Dice, Side, Spot, TWO_WAY};

/// People who work in both systems.
pub struct People {
    /// By chance.
    pub dice: Dice,
    /// How often they did something.
    pub edits: u64,
    number: usize,
    spots: Vec<Spot>,
    /// What was last entered where, since both systems last agreed.
    entered: Vec<(Spot, Entered)>,
}

/// What was last entered on each side: as it was typed, and as the other side is to hold it.
type Entered = [Option<(String, String)>; 2];

fn place(side: Side) -> usize {
    match side {
        Side::Upguard => 0,
        Side::Highlevel => 1,
    }
}

const SIDES: [Side; 2] = [Side::Upguard, Side::Highlevel];

impl People {
    /// Everybody in UpGuard gets an e-mail address: of a contact that is known by nothing else it takes ten minutes
    /// until it may be made again (`killed.rs`).
    pub fn of(night: &Night, seed: u64) -> People {
        let state = night.sandbox.state();
        let all = rows(&state["upguard"]["contacts"]).iter();
        for it in all.filter(|it| text(&it["email_address"]).is_empty()) {
            let mail = format!("nameless.{}@people.example", it["id"]);
            night.sandbox.edit(
                "upguard",
                "contact",
                &text(&it["id"]),
                json!({ "email_address": mail }),
            );
        }
        let dice = Dice::of(seed);
        People { dice, edits: 0, number: 0, spots: Vec::new(), entered: Vec::new() }
    }

    /// Both systems agree; from now on they enter other things.
    pub fn begin_anew(&mut self, night: &Night) {
        self.entered.clear();
        self.spots = Spot::all(night);
    }

    /// So many things happen, minutes apart.
    pub fn act(&mut self, night: &Night, times: usize) {
        for _ in 0..times {
            self.number += 1;
            let spot = self.spot(night);
            match spot.filter(|_| self.dice.below(3) > 0) {
                Some(spot) => {
                    let side = SIDES[self.dice.below(2)];
                    // Mostly whoever has begun with a field goes on with it.
                    let other = self.entered(&spot)[place(side.other())].is_some();
                    let side = if other && self.dice.below(4) > 0 { side.other() } else { side };
                    self.enter(night, &spot, side);
                }
                None => {
                    let deed = deed(night, &mut self.dice, self.number);
                    // Without an address it would take too long; see above.
                    let deed = deed.filter(|it| !it.to_string().contains("Nomail"));
                    self.edits += u64::from(deed.is_some());
                    deed.iter().for_each(|it| night.sandbox.person(it));
                }
            }
            night.sandbox.minutes_pass(1 + self.dice.below(3) as u64);
        }
    }

    /// Somebody enters something else where a write is in doubt, if both systems ever agreed there.
    pub fn meddle(&mut self, night: &Night, step: &Step) {
        if let Some(spot) = spots(step).into_iter().find(|it| self.spots.contains(it)) {
            let side = SIDES[self.dice.below(2)];
            self.enter(night, &spot, side);
        }
    }

    /// What a side refused is entered anew on the other: something else, for the same would not be tried again.
    pub fn correct(&mut self, night: &Night, step: &Step) {
        let from = if step.side == Of::Upguard { Side::Highlevel } else { Side::Upguard };
        for spot in spots(step) {
            self.enters(night, &spot, from, spot.value(self.number + 1));
        }
    }

    fn entered(&self, spot: &Spot) -> Entered {
        let entered = self.entered.iter().find(|(it, _)| it == spot);
        entered.map(|(_, it)| it.clone()).unwrap_or_default()
    }

    /// Mostly something new; else nothing.
    fn enter(&mut self, night: &Night, spot: &Spot, side: Side) {
        match self.dice.below(12) {
            0 => self.enters(night, spot, side, Default::default()),
            _ => self.enters(night, spot, side, spot.value(self.number + 1)),
        }
    }

    fn enters(&mut self, night: &Night, spot: &Spot, side: Side, said: (String, String)) {
        if !are_there(spot, &night.sandbox.state()) {
            return;
        }
        self.number += 1;
        self.edits += 1;
        spot.set(night, side, &said.0);
        let mut entered = self.entered(spot);
        entered[place(side)] = Some(said);
        self.entered.retain(|(it, _)| it != spot);
        self.entered.push((spot.clone(), entered));
    }

    /// Some field of records that are both there.
    fn spot(&mut self, night: &Night) -> Option<Spot> {
        let state = night.sandbox.state();
        let there: Vec<&Spot> = self.spots.iter().filter(|it| are_there(it, &state)).collect();
        if there.is_empty() { None } else { Some(there[self.dice.below(there.len())].clone()) }
    }

    /// Complaints about what was entered and is not there. `run`: the last one, which did nothing.
    pub fn lost(&self, night: &Night, run: &Value) -> Vec<String> {
        let state = night.sandbox.state();
        let there = self.entered.iter().filter(|(it, _)| are_there(it, &state));
        there.filter_map(|(spot, entered)| lost(spot, entered, &state, run)).collect()
    }
}

/// The fields of a vendor and its business that a step is about and that flow both ways.
fn spots(step: &Step) -> Vec<Spot> {
    let id = |resource: Resource| {
        let mut keys = step.record.iter().chain(&step.sources);
        keys.find(|it| it.resource == resource).map(|it| it.id.as_str().to_owned())
    };
    let ids = id(Resource::Vendor).zip(id(Resource::Business));
    let Some((vendor, business)) = ids else { return Vec::new() };
    let field = |name: &str| TWO_WAY.iter().position(|(it, _, _)| *it == name);
    let fields = step.fields.iter().filter_map(|it| field(it.name.as_str()));
    fields.map(|field| Spot { vendor: vendor.clone(), business: business.clone(), field }).collect()
}

/// Whether both of its records are there, and the vendor is one that can be written.
fn are_there(spot: &Spot, state: &Value) -> bool {
    let find = |side: &str, list: &str, id: &str| {
        rows(&state[side][list]).iter().find(|it| text(&it["id"]) == id).cloned()
    };
    find("highlevel", "businesses", &spot.business).is_some()
        && find("upguard", "vendors", &spot.vendor).is_some_and(|it| it["monitored"] == true)
}

fn lost(spot: &Spot, entered: &Entered, state: &Value, run: &Value) -> Option<String> {
    let held = SIDES.map(|side| spot.held(state, side));
    let is = |held: &str, said: &str| plain(spot, held) == plain(spot, said);
    let stands = |said: &(String, String)| held.iter().all(|it| is(it, &said.1));
    let (name, _, _) = TWO_WAY[spot.field];
    let is_asked = || {
        let of = |it: &Value| {
            let told = it.to_string();
            it["field"] == name && (told.contains(&spot.business) || told.contains(&spot.vendor))
        };
        rows(&run["conflicts"]).iter().any(of)
    };
    let is_kept = match entered {
        [None, None] => return None,
        [Some(one), None] | [None, Some(one)] => stands(one),
        // Both sides were edited: the later one stands on both, or a person is asked and each has its own.
        [Some(one), Some(other)] => {
            stands(one)
                || stands(other)
                || is_asked() && is(&held[0], &one.1) && is(&held[1], &other.1)
        }
    };
    (!is_kept).then(|| format!("{name} of vendor {}: {held:?}, entered {entered:?}", spot.vendor))
}

/// A value as both sides mean it: of a phone number its last digits.
fn plain(spot: &Spot, value: &str) -> String {
    match TWO_WAY[spot.field].0 {
        "phone" => {
            let digits: Vec<char> = value.chars().filter(char::is_ascii_digit).collect();
            digits[digits.len().saturating_sub(10)..].iter().collect()
        }
        _ => value.trim().to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether something is lost, where UpGuard and HighLevel hold these and people entered those.
    fn is_lost(held: [&str; 2], entered: [Option<&str>; 2], conflict: Option<&str>) -> bool {
        let spot = Spot { vendor: "7".into(), business: "B".into(), field: 1 };
        let state = json!({
            "upguard": { "vendors": [{ "id": 7, "attributes": { "Main email": held[0] } }] },
            "highlevel": { "businesses": [{ "id": "B", "email": held[1] }] },
        });
        let of = |field: &str| json!([{ "field": field, "record": { "id": "B" } }]);
        let run = json!({ "conflicts": conflict.map(of) });
        let entered = entered.map(|it| it.map(|it| (it.to_owned(), it.to_owned())));
        lost(&spot, &entered, &state, &run).is_some()
    }

    #[test]
    fn what_was_entered_last_stands_on_both_sides_or_is_asked_about() {
        assert!(!is_lost(["old", "other"], [None, None], None), "nobody entered anything");
        assert!(!is_lost(["new", "new"], [Some("new"), None], None));
        assert!(!is_lost(["", ""], [None, Some("")], None));
        assert!(is_lost(["old", "old"], [Some("new"), None], None), "overwritten");
        assert!(is_lost(["old", "new"], [None, Some("new")], None), "not passed on");
        assert!(is_lost(["old", "new"], [None, Some("new")], Some("email")), "only one was edited");

        let both = [Some("one"), Some("other")];
        assert!(!is_lost(["other", "other"], both, None));
        assert!(is_lost(["one", "other"], both, None), "nobody is asked");
        assert!(!is_lost(["one", "other"], both, Some("email")));
        assert!(is_lost(["one", "other"], both, Some("phone")), "about something else");
        assert!(is_lost(["old", "old"], both, Some("email")), "both are gone");
    }
}
