//! What would carrying out a plan do? Steps are written into the views, settlements and receipts into
//! the agreements: what `apply` and the ledger do, without I/O, crashes or people in between.

use std::collections::BTreeSet;

use concordat_model::{
    Action, Agreed, Agreement, Dismissal, Endowment, Field, FieldStep, Lesson, Link, LinkId,
    Matched, Mirrored, Occasion, Path, Plan, RecordKey, Resource, Side, Sides, Sight, Step, Unkept,
};

use crate::natives::title;
use crate::world::{World, at};

impl World {
    /// Carries out `plan`, and remembers it as a run would.
    pub fn apply(&mut self, plan: &Plan) {
        self.minute += 60;
        let now = at(self.minute);
        for it in &plan.settlements {
            let entry = self.next_entry();
            let link = self.link(&it.link, &it.mapping, &it.ends);
            link.ends = it.ends.clone();
            if let Some(Matched::Succeeds(_)) = it.matched {
                (link.stamps, link.read_back) = Default::default();
            }
            for side in Side::BOTH {
                link.stamps[side] = link.stamps[side].max(it.stamps[side]);
            }
            for (field, agreed) in &it.fields {
                link.note_edits(field, &agreed.held);
                link.agree(field, agreed.clone(), Occasion::found(entry, now));
            }
            link.touched.entry = entry;
            self.agreements.rulings.remove(&it.link);
            self.agreements.dismissed.remove(&it.link);
        }
        for it in &plan.dismissals {
            self.dismiss(it);
        }
        let mut unkept = BTreeSet::new();
        for step in &plan.steps {
            let awaited = step
                .awaits()
                .map(|link| self.agreements.links[&link].ends[step.side][0].id.clone());
            let step = &awaited
                .map_or_else(|| step.clone(), |at| step.clone().placed(Some(&at)).expect("a step"));
            let fed = |field: &FieldStep| {
                let mut sources = step.sources.iter();
                sources.all(|it| !unkept.contains(&(it.clone(), field.name.clone())))
            };
            if step.fields.iter().all(fed) {
                unkept.extend(self.carry_out(step));
                let endowments = plan.endowments.iter().filter(|it| it.made_for == step.link);
                endowments.for_each(|it| self.endow(it, step));
            }
        }
        if plan.scope.is_whole() {
            let began = at(self.minute);
            let done = plan.first_agreement.iter().map(|it| (it.clone(), began));
            self.agreements.first_done.extend(done);
            self.agreements.mapping = Some(plan.mapping.clone());
            self.agreements.tenants =
                Some(plan.tenants.as_ref().map(|_, tenant| tenant.id.clone()));
            let seen = plan.census.iter().filter(|it| it.complete);
            self.agreements.population = seen.map(|it| (it.resource, it.now)).collect();
        }
    }

    /// The number of the next entry.
    fn next_entry(&mut self) -> u64 {
        self.entry += 1;
        self.entry
    }

    /// Answers the fields that the side did not keep.
    fn carry_out(&mut self, step: &Step) -> Vec<(RecordKey, Field)> {
        let key = match step.action {
            Action::Create => self.make(step),
            Action::Update | Action::Archive => step.record.clone().expect("it names its record"),
            Action::Delete => return self.take_away(step),
        };
        let (side, now, entry) = (step.side, at(self.minute), self.next_entry());
        let mirrored = self.views[side].records.get_mut(&key).expect("a record of the view");
        let (mut base, mut found, mut unkept) = (Vec::new(), Vec::new(), Vec::new());
        for field in &step.fields {
            let held = mirrored.record.reading.get(&field.path).cloned().flatten();
            let planned = field;
            let Some(field) = planned.onto(&held) else {
                panic!("{} moved since the plan was made", field.name)
            };
            if self.ignored.contains(&(step.resource, field.path.clone())) {
                let lesson =
                    Lesson { side, sent: field.after.clone(), what: Unkept::Discarded, at: at(0) };
                self.agreements.lessons.insert((step.link.clone(), field.name.clone()), lesson);
                unkept.push((key.clone(), field.name.clone()));
                continue;
            }
            mirrored.record.reading.set(field.path.clone(), field.after.clone());
            let mut before = Sides::from_fn(|_| field.source.clone());
            before[side] = field.before.clone();
            found.push((field.name.clone(), before));
            // A set that somebody changed since the plan: what they did has not reached the other side.
            if field.before != planned.before {
                unkept.push((key.clone(), field.name.clone()));
                continue;
            }
            mirrored.moved.remove(&field.path);
            let held =
                Sides::from_fn(
                    |it| {
                        if it == side { field.after.clone() } else { field.source.clone() }
                    },
                );
            base.push((field.name.clone(), Agreed { held, how: Agreement::Equal }));
        }
        // Only a listing shows when a task was changed: its link does not learn it from being read back.
        let is_listed = step.resource == Resource::Task;
        if mirrored.record.stamp.is_some() || is_listed {
            mirrored.record.stamp = Some(now);
        }
        mirrored.record.name = title(&mirrored.record).into();
        mirrored.read_at = Some(now);
        let stamp = mirrored.record.stamp.filter(|_| !is_listed);
        let ends =
            Sides::from_fn(|it| if it == side { vec![key.clone()] } else { step.sources.clone() });
        let link = self.link(&step.link, &step.mapping, &ends);
        link.stamps[side] = link.stamps[side].max(stamp);
        link.read_back[side] = Some(now);
        let source = side.other();
        link.stamps[source] = link.stamps[source].max(step.source_stamp);
        if step.action == Action::Create {
            link.made = Some(key.clone());
        }
        found.iter().for_each(|(field, before)| link.note_edits(field, before));
        for (field, agreed) in base {
            let occasion = Occasion { written: Some(side), ..Occasion::found(entry, now) };
            link.agree(&field, agreed, occasion);
        }
        link.touched.entry = entry;
        self.agreements.rulings.remove(&step.link);
        self.agreements.dismissed.remove(&step.link);
        unkept
    }

