//! What names a record that is made before it by the same plan? The step says which link's record that will
//! be; its id is known once it is made. What belongs to it is not made without it, a contact is without its
//! business.

use crate::{LinkId, Path, RecordId, Resource, Step, Value};

impl Resource {
    /// The native field that names another record: the one it belongs to, or, of a contact, its business
    /// (`highlevel.md` §6.1).
    pub fn names_by(self) -> Option<Path> {
        match self {
            Resource::Contact => Some(Path::from("businessId")),
            Resource::Task
            | Resource::Note
            | Resource::Comment
            | Resource::Vendor
            | Resource::VendorContact
            | Resource::Business
            | Resource::Threat
            | Resource::Disclosure
            | Resource::Lead
            | Resource::Waiver
            | Resource::App
            | Resource::Risk
            | Resource::Questionnaire
            | Resource::Notification
            | Resource::VendorNote
            | Resource::CustomField => self.belongs_by(),
        }
    }

    /// Where a plan says, in place of [`Resource::names_by`], which link's record is named: one that the
    /// same plan makes.
    pub fn names_by_link(self) -> Option<Path> {
        self.names_by().map(|path| Path::new(format!("{path} of link")))
    }
}

impl Step {
    /// The link whose record it will name, if the same plan makes that record.
    pub fn awaits(&self) -> Option<LinkId> {
        let link = self.constants.get(&self.resource.names_by_link()?)?;
        Some(LinkId::new(link.as_text()?))
    }

    /// The same step, once the record it awaits is there, or was not made; nothing: then nothing is left
    /// to be done.
    pub fn placed(mut self, at: Option<&RecordId>) -> Option<Step> {
        let paths = self.resource.names_by().zip(self.resource.names_by_link());
        let Some((path, link)) = paths else { return Some(self) };
        self.constants.remove(&link);
        let belongs = self.resource.belongs_by().is_some();
        match at {
            Some(at) => {
                let at = Value::text(at.as_str());
                match self.fields.iter_mut().find(|it| it.path == path) {
                    Some(field) => {
                        // What the other side says of it is where it stands; of what belongs, nothing.
                        field.source = field.source.take().map(|_| at.clone());
                        field.after = Some(at);
                    }
                    None => drop(self.constants.insert(path, at)),
                }
            }
            None if belongs => return None,
            None => self.fields.retain(|it| it.path != path),
        }
        (!self.fields.is_empty()).then_some(self)
    }
}
