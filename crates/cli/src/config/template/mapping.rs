//! What does a new configuration say about the mappings? Every key, explained.

pub(super) const MAPPING: &str = r#"[mapping.vendors]
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
# Whether a contact stands under the business of its vendor. Needs the mapping of vendors. One that a
# person puts elsewhere is listed and left there.
business = false
# What becomes of a contact that was made for somebody who is gone in UpGuard: "archive" gives it the tag
# concordat:archived, "delete" deletes it. Only one that concordat made, that nobody else has changed and at
# which nothing stands is deleted; any other is archived. Nothing brings it back.
gone = "archive"

[mapping.contacts.create]
# What a new HighLevel contact gets beside its fields. Making one may start the location's workflows;
# "do not disturb" keeps it from being written to until you decide otherwise.
dnd = true
source = "concordat"
tags = ["concordat:new"]

# Rules for single fields: first_name, last_name, email, phone, company, and business if it is on; the
# same six settings.
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
#enabled = true
#rule = "prefer_upguard"
#fallback = "upguard"
#adopt = "hold"
#strength = "enforce"
#drift = "report"
"#;

pub(super) const TALK: &str = r#"[mapping.anchors]
# A HighLevel task or note stands at a contact. The one for what is about our own organisation, by id
# or e-mail address: threats, disclosures, waivers and usage policies become tasks there, notifications that
# name no vendor notes. Not said: all these and comments are off, and such notifications are left out. Each
# pair may name its own.
#organisation = "security@example.com"
# Who of a vendor's people is preferred for what is about the vendor, tasks and notes, by title, best
# first. `*` is any text, `?` any character.
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
# What becomes of a task whose threat is gone: "archive" completes it, "delete" deletes it, if concordat made it
# and nobody else has changed it.
gone = "archive"

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
# What becomes of a task whose disclosure is gone: "archive" completes it, "delete" deletes it, if concordat made it
# and nobody else has changed it.
gone = "archive"
# After how many days a task is due.
due_days = 7

# Rules for single fields: title, body, state; the same six settings.
#[mapping.disclosures.fields.state]
#rule = "prefer_upguard"

[mapping.risks]
# Risks that UpGuard found at vendors, and HighLevel tasks at a contact of the vendor. Nothing is written to
# UpGuard: a task is completed once its risk is waived, gone, or less severe than that, and one that people
# complete stays so. What was there at the first agreement gets no task.
enabled = false
# How severe a risk has to be: "critical", "high", "medium", "low" or "info".
severity = "critical"
# So many tasks that are not completed stand at any one contact; more wait until there is room.
per_contact = 5
# What becomes of a task whose risk is gone: "archive" completes it, "delete" deletes it, if concordat made it
# and nobody else has changed it.
gone = "archive"

[mapping.risks.due_days]
# After how many days a task is due, by the severity of its risk.
critical = 1
high = 3
medium = 14
low = 30

# Rules for single fields: title, body, state; the same six settings.
#[mapping.risks.fields.title]
#strength = "initial"

[mapping.waivers]
# Waivers of risks of our own organisation, and HighLevel tasks at the contact of [mapping.anchors]. Needs the
# permission BreachRisk of the API key. Nothing is written to UpGuard: a task is due when its waiver ends, and
# completed then or when the waiver is cancelled; one that people complete stays so.
enabled = false
# What becomes of a task whose waiver is gone: "archive" or "delete", as under [mapping.risks].
gone = "archive"
# After how many days the task of a waiver is due that does not end by itself.
review_days = 90

# Rules for single fields: title, body, state; the same six settings.
#[mapping.waivers.fields.title]
#strength = "initial"

[mapping.usage_policies]
# Usage policies of the apps that our own people use, and HighLevel tasks at the contact of [mapping.anchors]
# where one moved. Needs the permission UserRisk of the API key. Nothing is written to UpGuard: people complete the
# task, and the next move opens it again. What a policy is when its app is first seen gets no task.
enabled = false
# What becomes of a task whose app is gone: "archive" or "delete", as under [mapping.risks].
gone = "archive"
# After how many days a task is due.
due_days = 7

# Rules for single fields: title, body, state; the same six settings.
#[mapping.usage_policies.fields.title]
#strength = "initial"

