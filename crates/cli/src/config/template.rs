//! What does a new configuration look like? The annotated `concordat.toml` that `init` writes.
//!
//! Every key of the schema is in it, explained; what is not needed is switched off by a `#` directly
//! before the key, so that taking it away is all there is to do. Explanations have a space there.

use concordat_model::Side;
use concordat_model::guard::Ceiling;

use super::Address;
use super::file::Guards;

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

const MAPPING: &str = r#"[mapping.vendors]
# UpGuard vendors and HighLevel businesses.
enabled = true

[mapping.vendors.attributes]
# Which vendor attribute holds which field of the business. These are the fields that go both ways;
# one without an attribute is not mapped. An administrator defines attributes in UpGuard; capitals
# matter.
#phone = "Main phone"
#email = "General email"
#address = "Street address"
#description = "About"

# Rules for single fields: name, website, and the attributes above that are set. The same six
# settings exist for every field; the built-in values are in docs/field-map.md.
#   enabled    whether the field is mapped
#   rule       who wins if both sides changed: "last_write_wins", "prefer_upguard",
#              "prefer_highlevel", or "hold": neither side changes and a person decides
#   fallback   for last_write_wins, where the times do not decide: "upguard", "highlevel", "hold"
#   adopt      the first time, both have different values: "upguard", "highlevel", "hold"
#   strength   "enforce": write whenever it differs; "fill": only into an empty field; "initial":
#              only when the record is made
#   drift      the field was changed on a side that cannot pass the change on: "report" lists it
#              once, "restore" writes the source's value back
#[mapping.vendors.fields.name]
#enabled = true
#rule = "last_write_wins"
#fallback = "upguard"
#adopt = "hold"
#strength = "enforce"
#drift = "report"

[mapping.contacts]
# UpGuard vendor contacts and HighLevel contacts. UpGuard's people cannot be written, so values go
# to HighLevel.
enabled = true

[mapping.contacts.create]
# What a new HighLevel contact gets beside its fields. Making one may start the location's workflows;
# "do not disturb" keeps it from being written to until you decide otherwise.
dnd = true
source = "concordat"
tags = ["concordat:new"]

# Rules for single fields: first_name, last_name, email, phone, company; the same six settings.
#[mapping.contacts.fields.phone]
#strength = "fill"

[mapping.labels]
# Labels of an UpGuard vendor, as tags on each of its HighLevel contacts; both ways. It needs the
# mapping of contacts.
enabled = true
# What the tags that are labels begin with, in lower case. All other tags are never touched.
namespace = "ug:"
# The labels that become tags: patterns, in which * is any text and ? any character. Letter case
# means nothing. Other labels are never touched.
include = ["*"]

[mapping.profiles]
# What UpGuard knows of a vendor, in custom fields of each of its HighLevel contacts. It needs the
# mapping of contacts. A custom field that the location does not define is left out; `concordat
# doctor` says which these are, and `concordat doctor --fix` makes them.
enabled = true
# The keys of the custom fields. The tier, a number, goes both ways; the score, a number, and the
# state of the assessment, a text, go to HighLevel.
tier = "vendor_tier"
score = "vendor_score"
assessment = "vendor_assessment"

# Rules for single fields: tier, score, assessment; the same six settings.
#[mapping.profiles.fields.tier]
#rule = "prefer_upguard"
"#;

const TALK: &str = r#"[mapping.anchors]
# A HighLevel task or note stands at a contact. The one for what is about our own organisation, by id
# or e-mail address: threats and disclosures become tasks there, notifications that name no vendor
# notes. Not said: threats, comments and disclosures are off, and such notifications are left out. Each
# pair may name its own.
#organisation = "security@example.com"
# Who of a vendor's people is preferred for what is about the vendor, by title, best first. `*` is any
# text, `?` any character.
#vendor_titles = ["*security*", "*risk*"]

[mapping.people]
# Who is who: the e-mail address of somebody in UpGuard, and their user id in HighLevel. Needed for
# the assignees of tasks; somebody who is not named here is no assignee there.
#"ada@example.com" = "ve9EPM428h8vShlRW1KT"

