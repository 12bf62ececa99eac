//! What does a new configuration look like? The annotated `concordat.toml` that `init` writes.
//!
//! Every key of the schema is in it, explained; what is not needed is switched off by a `#` directly
//! before the key, so that taking it away is all there is to do. Explanations have a space there.

mod mapping;

use concordat_model::Side;
use concordat_model::guard::Ceiling;

use super::Address;
use super::file::Guards;
use mapping::{MAPPING, OWN, TALK};

/// What must be known to write one.
#[derive(Clone, Debug)]
pub struct Answers {
    /// Where UpGuard's API is.
    pub upguard_base_url: Address,
    /// The environment variable that holds its key.
    pub api_key_env: String,
    /// Where HighLevel's API is.
    pub highlevel_base_url: Address,
    /// The environment variable that holds its token.
    pub token_env: String,
    /// The HighLevel location.
    pub location_id: String,
}

/// The configuration for `answers`.
pub fn text(answers: &Answers) -> String {
    let sections = [
        HEAD.to_owned(),
        sides(answers),
        network(answers),
        STATE.to_owned(),
        MAPPING.to_owned(),
        OWN.to_owned(),
        TALK.to_owned(),
        guards(&Guards::default()),
        REST.to_owned(),
    ];
    sections.join("\n")
}

const HEAD: &str = "\
# The configuration of concordat, which keeps UpGuard and HighLevel in agreement.
#
# A line that begins with # and a space explains. A line that begins with # alone is a setting that
# is switched off; take the # away to use it. What is not said has the value shown.
#
#   concordat config check           is everything here right, and what does it come to?
#   concordat config show --origin   what is in force, and where was it said?
#   concordat plan                   what would be changed? (writes to neither side)
";

fn sides(answers: &Answers) -> String {
    let Answers { upguard_base_url, api_key_env, highlevel_base_url, token_env, location_id } =
        answers;
    format!(
        r#"[upguard]
# Where UpGuard's API is. Organisations in a region have their own host, for instance
# https://au.cyber-risk.upguard.com/api/public
base_url = {base}
# Where the API key is kept. The key itself never stands here. Write one of
#   {{ env = "NAME" }}                       an environment variable
#   {{ file = "/path" }}                     a file that only its owner may read (chmod 600)
#   {{ command = ["pass", "show", "x"] }}    what this program prints; no shell is involved
#   {{ credential = "name" }}                a systemd credential (LoadCredential=)
api_key = {{ env = {key} }}
# Nothing is ever written to UpGuard: plans become reports.
read_only = false

[highlevel]
# Where HighLevel's API is.
base_url = {other_base}
# Where the token of the private integration is kept; the same four ways.
token = {{ env = {token} }}
# The location (sub-account) whose contacts and businesses are kept in agreement.
location_id = {location}
# Nothing is ever written to HighLevel: plans become reports.
read_only = false

# Instead of a token: an app of HighLevel's marketplace, into which a person signs in once, with
# `concordat auth login`. Takes the place of the token above.
#[highlevel.oauth]
# Where the app's id and secret are kept; the same four ways.
#client_id = {{ env = "HIGHLEVEL_CLIENT_ID" }}
#client_secret = {{ env = "HIGHLEVEL_CLIENT_SECRET" }}
# Into what a person signs in: "location", or "agency", once for the locations of all pairs.
#sign_in = "location"
# Where a person consents. Agencies with a brand of their own: marketplace.leadconnectorhq.com
#consent_url = "https://marketplace.gohighlevel.com/v2/oauth/chooselocation"
# Where the browser comes back to: on this machine, and among the app's redirect URLs.
#redirect_uri = "http://localhost:8914/callback"
"#,
        base = quoted(&upguard_base_url.to_string()),
        key = quoted(api_key_env),
        other_base = quoted(&highlevel_base_url.to_string()),
        token = quoted(token_env),
        location = quoted(location_id),
    )
}

/// Hosts that an answer names are allowed: the person named them.
fn network(answers: &Answers) -> String {
    let named = [
        (Side::Upguard, &answers.upguard_base_url),
        (Side::Highlevel, &answers.highlevel_base_url),
    ];
    let foreign = named.into_iter().filter(|(side, it)| !it.belongs_to(*side) && !it.is_loopback());
    let mut hosts: Vec<String> = foreign.map(|(_, it)| quoted(it.host())).collect();
    hosts.dedup();
    format!(
        "[network]
# Hosts, other than the vendors' own, that a base_url above may name: a proxy of yours. Always
# through TLS (https); only this machine may be spoken to without.
allow_hosts = [{}]
",
        hosts.join(", ")
    )
}

const STATE: &str = "\
[state]
# The directory of the ledger (what was agreed and done, and why) and of the mirror. Keep the ledger:
# it is the record. Not said: systemd's StateDirectory=, else ~/.local/state/concordat.
#dir = \"/var/lib/concordat\"

