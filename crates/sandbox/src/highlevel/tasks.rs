//! What do the task operations below a contact answer? On the primary store, in a shape without
//! timestamps (HighLevel sheet §7). The location's search is elsewhere.

use serde_json::{Map, Value, json};

use super::members::{Kind, check, required};
use super::task::{CREATE_MEMBERS, Task, UPDATE_MEMBERS};
use super::{HighLevel, error, people, unprocessable};
use crate::effects::Occasion;
use crate::http::{Answer, Call, Response};

pub(super) fn list(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let contact = people::find(highlevel, occasion, call.param(0))?;
    let tasks = highlevel.tasks.of(&contact.id);
    let rows: Vec<Value> = tasks.iter().map(Task::shown).collect();
    Ok(Response::json(200, &json!({ "tasks": rows })))
}

pub(super) fn create(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let contact = people::find(highlevel, occasion, call.param(0))?;
    let body = check(call, &CREATE_MEMBERS)?;
    let task = highlevel.add_task(occasion, &contact.id, &body).map_err(unprocessable)?;
    Ok(Response::json(201, &json!({ "task": task.shown() })))
}

pub(super) fn get(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let task = find(highlevel, occasion, call)?;
    Ok(Response::json(200, &json!({ "task": task.shown() })))
}

pub(super) fn update(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let task = find(highlevel, occasion, call)?;
    let body = check(call, &UPDATE_MEMBERS)?;
    let task = highlevel.change_task(occasion, task, &body).map_err(unprocessable)?;
    Ok(Response::json(200, &json!({ "task": task.shown() })))
}

pub(super) fn complete(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let task = find(highlevel, occasion, call)?;
    let body = check(call, &[required("completed", Kind::Bool)])?;
    let task = highlevel.change_task(occasion, task, &body).map_err(unprocessable)?;
    Ok(Response::json(200, &json!({ "task": task.shown() })))
}

pub(super) fn delete(
    highlevel: &mut HighLevel,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let task = find(highlevel, occasion, call)?;
    highlevel.drop_task(occasion, &task);
    highlevel.touch(occasion, &task.contact_id, occasion.switches.task_moves_date_updated);
    Ok(Response::json(200, &json!({ "succeded": true })))
}

/// The task, if it hangs on the contact of the path. What its absence looks like is unpublished;
/// it is answered as a contact's is.
fn find(highlevel: &HighLevel, occasion: &Occasion<'_>, call: &Call<'_>) -> Result<Task, Response> {
    let contact = people::find(highlevel, occasion, call.param(0))?;
    let id = call.param(1);
    let status = occasion.switches.missing_task_status;
    let missing = || error(status, json!(format!("Task not found for id:{id}")));
    let found = highlevel.tasks.get(id).filter(|task| task.contact_id == contact.id);
    found.cloned().ok_or_else(missing)
}

impl HighLevel {
    pub(super) fn add_task(
        &mut self,
        occasion: &mut Occasion<'_>,
        contact_id: &str,
        set: &Map<String, Value>,
    ) -> Result<Task, String> {
        let id = self.random.alphanumeric_id();
        let mut task = Task::new(id, contact_id.to_owned(), occasion.side_time);
        task.write(set)?;
        occasion.created("task", task.id.as_str(), task.shown());
        self.put_task(occasion, task.clone());
        self.touch(occasion, contact_id, occasion.switches.task_moves_date_updated);
        Ok(task)
    }

    pub(super) fn change_task(
        &mut self,
        occasion: &mut Occasion<'_>,
        mut task: Task,
        set: &Map<String, Value>,
    ) -> Result<Task, String> {
        task.write(set)?;
        Ok(self.settle_task(occasion, task))
    }

    /// Stores a changed task: notes the effects and moves the stamps.
    fn settle_task(&mut self, occasion: &mut Occasion<'_>, mut after: Task) -> Task {
        let before = self.tasks.get(&after.id).map(Task::fields).unwrap_or_default();
        let moved = occasion.changed("task", after.id.as_str(), &before, &after.fields());
        if !moved.is_empty() || occasion.switches.identical_put_moves_date_updated {
            after.date_updated = occasion.side_time;
            self.put_task(occasion, after.clone());
        }
        let moves = occasion.switches.task_moves_date_updated && !moved.is_empty();
        self.touch(occasion, &after.contact_id, moves);
        after
    }

    /// The winner of a merge gets the tasks (§6.7).
    pub(super) fn move_tasks(&mut self, occasion: &mut Occasion<'_>, from: &str, to: &str) {
        for mut task in self.tasks.of(from) {
            to.clone_into(&mut task.contact_id);
            self.settle_task(occasion, task);
        }
    }

    pub(super) fn drop_task(&mut self, occasion: &mut Occasion<'_>, task: &Task) {
        occasion.deleted("task", task.id.as_str(), task.shown());
        self.task_index.hear(occasion.at, task, false);
        self.tasks.remove(&task.id);
    }

    fn put_task(&mut self, occasion: &Occasion<'_>, task: Task) {
        self.task_index.hear(occasion.at, &task, true);
        self.tasks.put(task);
    }
}