[mapping.threats]
# UpGuard threats and HighLevel tasks: state and assignee go both ways.
enabled = true
# What a task may do to its threat. Each of these reaches people, so each is off until it is named:
#   close    a completed task closes its threat, or the threat's remediation request
#   reopen   a task that is not completed any more opens its threat again
#   assign   a task's assignee becomes the threat's investigator
allow = []

[mapping.threats.close]
# Why threats are closed: "false_positive", "risk_accepted" (with a justification) or "remediated"
# (with a remediation_reason). Not said: none is closed, and completed tasks wait.
#reason = "remediated"
#justification = "Accepted by the board"
# "content_removed_or_privatised", "affected_users_credentials_reset", "system_patched",
# "requested_takedown", "compensating_controls", or "other" with a description.
#remediation_reason = "system_patched"
#remediation_description = "As described in the task"
# What a remediation request is closed as: "remediated", or "waived" with a description.
request = "remediated"
#request_description = "Not needed any more"

[mapping.threats.due_days]
# After how many days a task is due, by the severity of its threat.
critical = 1
high = 3
medium = 14
low = 30

# Rules for single fields: title, body, state, assignee; the same six settings.
#[mapping.threats.fields.assignee]
#rule = "prefer_upguard"

[mapping.comments]
# Comments on threats become notes, and notes that begin with a task's reference, such as [T-7K2Q],
# comments. On as long as threats are.
enabled = true
# What is done when one is edited that was passed on already: it is told ("report"), or a further text
# says what it says now ("correction").
on_edit = "report"

[mapping.disclosures]
# Data leaks that UpGuard disclosed and HighLevel tasks at the contact of [mapping.anchors]: the state
# goes both ways. Needs the permission DataLeaks of the API key. What leaked, and where, is never read.
enabled = false
# What a task may do to its disclosure. Each of these is told to people, so each is off until it is
# named:
#   close    a completed task ends its disclosure
#   reopen   a task that is not completed any more has it investigated again
allow = []
# The status of a disclosure whose task is completed: "closed_fixed_unverified", "closed_no_issue" or
# "closed_risk_accepted".
ending = "closed_fixed_unverified"
# What goes with a new status, and who changes it: somebody with the role "Data Leaks" in UpGuard.
comment = "As its task in HighLevel says"
#user = "ada@example.com"
# After how many days a task is due.
due_days = 7

# Rules for single fields: title, body, state; the same six settings.
#[mapping.disclosures.fields.state]
#rule = "prefer_upguard"

[mapping.activity]
# What UpGuard notifies of becomes notes, each once. Needs the permission Admin of the API key.
enabled = true
# Types of notifications, as UpGuard names them: those that become notes, and those that do not.
include = ["*"]
exclude = []

[mapping.vendor_notes]
# What UpGuard notes of a vendor is one note at a contact of it, kept up to date.
enabled = true
# It is read anew once it is so many hours old: one request for each vendor that has people.
every_hours = 20

# Rules for single fields: text; the same six settings. For instance: put an edit in the CRM back.
#[mapping.vendor_notes.fields.text]
#drift = "restore"

[mapping.contact_notes]
# What UpGuard notes of a vendor contact is one note at its HighLevel contact, kept up to date.
enabled = true

#[mapping.contact_notes.fields.text]
#drift = "restore"
"#;

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
# What was made for a record that is gone is archived once so many complete listings in a row missed it.
# `concordat quarantine list` shows what waits.
quarantine_views = {views}
{creates}{updates}{clears}{archives}"#,
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
    )
}

const REST: &str = "\
[merge]
# How far the two systems' clocks may be apart. Changes closer together than this are not ordered by
# time; the field's fallback decides.
skew_limit_seconds = 30

[pull]
# Notes are listed contact by contact, and UpGuard's people vendor by vendor; each is a request. Where there
# are many, those that changed are asked, so many others in each pull, and each at least so often: a note
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
