//! What will a record belong to that is made before it by the same plan? The step names the link whose
//! record that will be; its id is known once it is made.

use crate::{LinkId, RecordId, Step, Value};

impl Step {
    /// The link whose record its own will belong to, if the same plan makes that record.
    pub fn awaits(&self) -> Option<LinkId> {
        let link = self.constants.get(&self.resource.belongs_by_link()?)?;
        Some(LinkId::new(link.as_text()?))
    }

    /// The same step, once the record it awaits is there.
    pub fn placed(mut self, at: &RecordId) -> Step {
        let paths = self.resource.belongs_by().zip(self.resource.belongs_by_link());
        let Some((path, link)) = paths else { return self };
        self.constants.remove(&link);
        let at = Value::text(at.as_str());
        match self.fields.iter_mut().find(|it| it.path == path) {
            Some(field) => field.after = Some(at),
            None => drop(self.constants.insert(path, at)),
        }
        self
    }
}
