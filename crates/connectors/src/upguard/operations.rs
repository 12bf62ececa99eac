//! Which operations of UpGuard are used (`upguard.md` §3)? `GET /vendor` is a read only as long as
//! `start_monitoring` and `generate_ad_hoc_report` are never sent; no function here can send them.

use concordat_model::{Resource, Side};
use concordat_remote::Method;

use crate::operation::{Effect, Needs, Operation};

const fn operation(
    method: Method,
    template: &'static str,
    permission: &'static str,
    effect: Effect,
) -> Operation {
    Operation { side: Side::Upguard, method, template, permission, effect }
}

const fn read(template: &'static str, permission: &'static str) -> Operation {
    operation(Method::Get, template, permission, Effect::Reads)
}

const fn moves(template: &'static str) -> Operation {
    operation(Method::Post, template, "BreachRisk", Effect::Changes)
}

pub(super) const ORGANISATION: Operation = read("/organisation", "Platform");
pub(super) const VENDORS: Operation = read("/vendors", "VendorRisk");
pub(super) const VENDOR: Operation = read("/vendor", "VendorRisk");
pub(super) const CONTACTS: Operation = read("/vendor/contact/list", "VendorRisk");
pub(super) const CONTACT: Operation = read("/vendor/contact", "VendorRisk");
pub(super) const ATTRIBUTES: Operation =
    operation(Method::Put, "/vendor/attributes", "VendorRisk", Effect::Changes);

pub(super) const LABELS: Operation =
    operation(Method::Put, "/vendor/labels", "VendorRisk", Effect::Changes);
pub(super) const TIER: Operation =
    operation(Method::Put, "/vendor/tier", "VendorRisk", Effect::Changes);

pub(super) const THREATS: Operation = read("/threatmonitoring/threat/list", "BreachRisk");
pub(super) const THREAT: Operation = read("/threatmonitoring/threat", "BreachRisk");
pub(super) const ASSIGN: Operation = moves("/threatmonitoring/threat/investigator/update");
pub(super) const CLOSE_REQUEST: Operation =
    moves("/threatmonitoring/threat/remediation_request/close");
pub(super) const CLOSE: Operation = moves("/threatmonitoring/threat/close");
pub(super) const REOPEN: Operation = moves("/threatmonitoring/threat/reopen");

pub(super) const ADD_COMMENT: Operation =
    operation(Method::Post, "/threatmonitoring/threat/comment/add", "BreachRisk", Effect::Makes);

pub(super) const NOTIFICATIONS: Operation = read("/notifications", "Admin");

pub(super) const DISCLOSURES: Operation = read("/dataleaks/disclosures", "DataLeaks");
pub(super) const DISCLOSURE_STATUS: Operation =
    operation(Method::Put, "/dataleaks/disclosures/status", "DataLeaks", Effect::Changes);

pub(super) const RISKS: Operation = read("/risks/vendors/all", "VendorRisk");
pub(super) const RISK_VENDORS: Operation = read("/risks/vendors_with_risk", "VendorRisk");
pub(super) const RISK_DIFFS: Operation = read("/risks/vendors/diffs", "VendorRisk");

pub(super) const QUESTIONNAIRES: Operation = read("/vendor/questionnaires/v2", "VendorRisk");
pub(super) const QUESTIONNAIRE: Operation = read("/vendor/questionnaire", "VendorRisk");

pub(super) const TRUST_CENTER: Operation =
    read("/trust_exchange/trust_center/access", "TrustExchange");

/// Risks of our own organisation.
pub(super) const OWN_RISKS: Operation = read("/risks", "BreachRisk");
pub(super) const APPS: Operation = read("/user_risk/apps/list", "UserRisk");

static ALL: [Operation; 26] = [
    ORGANISATION,
    VENDORS,
    VENDOR,
    CONTACTS,
    CONTACT,
    ATTRIBUTES,
    LABELS,
    TIER,
    THREATS,
    THREAT,
    ASSIGN,
    CLOSE_REQUEST,
    CLOSE,
    REOPEN,
    ADD_COMMENT,
    NOTIFICATIONS,
    DISCLOSURES,
    DISCLOSURE_STATUS,
    RISKS,
    RISK_VENDORS,
    RISK_DIFFS,
    TRUST_CENTER,
    OWN_RISKS,
    APPS,
    QUESTIONNAIRES,
    QUESTIONNAIRE,
];

/// Every operation of UpGuard that concordat uses.
pub fn operations() -> &'static [Operation] {
    &ALL
}

/// What every run calls.
pub const ALWAYS: &[Operation] = &[ORGANISATION];

/// What is called for records of this resource.
pub fn needs(resource: Resource) -> Needs {
    match resource {
        Resource::Vendor => {
            Needs { reads: &[VENDORS, VENDOR], writes: &[ATTRIBUTES, LABELS, TIER] }
        }
        Resource::VendorContact => Needs { reads: &[CONTACTS, CONTACT], writes: &[] },
        Resource::VendorNote => Needs { reads: &[VENDOR], writes: &[] },
        Resource::Threat => {
            Needs { reads: &[THREATS, THREAT], writes: &[ASSIGN, CLOSE_REQUEST, CLOSE, REOPEN] }
        }
        Resource::Comment => Needs { reads: &[THREAT], writes: &[ADD_COMMENT] },
        Resource::Notification => Needs { reads: &[NOTIFICATIONS], writes: &[] },
        Resource::Disclosure => Needs { reads: &[DISCLOSURES], writes: &[DISCLOSURE_STATUS] },
        Resource::Lead => Needs { reads: &[TRUST_CENTER], writes: &[] },
        Resource::Waiver => Needs { reads: &[OWN_RISKS], writes: &[] },
        Resource::App => Needs { reads: &[APPS], writes: &[] },
        Resource::Risk => Needs { reads: &[RISKS, RISK_VENDORS, RISK_DIFFS], writes: &[] },
        Resource::Questionnaire => Needs { reads: &[QUESTIONNAIRES, QUESTIONNAIRE], writes: &[] },
        Resource::Business
        | Resource::Contact
        | Resource::Task
        | Resource::Note
        | Resource::CustomField => Needs::NOTHING,
    }
}
