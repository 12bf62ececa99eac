//! What does a plan look like that is made from a neighbourhood of a [`World`]? And what moved between two
//! moments of one?

use std::collections::BTreeSet;
use std::convert::Infallible;

use concordat_diff::{Extent, Inputs, Restless, Seeds, Shelf, neighbourhood, reconcile, restless};
use concordat_model::{Agreements, Choice, Link, Mirrored, Plan, RecordKey, Resource, Side, View};

use crate::world::World;

impl Shelf for World {
    type Error = Infallible;

    fn records(&self, resource: Resource, see: &mut dyn FnMut(Mirrored)) -> Result<(), Infallible> {
        let records = self.views[resource.side()].records.values();
        records.filter(|it| it.record.key.resource == resource).cloned().for_each(see);
        Ok(())
    }

    fn record(&self, key: &RecordKey) -> Result<Option<Mirrored>, Infallible> {
        Ok(self.views[key.side()].records.get(key).cloned())
    }

    fn links(&self, see: &mut dyn FnMut(Link)) -> Result<(), Infallible> {
        self.agreements.links.values().cloned().for_each(see);
        Ok(())
    }

    fn links_of(&self, key: &RecordKey) -> Result<Vec<Link>, Infallible> {
        let names = |it: &&Link| it.ends[key.side()].contains(key);
        Ok(self.agreements.links.values().filter(names).cloned().collect())
    }
}

impl World {
    /// The plan made from the neighbourhood of `seeds`, and how many people were looked at.
    pub fn plan_around(&self, seeds: Seeds) -> (Plan, usize) {
        let (plan, people, _) = self.look_around(seeds);
        (plan, people)
    }

    /// The plan made from the neighbourhood of `seeds`, how many people were looked at, and where the next
    /// one begins, if nothing moves.
    pub fn look_around(&self, seeds: Seeds) -> (Plan, usize, Seeds) {
        let heads = self.views.clone().map(|_, view| View { records: [].into(), ..view });
        let bare = Agreements { links: [].into(), ..self.agreements.clone() };
        let Ok(near) = self.with(|all| {
            let (agreements, views) = (&bare, heads.as_ref());
            neighbourhood(&Inputs { agreements, views, ..all.clone() }, seeds, self)
        });
        let agreements = Agreements { links: near.links, ..bare };
        let people = near.views.iter().map(|(_, view)| {
            let crowd = [Resource::VendorContact, Resource::Contact];
            view.records.keys().filter(|it| crowd.contains(&it.resource)).count()
        });
        let people = people.sum();
        let (plan, next) = self.with(|all| {
            let inputs = Inputs {
                agreements: &agreements,
                views: near.views.as_ref(),
                extent: Extent::Part(&near.part),
                ..all.clone()
            };
            let plan = reconcile(&inputs);
            let next = restless(&inputs, &plan);
            (plan, next)
        });
        let mut next = begun(next);
        next.standstills.extend(near.part.standstills);
        (plan, people, next)
    }

    /// What has to be looked at again after `plan`, which was made here.
    pub fn restless(&self, plan: &Plan) -> Seeds {
        begun(self.with(|inputs| restless(inputs, plan)))
    }

    /// What is another than it was in `before`.
    pub fn moved_since(&self, before: &World) -> Seeds {
        let mut seeds = Seeds::default();
        for side in Side::BOTH {
            let (was, is) = (&before.views[side], &self.views[side]);
            let keys: BTreeSet<&RecordKey> = was.records.keys().chain(is.records.keys()).collect();
            let moved = keys.into_iter().filter(|key| {
                was.records.get(*key) != is.records.get(*key)
                    || was.gone.get(*key) != is.gone.get(*key)
            });
            seeds.records.extend(moved.cloned());
        }
        let links = self.agreements.links.iter();
        let touched = links.filter(|(id, link)| before.agreements.links.get(*id) != Some(*link));
        seeds.links.extend(touched.map(|(id, _)| id.clone()));
        let (was, is) = (&before.agreements, &self.agreements);
        let decided = is.taken.iter().filter(|(key, it)| was.taken.get(*key) != Some(*it));
        seeds.links.extend(decided.map(|((link, _), _)| link.clone()));
        let learned = is.lessons.iter().filter(|(key, it)| was.lessons.get(*key) != Some(*it));
        seeds.links.extend(learned.map(|((link, _), _)| link.clone()));
        let chosen = is.choices.iter().filter(|(key, it)| was.choices.get(*key) != Some(*it));
        for ((_, record), choice) in chosen {
            seeds.records.insert(record.clone());
            if let Choice::Link(other) = choice {
                seeds.records.insert(other.clone());
            }
        }
        seeds
    }
}

fn begun(Restless { waiting, standstills }: Restless) -> Seeds {
    Seeds { waiting, standstills, ..Seeds::default() }
}