[mapping]
# The country in which phone numbers without a country code are read, in two letters. Not said: such
# numbers are compared as they are.
#phone_region = \"US\"
";

fn guards(guards: &Guards) -> String {
    let ceiling = |name: &str, it: Ceiling, about: &str| {
        format!(
            "\n[guards.{name}]\n# {about}\npercent = {}\nmin_population = {}\nabsolute = {}\n",
            it.percent, it.min_population, it.absolute
        )
    };
    format!(
        r#"# A plan beyond these limits is refused as a whole, with the numbers and what to type if it is
# right. They start after the first agreement, which a person allows by name.
[guards]
# A side may hold at most this much less (in percent) of a kind of record than last time; not looked
# at below so many records. A side that is suddenly empty always stops the run.
shrink_percent = {shrink}
shrink_min_population = {population}
# Records that must always be there. If one is not, the listing is not to be trusted. For instance
#   {{ side = "highlevel", entity = "contact", id = "…" }}
# The entity is "vendor" or "contact" in UpGuard, "business" or "contact" in HighLevel.
canaries = []
# What was made for a record that is gone is archived, or deleted, once so many complete listings in a row
# missed it.
# `concordat quarantine list` shows what waits.
quarantine_views = {views}
{creates}{updates}{clears}{archives}{deletes}"#,
        views = guards.quarantine_views,
        shrink = guards.shrink_percent,
        population = guards.shrink_min_population,
        creates = ceiling(
            "creates",
            guards.creates,
            "New records per mapping and run: at most this percentage of the records there are (from\n\
             # so many records on), and never more than the absolute number."
        ),
        updates = ceiling("updates", guards.updates, "Changed records, likewise."),
        clears = ceiling("clears", guards.clears, "Emptied fields, likewise."),
        archives = ceiling("archives", guards.archives, "Archived records, likewise."),
        deletes = ceiling("deletes", guards.deletes, "Deleted records, likewise."),
    )
}

const REST: &str = "\
[merge]
# How far the two systems' clocks may be apart. Changes closer together than this are not ordered by
# time; the field's fallback decides.
skew_limit_seconds = 30

[pull]
# Notes are listed contact by contact, UpGuard's people and questionnaires vendor by vendor; each is a request.
# Where there are many, those that changed are asked, so many others in each pull, and each at least so often: a note
# that somebody changes there may come so much later, and one pull. `--full` asks everything.
notes_staleness = \"7d\"
vendor_contacts_staleness = \"24h\"
owners_min = 500
# Where there are more HighLevel contacts than this, a pull asks for those whose stamp moved, and so often for
# all of them. Only a listing of all tells who is gone, and what moves no stamp: tags perhaps.
contacts_min = 2500
full_every = \"20h\"

[plan]
# A saved plan older than this is not applied: a number and s, m, h or d.
max_age = \"24h\"

[limits]
# A run that has used up one of these finishes the step at hand, ends with exit code 8, and the next run
# goes on with the rest. Not said: as much as it takes. Requests are those to each side. Reading begins
# anew with each run: what is smaller than a whole reading never gets to writing. daily_reserve leaves so
# many of the requests that HighLevel allows a day to whatever else uses the same credentials.
#requests_per_run = 20000
#requests_per_day = 150000
#daily_reserve = 20000
#max_duration = \"4h\"
# How many steps of a mapping one run may carry out, by its name.
#[limits.steps_per_run]
#contacts = 500

# The organisation together with one location is a pair. Its name is kept in every entry of the
# ledger: choose it before the first run or leave it. Not said: \"default\". There can be many, each
# with an id and a location of its own: one UpGuard, many locations. A location_id or token here
# replaces the one above. Without --pair ID, `pull`, `plan` and `reconcile` run all of them in this
# order, each by itself.
#[[pair]]
#id = \"default\"
#location_id = \"ve9EPM428h8vShlRW1KT\"
#token = { env = \"HIGHLEVEL_TOKEN_OF_THIS_LOCATION\" }
# The part of the organisation it is about; not said: all vendors. A vendor is in it if everything
# holds that is said here, one of several being enough. What is outside is left as it is on both
# sides, and goes on where it was when it comes back. Another slice is another mapping: the next run
# asks for --allow mapping.
#[pair.slice]
# Patterns of labels, in which * is any text and ? any character; letter case means nothing.
#labels = [\"eu-*\"]
#tiers = [1, 2]
# As UpGuard spells them. Portfolios are shown only vendor by vendor: a request for each, at each pull.
#portfolios = [\"Production\"]
# What holds of a vendor, and of those of its people who take part: expressions (docs/mapping.md).
#vendors = \"score < 700\"
#contacts = \"'security' in title | lower or vendor.tier == 1\"
# What is different in its location: where tasks stand (\"\": nowhere), and who is who.
#[pair.anchors]
#organisation = \"security-eu@example.com\"
#vendor_titles = [\"*security*\"]
#[pair.people]
#\"ada@example.com\" = \"k4QmR8sLz0WbNfVtYh2C\"
";

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
