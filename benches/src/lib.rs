//! What is measured? Towns of any size: vendors and businesses that are linked and agree on
//! everything, of which some are then edited. Made the same way every time.

pub mod staff;

use std::collections::{BTreeMap, BTreeSet};

use concordat_diff::{Extent, Inputs, reconcile};
use concordat_mapping::settings::{Attributes, Vendors};
use concordat_mapping::{Rules, Settings};
use concordat_model::entry::FieldReceipt;
use concordat_model::{
    Agreements, Certificate, Coverage, Event, IntentId, Interval, Link, Mirrored, Occasion, Offset,
    Outcome, PairId, Partition, Path, Plan, Reading, Receipt, Record, RecordKey, Resource, RunId,
    Scope, Side, Sides, Sight, Step, Tenant, Time, Value, Verdict, View,
};

/// Two sides, and what they agreed.
pub struct Town {
    /// The pair.
    pub pair: PairId,
    /// What corresponds to what.
    pub rules: Rules,
    /// What was agreed.
    pub agreements: Agreements,
    /// What each side holds.
    pub views: Sides<View>,
}

/// The moment `second`.
pub fn at(second: i64) -> Time {
    Time::from_timestamp(1_800_000_000 + second, 0).expect("a time")
}

/// The built-in rules, with every attribute named.
pub fn rules() -> Rules {
    let name = |text: &str| Some(text.to_owned());
    let attributes = Attributes {
        phone: name("Phone"),
        email: name("Email"),
        address: name("Address"),
        description: name("About"),
    };
    let mut settings =
        Settings { vendors: Vendors { attributes, ..Vendors::default() }, ..Settings::default() };
    settings.phone_region = Some("US".into());
    settings.contacts.enabled = false;
    concordat_mapping::rules(&settings, 30_000).expect("sensible settings")
}

impl Town {
    /// `companies` companies on both sides that nothing links yet.
    pub fn strangers(companies: usize) -> Town {
        let side = |side| view(side, (0..companies).map(|number| record(side, number)));
        Town {
            pair: PairId::new("bench"),
            rules: rules(),
            agreements: Agreements::default(),
            views: Sides::from_fn(side),
        }
    }

    /// `companies` linked companies that agree on everything.
    pub fn agreed(companies: usize) -> Town {
        Town::strangers(companies).agrees(companies)
    }

    /// Links everything; nothing has to be written, and so many links are agreed on.
    fn agrees(mut self, links: usize) -> Town {
        let plan = self.plan();
        assert_eq!((plan.steps.len(), plan.settlements.len()), (0, links));
        let occasion = Occasion::found(0, Time::MIN_UTC);
        let links = plan.settlements.into_iter().map(|it| {
            let mut link = Link { ends: it.ends, ..Link::new(it.link.clone(), it.mapping) };
            link.stamps = it.stamps;
            for (field, agreed) in it.fields {
                link.agree(&field, agreed, occasion);
            }
            (it.link, link)
        });
        self.agreements.links = links.collect();
        let done = |it: &concordat_mapping::Mapping| (it.name.clone(), Time::MIN_UTC);
        self.agreements.first_done = self.rules.mappings.iter().map(done).collect();
        self
    }

    /// Gives one company in `every` another address in UpGuard.
    pub fn edited(mut self, every: usize) -> Town {
        let path = Path::new("attributes.Address");
        let vendors = self.views.upguard.records.values_mut();
        for (number, vendor) in vendors.enumerate().filter(|(number, _)| number % every == 0) {
            let address = Value::text(format!("{number} Harbour Street"));
            vendor.record.reading.set(path.clone(), Some(address));
            let moved = Interval { after: Some(at(100)), until: at(200), stamped: false };
            vendor.moved.insert(path.clone(), moved);
        }
        self
    }

    /// Everything that would bring both sides into agreement.
    pub fn plan(&self) -> Plan {
        reconcile(&Inputs {
            pair: &self.pair,
            rules: &self.rules,
            agreements: &self.agreements,
            views: self.views.as_ref(),
            extent: Extent::Whole,
            in_doubt: BTreeMap::new(),
            canaries: &[],
            quarantine_views: 2,
            scope: &Scope::default(),
            now: at(1_000),
        })
    }
}

