//! Does `doctor` look for the contact at which tasks stand?

use concordat_oracle::{rows, text};
use concordat_tests::night::Night;

#[test]
fn doctor_looks_for_the_contact_at_which_tasks_stand() {
    let night = Night::falls(3, 4, 4);
    let contact = &rows(&night.sandbox.state()["highlevel"]["contacts"])[0].clone();
    let anchored = |at: &str| {
        let at = at.to_owned();
        night.configure(|text| {
            let text = text.split("\n[mapping.anchors]").next().unwrap_or_default().to_owned();
            text + &format!("\n[mapping.anchors]\norganisation = {at:?}\n")
        });
        night.run(&["doctor"]).exits(0)
    };
    night
        .run(&["doctor"])
        .exits(0)
        .says(&["✓ anchor no contact is named for tasks, so these are off: threats, comments"]);
    anchored("nobody@nowhere.example").says(&[
        "✗ anchor no contact here is nobody@nowhere.example, so nothing becomes a task there",
        "name a contact of this location in [mapping.anchors]",
    ]);
    anchored("unknownContact000001").says(&["✗ anchor no contact here is unknownContact000001"]);
    for named in ["id", "email"] {
        let told = format!("({})", text(&contact["id"]));
        anchored(&text(&contact[named])).says(&["✓ anchor tasks stand at", &told]);
    }
}