    /// What the record that `step` made holds of an endowment is agreed.
    fn endow(&mut self, it: &Endowment, step: &Step) {
        let made = self.agreements.links[&step.link].ends[step.side][0].clone();
        let reading = self.views[step.side].records[&made].record.reading.clone();
        let kept =
            |field: &&FieldStep| reading.get(&field.path).is_some_and(|it| field.is_done(it));
        let agreed = it.fields.iter().filter(kept).map(|field| {
            let mut held = Sides::from_fn(|_| field.source.clone());
            held[step.side] = field.after.clone();
            (field.name.clone(), Agreed { held, how: Agreement::Equal })
        });
        let agreed: Vec<_> = agreed.collect();
        let mut ends = Sides::<Vec<RecordKey>>::default();
        ends[step.side].push(made.clone());
        ends[it.one.side()].push(it.one.clone());
        let id = LinkId::between(&self.pair, &it.mapping, &it.one, &made);
        let occasion = Occasion::found(self.next_entry(), at(self.minute));
        let link = self.link(&id, &it.mapping, &ends);
        agreed.into_iter().for_each(|(field, agreed)| link.agree(&field, agreed, occasion));
        link.touched.entry = occasion.entry;
    }

    /// The record is not there any more, and its link joins nothing.
    fn take_away(&mut self, step: &Step) -> Vec<(RecordKey, Field)> {
        let key = step.record.as_ref().expect("it names its record");
        self.views[step.side].records.remove(key).expect("a record of the view");
        for source in &step.sources {
            self.agreements.choices.remove(&(step.mapping.clone(), source.clone()));
        }
        let mut link = Link::new(step.link.clone(), step.mapping.clone());
        link.touched.entry = self.next_entry();
        self.agreements.links.insert(step.link.clone(), link);
        self.agreements.lessons.retain(|(link, _), _| *link != step.link);
        self.agreements.rulings.remove(&step.link);
        Vec::new()
    }

    fn dismiss(&mut self, it: &Dismissal) {
        for source in &it.sources {
            self.agreements.choices.remove(&(it.mapping.clone(), source.clone()));
        }
        let mut link = Link::new(it.link.clone(), it.mapping.clone());
        for source in &it.sources {
            link.ends[source.side()].push(source.clone());
        }
        link.touched.entry = self.next_entry();
        self.agreements.links.insert(it.link.clone(), link);
        self.agreements.rulings.remove(&it.link);
        self.agreements.dismissed.insert(it.link.clone(), it.clone());
    }

    fn make(&mut self, step: &Step) -> RecordKey {
        let dropped = |path: &Path| self.ignored.contains(&(step.resource, path.clone()));
        // A reference is a line of the body, and no field.
        let is_field = |path: &Path| path.as_str() != "reference" && !dropped(path);
        let kept: Vec<_> = step.constants.iter().filter(|(path, _)| is_field(path)).collect();
        let view = &mut self.views[step.side];
        let keys =
            (view.records.len()..).map(|it| RecordKey::new(step.resource, format!("new{it}")));
        let key = keys.into_iter().find(|it| !view.records.contains_key(it)).expect("a free id");
        let made = view.records.insert(key.clone(), blank(&key));
        assert!(made.is_none(), "{key} existed");
        let record = &mut view.records.get_mut(&key).expect("just made").record;
        record.parent = step.parent();
        let reading = &mut record.reading;
        for (path, value) in kept {
            reading.set(path.clone(), Some(value.clone()));
        }
        if let Some(marker) = &step.marker {
            let reading = &mut self.views[step.side].records.get_mut(&key).expect("made").record;
            let marker = concordat_model::Value::text(marker);
            reading.reading.set(step.resource.marker().expect("a marker's place"), Some(marker));
        }
        key
    }

    fn link(
        &mut self,
        id: &concordat_model::LinkId,
        mapping: &concordat_model::MappingName,
        ends: &Sides<Vec<RecordKey>>,
    ) -> &mut Link {
        let link = || Link::new(id.clone(), mapping.clone());
        let link = self.agreements.links.entry(id.clone()).or_insert_with(link);
        for side in Side::BOTH {
            link.ends[side].extend(ends[side].iter().cloned());
            link.ends[side].sort();
            link.ends[side].dedup();
        }
        link
    }
}

fn blank(key: &RecordKey) -> Mirrored {
    let mut world = World::default();
    let kind = match key.resource {
        concordat_model::Resource::Vendor => "vendor",
        concordat_model::Resource::VendorContact => "person",
        concordat_model::Resource::Business => "business",
        concordat_model::Resource::Contact => "contact",
        concordat_model::Resource::Threat => "threat",
        concordat_model::Resource::Task => "task",
        concordat_model::Resource::Comment => "comment",
        concordat_model::Resource::Note => "note",
        concordat_model::Resource::Notification => "notification",
        concordat_model::Resource::VendorNote => "memo",
        concordat_model::Resource::Disclosure => "leak",
        concordat_model::Resource::Risk => "risk",
        concordat_model::Resource::CustomField => "field",
        concordat_model::Resource::Lead => "lead",
        concordat_model::Resource::Waiver => "waiver",
        concordat_model::Resource::App => "app",
        concordat_model::Resource::Questionnaire => "questionnaire",
    };
    world.line(&format!("{kind} {}", key.id));
    let mut mirrored = world.views[key.side()].records[key].clone();
    mirrored.record.sight = Sight::Read;
    mirrored
}