[mapping.questionnaires]
# Questionnaires that were sent to vendors, and HighLevel tasks at a contact of the vendor. Nothing is written to
# UpGuard and none is ever sent: a task is completed once its questionnaire is over (complete, cancelled,
# published or archived) or gone, and one that people complete stays so. What was over already gets no task.
enabled = false
# What becomes of a task whose questionnaire is gone: "archive" or "delete", as under [mapping.risks].
gone = "archive"
# A task is due when the answer is; without a due date so many days after the questionnaire was sent.
due_days = 14

# Rules for single fields: title, body, state; the same six settings.
#[mapping.questionnaires.fields.title]
#strength = "initial"

[mapping.vendor_tiers]
# Vendors whose tier moved in UpGuard, and HighLevel tasks at a contact of the vendor. People complete the task, and
# the next move opens it again. What a tier is when its vendor is first seen gets no task, nor does one that the CRM
# itself set.
enabled = false
# What becomes of a task whose vendor is gone: "archive" or "delete", as under [mapping.risks].
gone = "archive"
# After how many days a task is due.
due_days = 7

# Rules for single fields: title, body, state; the same six settings.
#[mapping.vendor_tiers.fields.title]
#strength = "initial"

[mapping.vendor_assessments]
# The same of the state of a vendor's risk assessment.
enabled = false
gone = "archive"
due_days = 7

# Rules for single fields: title, body, state; the same six settings.
#[mapping.vendor_assessments.fields.title]
#strength = "initial"

[mapping.leads]
# People to whom our UpGuard Trust Center is shown, who asked for that or are invited, and HighLevel contacts.
# Needs the permission TrustExchange of the API key. Nothing is written to UpGuard, and what a contact holds
# already is left alone. Somebody who works for a vendor stays that vendor's contact.
enabled = false
# What becomes of a contact whose person is not shown any more, as under [mapping.contacts].
gone = "archive"

[mapping.leads.create]
# How new contacts arrive, as under [mapping.contacts.create].
dnd = true
source = "concordat"
tags = ["concordat:new"]

# Rules for single fields: first_name, last_name, email, company; the same six settings.
#[mapping.leads.fields.first_name]
#strength = "enforce"

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

/// Fields and lenses of a person's own.
pub(super) const OWN: &str = r#"# Fields of your own, in vendors, profiles (the custom fields of a vendor's contacts) and contacts. A
# field names its two ends, a lens and which way it flows; the six settings above are as everywhere. Both
# changed and the times do not decide: a person is asked. docs/mapping.md has recipes, and `concordat
# config check` proves with examples that values come back.
#   upguard     a vendor's name, primary_hostname, tier, score, assessment, or "attributes.NAME"; a
#               vendor contact's name, title, email_address, phone_mobile, notes, or vendor.name
#   expression  in place of upguard: a text made of fields, to HighLevel only
#   highlevel   a field of the business or contact; a custom field by its key: "contact.KEY"
#   flow        "both", "to_highlevel", "to_upguard"; not said: both, as far as both can be written
#   lens        "text", "email", "phone", "web_address", "number", "date", "yes_no", "caseless", "upper",
#               "lower", or a lens of your own
#   examples    values as the source holds them
#[mapping.profiles.fields.criticality]
#upguard = "attributes.Criticality"
#highlevel = "contact.criticality"
#flow = "both"
#lens = "criticality"
#examples = ["High"]
#[mapping.profiles.fields.risk_line]
#expression = "name ~ ': ' ~ score"
#highlevel = "contact.risk_line"

# Lenses of your own: how the two sides write what both mean. Each has rows, or days, or a factor.
#[mapping.lenses.criticality]
#rows = [{ upguard = "High", highlevel = "1 - high" }, { upguard = "Low", highlevel = "3 - low" }]
# For one way only: what the other side gets for a word that is in no row.
#[mapping.lenses.one_way]
#rows = [{ upguard = "High", highlevel = "urgent" }]
#otherwise = "normal"
#[mapping.lenses.european_day]
#days = { upguard = "%Y-%m-%d", highlevel = "%d.%m.%Y" }
# HighLevel's number is so many times UpGuard's.
#[mapping.lenses.thousands]
#factor = "0.001"
"#;
