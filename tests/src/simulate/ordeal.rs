//! What makes a life a hard one? Only lives go through it in which a bug is looked for: some of it makes others
//! complain of what is nobody's fault.

use concordat_sandbox::{Request, Response};
use serde_json::{Value, json};

use crate::night::persons::Dice;

/// What a life goes through beside all that may happen anyway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordeal {
    /// Nobody reads what is planned at night: ceilings are low then, and nothing is allowed.
    Unattended,
    /// The disk fails now and then.
    DiskFails,
    /// As long as things go wrong, listings leave out somebody, or something.
    Hole,
    /// And no person answers to an id either.
    Shut,
}

impl Ordeal {
    const ALL: [Ordeal; 4] = [Ordeal::Unattended, Ordeal::DiskFails, Ordeal::Hole, Ordeal::Shut];

    /// One of them.
    pub fn of(dice: &mut Dice) -> Ordeal {
        Ordeal::ALL[dice.below(Ordeal::ALL.len())]
    }

    /// Which of the lists of UpGuard has a hole.
    pub fn lists(self) -> &'static [&'static str] {
        match self {
            Ordeal::Hole => &["contacts", "vendors"],
            Ordeal::Shut => &["contacts"],
            Ordeal::Unattended | Ordeal::DiskFails => &[],
        }
    }

    /// What is asked instead.
    pub fn asked(self, request: &Request) -> Request {
        let mut asked = request.clone();
        if self == Ordeal::Shut && request.path.ends_with("/vendor/contact") {
            asked.query.iter_mut().filter(|it| it.0 == "id").for_each(|it| it.1 = "0".into());
        }
        asked
    }
}

/// An answer, if one of a list, without one of its rows.
pub fn leaves_out(answer: &mut Response, (list, id): &(&str, Value)) {
    let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else { return };
    let Some(rows) = body[*list].as_array_mut() else { return };
    let all = rows.len();
    rows.retain(|it| it["id"] != *id);
    let lost = all - rows.len();
    if let Some(total) = body["total_results"].as_u64() {
        body["total_results"] = json!(total - lost as u64);
    }
    if lost > 0 {
        answer.body = body.to_string().into_bytes();
    }
}
