//! Which threats has UpGuard's scan found, and how far are people with them? The first few are one
//! of each kind: open, investigated, under remediation, closed, dismissed by a rule. Secrets are
//! planted where the real product shows them.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::some_day;
use crate::options::Options;
use crate::random::Random;
use crate::upguard::UpGuard;
use crate::upguard::record::rfc3339;
use crate::upguard::threats::record::{Comment, Person, RemediationRequest, Status, Threat};
use crate::upguard::threats::{Member, PLANTED_SECRET};

const DOMAIN: &str = "concordat.example";

/// Title, severity, type, module, source, how to remedy it.
type Finding = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const FINDINGS: [Finding; 7] = [
    (
        "Credentials in a stealer log",
        "high",
        "exposed_credentials",
        "dark_web",
        "stealer_logs",
        "Reset the credentials and clean the device.",
    ),
    (
        "Named on a ransomware blog",
        "critical",
        "keyword_mention",
        "dark_web",
        "ransomware_blog",
        "Find out what was taken and by which way.",
    ),
    (
        "Token in a public repository",
        "high",
        "confidential_business",
        "open_web",
        "code_repository",
        "Revoke the token and rewrite the history.",
    ),
    (
        "Access offered on a forum",
        "critical",
        "network_access_for_sale",
        "dark_web",
        "forum",
        "Review remote access and its logs.",
    ),
    (
        "Session cookies for sale",
        "medium",
        "account_compromise",
        "dark_web",
        "marketplace",
        "End all sessions of the account.",
    ),
    (
        "Look-alike page of the brand",
        "medium",
        "brand_impersonation",
        "open_web",
        "owned_domain",
        "Ask the host for a takedown.",
    ),
    (
        "Complaint about the service",
        "low",
        "complaint",
        "social_media",
        "social_media",
        "Answer it.",
    ),
];

/// Name, mailbox, whether they handle threats, whether they handle data leaks.
const MEMBERS: [(&str, &str, bool, bool); 4] = [
    ("Ada Brook", "ada.brook", true, true),
    ("Tomás Ferreira", "tomas.ferreira", true, false),
    ("Yuki Mori", "yuki.mori", true, false),
    ("Lena Auditor", "lena.auditor", false, true),
];

const COMMENTS: [&str; 4] = [
    "The account belongs to a contractor who left in March.",
    "Asked the service desk to reset it.",
    "Seen before; same source as last year.",
    "Waiting for the owner to answer.",
];

pub(super) fn record(options: &Options, upguard: &mut UpGuard, random: &mut Random) {
    for (name, mailbox, handles_threats, handles_leaks) in MEMBERS {
        let person = Person { name: name.into(), email: format!("{mailbox}@{DOMAIN}") };
        upguard.members.push(Member { person, handles_threats, handles_leaks });
    }
    for position in 0..options.threats {
        let mut threat = found(position, random);
        let state = if position < 5 { position } else { random.below(5) };
        progress(upguard, &mut threat, state, random);
        upguard.put_threat(threat);
    }
}

fn found(position: usize, random: &mut Random) -> Threat {
    let (title, severity, kind, module, source, remedy) =
        FINDINGS[if position < FINDINGS.len() { position } else { random.below(FINDINGS.len()) }];
    let secret = format!("{PLANTED_SECRET}-{position}");
    Threat {
        uuid: random.uuid(),
        title: format!("{title}: {DOMAIN}"),
        severity: severity.into(),
        threat_types: vec![kind.into()],
        module: module.into(),
        source: source.into(),
        source_domain: "market.example".into(),
        url: format!("https://market.example/item/{}", random.between(1000, 9999)),
        transforms: vec![DOMAIN.into()],
        detected: some_day(random),
        digits: random.below(10) as u64,
        recommended_remediation: remedy.into(),
        threat_context: "Found by the scan of the week.".into(),
        indicators_of_risk: "The source is active and its offers have been genuine.".into(),
        labels: if random.percent(30) { vec!["credential".into()] } else { Vec::new() },
        snippet: format!("user@{DOMAIN}:{secret}"),
        additional_attributes: attributes(source, &secret),
        ..Threat::default()
    }
}

/// What the source tells besides, passwords and cookies in the clear.
fn attributes(source: &str, secret: &str) -> Value {
    let url = format!("https://portal.{DOMAIN}/login");
    match source {
        "stealer_logs" => json!({ "stealer_logs": {
            "device_name": "LAPTOP-7",
            "passwords": [{ "url": url, "username": format!("user@{DOMAIN}"), "password": secret }],
            "cookies": [{ "url": url, "cookie_name": "session", "cookie_value": secret }],
        } }),
        "marketplace" => json!({ "cookie": {
            "url": url, "cookie_name": "session", "cookie_value": secret
        } }),
        "forum" | "ransomware_blog" => {
            json!({ "post": { "author": "nightowl", "post_title": format!("leak {secret}") } })
        }
        "code_repository" => {
            json!({ "github": { "repository": "dotfiles", "target_file": secret } })
        }
        _ => Value::Null,
    }
}

fn progress(upguard: &mut UpGuard, threat: &mut Threat, state: usize, random: &mut Random) {
    let later = |threat: &Threat, hours: i64| rfc3339(threat.detected + TimeDelta::hours(hours), 3);
    let member = random.below(3);
    let person = upguard.members[member].person.clone();
    if state == 0 {
        return;
    }
    if state == 4 {
        (threat.status, threat.auto_dismissed) = (Status::Closed, true);
        threat.closed_status = "dismissed_by_rule".into();
        threat.dismissed = Some((later(threat, 0), Person::default()));
        return;
    }
    (threat.status, threat.investigator) = (Status::Investigating, Some(person.clone()));
    let mut parent = None;
    for hours in 0..random.between(1, 3) {
        let id = upguard.fresh_id();
        threat.comments.push(Comment {
            id,
            parent: parent.filter(|_| hours == 1),
            content: random.pick(&COMMENTS).into(),
            created_at: later(threat, 1 + hours),
            user: person.clone(),
            private: false,
        });
        parent = Some(id);
    }
    if state == 2 {
        let due = threat.detected + TimeDelta::days(14);
        threat.request = Some(RemediationRequest {
            id: upguard.fresh_id(),
            email: format!("service.desk@{DOMAIN}"),
            title: threat.title.clone(),
            due_date: Some(due.format("%Y-%m-%d").to_string()),
            reminder_date: None,
            email_message: String::new(),
            copy_threat_comments: false,
            closed: false,
        });
        threat.status = Status::Remediating;
        threat.request_updated_at = later(threat, 5);
        threat.risk_summary = "An account of ours can be used by others.".into();
        threat.risk_details = "The password is valid until it is reset.".into();
    }
    if state == 3 {
        threat.status = Status::Closed;
        threat.closed_status = "dismissed".into();
        threat.closing = BTreeMap::from([("reason", "false_positive".to_owned())]);
        threat.dismissed = Some((later(threat, 6), person));
    }
}
