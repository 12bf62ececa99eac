//! How does something that UpGuard found become a task, whatever it is? What all mappings that make tasks
//! have in common: title and body go to the task, its state says whether it is over, and what was over
//! before it had a task gets none. What a task may do in return, the mappings say themselves.

use std::collections::BTreeMap;

use concordat_model::{Field, MappingName, Path, Resource, Side, Sides, Value};

use crate::builtin::field;
use crate::expression::Expression;
use crate::lens::{Kind, Lens};
use crate::rules::{
    Access, Alike, Baseline, Contest, Creates, Due, Fallback, FieldRule, Joins, Mapping, Place,
    Strength,
};

/// The field that says whether a task is done.
const STATE: &str = "state";

/// What tasks are made of, and where they stand.
pub(crate) struct Found {
    /// The name of the mapping.
    pub name: &'static str,
    /// What is found. Its native field `title` is a task's title.
    pub resource: Resource,
    /// What makes their titles, if the native field does not.
    pub called: Option<Expression>,
    /// The native field that is a task's body.
    pub body: &'static str,
    /// Where the tasks stand.
    pub place: Place,
    /// The native field that says whether it is over, and how.
    pub over: (&'static str, Lens),
    /// What of it gets no task.
    pub unless: Vec<(Path, Value)>,
    /// What was there already gets no task; nothing: it does.
    pub baseline: Option<Baseline>,
    /// When a task is due.
    pub due: Due,
}

impl Found {
    /// What becomes a task once the native field `watched` moved, and asks to be looked at again each time it
    /// does. What it was when it was first seen is remembered. It is due `days` after it was seen to move, for
    /// nothing says how pressing it is, nor since when.
    pub(crate) fn once_moved(
        (name, resource): (&'static str, Resource),
        (place, watched): (Place, &'static str),
        days: u16,
    ) -> Found {
        Found {
            name,
            resource,
            called: None,
            body: "summary",
            place,
            over: (watched, Lens::Anew),
            unless: Vec::new(),
            baseline: Some(Baseline::Until(Field::new(STATE))),
            due: Due {
                at: None,
                severity: "severity".into(),
                since: "moved".into(),
                days: BTreeMap::new(),
                otherwise: days,
            },
        }
    }

    /// The mapping.
    pub(crate) fn mapping(self) -> Mapping {
        let plain = |path| (path, Lens::Plain);
        let path = self.called.as_ref().map_or("title", Expression::source);
        let mut title = self.field("title", Kind::Text, plain(path), plain("title"));
        title.ends.upguard.made.clone_from(&self.called);
        let body = self.field("body", Kind::Text, plain(self.body), plain("body"));
        let mut state = self.field(STATE, Kind::Flag, self.over.clone(), plain("completed"));
        if let Some(Baseline::Until(_)) = self.baseline {
            // A task says nothing of what moved. Of one that is found again, nobody knows for which move people
            // completed it: then it stays so.
            let end = &mut state.ends.upguard;
            (end.access, end.clearable) = (Access::Never, false);
            state.adopt = Some(Side::Highlevel);
        }
        Mapping {
            name: MappingName::new(self.name),
            resources: resources(self.resource),
            fields: vec![title, FieldRule { strength: Strength::Initial, ..body }, upguard(state)],
            sets: Vec::new(),
            identity: Sides { upguard: Vec::new(), highlevel: vec!["contactId".into()] },
            joins: Joins::Alike(Box::new(Alike {
                keys: Vec::new(),
                gathers: false,
                creates: Creates {
                    side: Side::Highlevel,
                    constants: BTreeMap::new(),
                    identity: None,
                    required: Some("title".into()),
                    suspects: Vec::new(),
                    place: self.place,
                    unless: self.unless,
                    baseline: self.baseline,
                    due: Some(self.due),
                },
            })),
        }
    }

    /// One more field of its task.
    pub(crate) fn field(
        &self,
        name: &str,
        kind: Kind,
        upguard: (&str, Lens),
        highlevel: (&str, Lens),
    ) -> FieldRule {
        field(resources(self.resource), name, kind, upguard, highlevel)
    }
}

fn resources(found: Resource) -> Sides<Resource> {
    Sides { upguard: found, highlevel: Resource::Task }
}

/// At the one contact for what is about our own organisation.
pub(crate) fn at(anchor: &str) -> Place {
    Place::Anchor(anchor.trim().to_owned())
}

/// The rule by which UpGuard's value wins where the times do not decide.
pub(crate) fn upguard(rule: FieldRule) -> FieldRule {
    FieldRule { contest: Contest::LastWriteWins { fallback: Fallback::Upguard }, ..rule }
}