/// What carrying out `steps` leaves in the ledger.
pub fn events(run: &RunId, steps: &[Step]) -> Vec<Event> {
    let of = |step: &Step| {
        let intent = IntentId::of(run, step);
        let outcome = Outcome::Verified(receipt(step));
        [
            Event::Intended { intent: intent.clone(), step: Box::new(step.clone()) },
            Event::Closed { intent, outcome },
        ]
    };
    steps.iter().flat_map(of).collect()
}

fn receipt(step: &Step) -> Receipt {
    let fields = step.fields.iter().map(|field| FieldReceipt {
        name: field.name.clone(),
        path: field.path.clone(),
        before: field.before.clone(),
        sent: field.after.clone(),
        found: field.after.clone(),
        source: field.source.clone(),
        verdict: Verdict::Confirmed,
        why: field.why,
    });
    Receipt {
        mapping: step.mapping.clone(),
        link: step.link.clone(),
        side: step.side,
        record: step.record.clone().expect("an update"),
        sources: step.sources.clone(),
        source_stamp: None,
        name: step.name.clone(),
        action: step.action,
        matched: None,
        adopted: false,
        fields: fields.collect(),
        stamp: Some(at(1_000)),
        read_at: at(1_000),
    }
}

fn view(side: Side, records: impl Iterator<Item = Record>) -> View {
    let mirrored = |record: Record| Mirrored {
        record,
        moved: BTreeMap::new(),
        read_at: Some(at(0)),
        missing: 0,
    };
    let records: BTreeMap<RecordKey, Mirrored> =
        records.map(|record| (record.key.clone(), mirrored(record))).collect();
    let rows = records.len() as u64;
    let certificate = Certificate {
        began: at(0),
        ended: at(1),
        pages: 1,
        rows,
        total: Some(rows),
        coverage: Coverage::Whole,
    };
    View {
        side,
        tenant: Tenant { id: side.title().into(), name: "Bench".into(), can_mark: true },
        records,
        gone: BTreeMap::new(),
        certificates: BTreeMap::from([(Partition::All(resource(side)), certificate)]),
        uncertified: BTreeMap::new(),
        offset: Offset::default(),
        defined: BTreeSet::new(),
        outside: BTreeSet::new(),
    }
}

fn resource(side: Side) -> Resource {
    match side {
        Side::Upguard => Resource::Vendor,
        Side::Highlevel => Resource::Business,
    }
}

/// Company `number`, as `side` writes it down.
pub fn record(side: Side, number: usize) -> Record {
    let (area, line) = (200 + number / 10_000 % 700, number % 10_000);
    let host = format!("company{number:06}.example");
    let fields = match side {
        Side::Upguard => [
            ("name", format!("Company {number:06}")),
            ("primary_hostname", host.clone()),
            ("attributes.Phone", format!("({area}) 555-{line:04}")),
            ("attributes.Email", format!("Info@{host}")),
            ("attributes.Address", format!("{number} Long Street")),
            ("attributes.About", "Answers questionnaires within a week.".to_owned()),
        ],
        Side::Highlevel => [
            ("name", format!("Company {number:06}")),
            ("website", format!("https://www.{host}")),
            ("phone", format!("+1{area}555{line:04}")),
            ("email", format!("info@{host}")),
            ("address", format!("{number} Long Street")),
            ("description", "Answers questionnaires within a week.".to_owned()),
        ],
    };
    let reading: Reading =
        fields.into_iter().map(|(path, text)| (Path::new(path), Some(Value::text(text)))).collect();
    Record {
        key: RecordKey::new(resource(side), format!("{number:06}")),
        parent: None,
        name: format!("Company {number:06}").into(),
        stamp: match side {
            Side::Upguard => None,
            Side::Highlevel => Some(at(0)),
        },
        reading,
        sight: Sight::Listed,
    }
}
