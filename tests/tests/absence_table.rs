//! Does what is gone become what the design says, for every combination of what was seen, agreed,
//! edited and said? All of them, against an oracle that was written from the design's text.

use concordat_model::{Action, Plan, Resource, Rule};
use concordat_tests::absence_by_the_book::{Fate, Kind, Row, Said, Sight, expected};
use concordat_tests::paper;
use concordat_tests::world::World;

const SIGHTS: [Sight; 6] = [
    Sight::Here,
    Sight::Dormant,
    Sight::Unseen,
    Sight::Missed(1),
    Sight::Missed(2),
    Sight::Missed(3),
];

/// A pair of linked records, and how a script makes them what a row says.
struct Pair {
    mapping: &'static str,
    kind: Kind,
    upguard: (&'static str, Resource),
    highlevel: (&'static str, Resource),
    /// Who makes it dormant; nothing: it never is.
    dormant: Option<&'static str>,
    edit: &'static str,
    mark: &'static str,
}

const PAIRS: [Pair; 3] = [
    Pair {
        mapping: "contacts",
        kind: Kind::Archivable,
        upguard: ("person p1", Resource::VendorContact),
        highlevel: ("contact c1", Resource::Contact),
        dormant: Some("vendor v1 dormant"),
        edit: "phone=9",
        mark: "tags=vip+concordat:archived",
    },
    Pair {
        mapping: "threats",
        kind: Kind::Archivable,
        upguard: ("threat t1", Resource::Threat),
        highlevel: ("task new2", Resource::Task),
        dormant: None,
        edit: "title=Other",
        mark: "done=yes",
    },
    Pair {
        mapping: "vendors",
        kind: Kind::Business,
        upguard: ("vendor v1", Resource::Vendor),
        highlevel: ("business b1", Resource::Business),
        dormant: Some("vendor v1 dormant"),
        edit: "phone=9",
        mark: "phone=9",
    },
];

/// The same of records that we made, and that the configuration has deleted.
const MADE: [Pair; 2] = {
    let [mut contacts, mut threats, _] = PAIRS;
    contacts.highlevel.0 = "contact new2";
    contacts.mark = "tags=concordat:new+concordat:archived";
    threats.highlevel.0 = "task new3";
    [contacts, threats]
};

fn made() -> World {
    World::of(
        "on threats at desk
         gone contacts delete
         gone threats delete
         contact desk | first=Sue | last=Desk | email=desk@us.com
         vendor v1 | name=Acme | host=acme.com
         business b1 | name=Acme | website=acme.com
         person p1 of v1 | name=Ann Lee | email=ann@acme.com
         threat t1 | title=Stolen password | state=open
         agree",
    )
}

fn agreed() -> World {
    World::of(
        "on threats at c1
         vendor v1 | name=Acme | host=acme.com
         business b1 | name=Acme | website=acme.com
         person p1 of v1 | name=Ann Lee | email=ann@acme.com
         contact c1 | first=Ann | last=Lee | email=ann@acme.com | tags=vip
         threat t1 | title=Stolen password | state=open
         agree",
    )
}

fn rows(kind: Kind, deletable: bool) -> impl Iterator<Item = Row> {
    let sights = SIGHTS.into_iter().flat_map(|upguard| SIGHTS.map(move |it| (upguard, it)));
    let flags = (0..32_u8).map(|bits| [0, 1, 2, 3, 4].map(|place| bits & 1 << place != 0));
    sights.flat_map(move |(upguard, highlevel)| {
        flags.clone().flat_map(move |[certified, target_certified, edited, based, marked]| {
            [Said::Nothing, Said::Approve, Said::Cancel].into_iter().flat_map(move |said| {
                [2, 3].map(move |views| Row {
                    kind,
                    upguard,
                    highlevel,
                    certified: (certified, target_certified),
                    edited,
                    based,
                    marked,
                    said,
                    deletable,
                    views,
                })
            })
        })
    })
}

/// The world of a row; nothing: there is none, or it is another row's.
fn world(pair: &Pair, row: &Row, agreed: &World) -> Option<World> {
    let mut world = agreed.clone();
    world.quarantine_views = row.views;
    let id = |head: &'static str| head.split_once(' ').expect("kind and id").1;
    match row.said {
        Said::Nothing => {}
        Said::Approve => world.line(&format!("approve {}", id(pair.upguard.0))),
        Said::Cancel => world.line(&format!("cancel {}", id(pair.upguard.0))),
    }
    for (sight, (head, _)) in [(row.upguard, pair.upguard), (row.highlevel, pair.highlevel)] {
        match sight {
            Sight::Here => {}
            Sight::Unseen => world.line(&format!("{head} unseen")),
            Sight::Missed(listings) => {
                world.line(&format!("{head} gone"));
                let key = world.known(id(head));
                let gone = world.views[key.side()].gone.get_mut(&key).expect("just gone");
                gone.listings = listings;
            }
            Sight::Dormant if head == pair.upguard.0 => world.line(pair.dormant?),
            Sight::Dormant => return None,
        }
    }
    let is_seen = row.highlevel == Sight::Here && row.upguard != Sight::Here;
    if (row.edited || row.marked) && !is_seen {
        return None;
    }
    if row.edited {
        world.line(&format!("{} | {}", pair.highlevel.0, pair.edit));
    }
    if row.marked {
        world.line(&format!("{} | {}", pair.highlevel.0, pair.mark));
    }
    if !row.based {
        world.line("forget bases");
    }
    for (certified, (_, resource)) in
        [(row.certified.0, pair.upguard), (row.certified.1, pair.highlevel)]
    {
        let kind = match resource {
            Resource::VendorContact => "person",
            other => other.entity(),
        };
        if !certified {
            world.line(&format!("incomplete {kind}"));
        }
    }
    Some(world)
}

fn fate(pair: &Pair, mut plan: Plan) -> Option<Fate> {
    let ours = |name: &concordat_model::MappingName| name.as_str() == pair.mapping;
    plan.steps.retain(|it| ours(&it.mapping));
    plan.held.retain(|it| ours(&it.mapping));
    plan.settlements.retain(|it| ours(&it.mapping) && it.fields.contains_key(&"archived".into()));
    plan.dismissals.retain(|it| ours(&it.mapping));
    plan.quarantined.retain(|it| ours(&it.mapping));
    let told = plan.steps.len()
        + plan.held.len()
        + plan.settlements.len()
        + plan.dismissals.len()
        + plan.quarantined.len();
    if told > 1 {
        return None;
    }
    let written = plan.steps.iter().map(|it| match it.action {
        Action::Archive => Some(Fate::Archived),
        Action::Delete => Some(Fate::Deleted),
        Action::Create | Action::Update => None,
    });
    let held = plan.held.iter().map(|it| match it.why.rule {
        Rule::NotSeen => Some(Fate::NotSeen),
        Rule::Dormant => Some(Fate::Dormant),
        Rule::Gone => Some(Fate::Gone),
        Rule::EditWins => Some(Fate::EditWins),
        Rule::Unarchivable => Some(Fate::Unarchivable),
        _ => None,
    });
    let recorded = plan.settlements.iter().map(|_| Some(Fate::Recorded));
    let dismissed = plan.dismissals.iter().map(|_| Some(Fate::Dismissed));
    let waiting = plan.quarantined.iter().map(|_| Some(Fate::Quarantined));
    let mut all = written.chain(held).chain(recorded).chain(dismissed).chain(waiting);
    all.next().unwrap_or(Some(Fate::Nothing))
}

#[test]
fn what_is_gone_becomes_what_the_text_says() {
    let mut count = 0;
    let worlds = [(&PAIRS[..], agreed(), false), (&MADE[..], made(), true)];
    for (pair, agreed, deletable) in worlds.iter().flat_map(|(pairs, agreed, deletable)| {
        pairs.iter().map(move |pair| (pair, agreed, *deletable))
    }) {
        for row in rows(pair.kind, deletable) {
            // A person is said to archive it, or not, while it is gone.
            let is_ruled = row.said != Said::Nothing;
            if is_ruled && !matches!(row.upguard, Sight::Missed(_)) {
                continue;
            }
            let Some(world) = world(pair, &row, agreed) else { continue };
            let plan = world.plan();
            let text = paper::text(&plan);
            let is = fate(pair, plan);
            assert_eq!(is, Some(expected(&row)), "{} {row:?}\n{text}", pair.mapping);
            count += 1;
        }
    }
    assert!(count > 4000, "only {count} rows");
}
