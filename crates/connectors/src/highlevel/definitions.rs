//! Which custom fields of contacts are defined, and how is one defined that is missing? Looked up once
//! per pull: definitions change between pulls.

use std::collections::BTreeMap;
use std::sync::Arc;

use concordat_remote::{Failure, WriteError};

use super::wire::custom::{self, CustomKind, Definitions};
use super::{Highlevel, operations};
use crate::call::Call;
use crate::caller::lock;

/// What became of a custom field that was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defined {
    /// It was there.
    Already,
    /// It was made, and is there now.
    Made,
}

/// How a custom field that is wanted stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is defined, and holds what is wanted.
    Defined,
    /// It is defined, and holds something else.
    OtherKind,
    /// It is not defined.
    Missing,
}

impl Highlevel {
    /// How the custom fields `wanted` stand, by key without `contact.`; looked up now.
    ///
    /// # Errors
    /// If they cannot be listed.
    pub async fn custom_fields(
        &self,
        wanted: &BTreeMap<String, CustomKind>,
    ) -> Result<BTreeMap<String, Standing>, Failure> {
        let listed = self.list_definitions().await?.definitions;
        let standing = |key: &str, kind| match listed.iter().find(|it| it.is(key)) {
            Some(it) if it.holds(kind) => Standing::Defined,
            Some(_) => Standing::OtherKind,
            None => Standing::Missing,
        };
        Ok(wanted.iter().map(|(key, kind)| (key.clone(), standing(key, *kind))).collect())
    }

    /// Those known, else those looked up.
    pub(super) async fn definitions(&self) -> Result<Arc<Definitions>, Failure> {
        // Held while asking, so that many first readers ask once.
        let _asking = self.asking.lock().await;
        if let Some(known) = self.known_definitions() {
            return Ok(known);
        }
        Ok(self.learn(self.list_definitions().await?))
    }

    /// Those looked up anew.
    pub(super) async fn look_up_definitions(&self) -> Result<Arc<Definitions>, Failure> {
        let _asking = self.asking.lock().await;
        Ok(self.learn(self.list_definitions().await?))
    }

    pub(super) fn known_definitions(&self) -> Option<Arc<Definitions>> {
        lock(&self.definitions).clone()
    }

    fn learn(&self, listing: custom::Listing) -> Arc<Definitions> {
        let learnt = Arc::new(Definitions::of(listing.definitions, &self.custom_fields));
        *lock(&self.definitions) = Some(Arc::clone(&learnt));
        learnt
    }

    async fn list_definitions(&self) -> Result<custom::Listing, Failure> {
        let ids = [self.location.as_str()];
        let call = Call::new(operations::CUSTOM_FIELDS, &ids).query("model", "contact");
        let reply = self.caller.call(call).await?;
        Ok(self.caller.understood(&reply, custom::list(&reply.body))?)
    }

    /// Makes sure that contacts have a custom field with the key `key`, written without `contact.`.
    /// People see it as `name`, of which the side makes the key. Calling it again does no harm: it
    /// looks first, and sends nothing unless it is certain that neither key nor name is taken.
    ///
    /// # Errors
    /// If the name does not give the key, the key holds something else, the name is another field's,
    /// or the side refuses. After a doubt, calling it again tells.
    pub async fn define(
        &self,
        key: &str,
        name: &str,
        kind: CustomKind,
    ) -> Result<Defined, WriteError> {
        let operation = operations::DEFINE;
        let cannot = |says: String| Err(self.cannot(operation, says));
        if custom::key_of(name) != key {
            return cannot(format!("the key of a field called `{name}` would not be `{key}`"));
        }
        // Held to the end, so that two callers do not both find nothing.
        let _asking = self.asking.lock().await;
        let before = self.list_definitions().await.map_err(WriteError::NoEffect)?;
        match before.definitions.iter().find(|it| it.is(key)) {
            Some(it) if it.holds(kind) => return Ok(Defined::Already),
            Some(_) => return cannot(format!("the custom field `{key}` holds something else")),
            None if before.definitions.iter().any(|it| it.is_called(name)) => {
                return cannot(format!("another custom field is called `{name}`"));
            }
            None if !before.is_whole => {
                return cannot("a definition cannot be read, and may be this one".to_owned());
            }
            None => {}
        }
        let ids = [self.location.as_str()];
        let call = Call::new(operation, &ids).body(custom::definition(name, kind));
        self.caller.call(call).await?;
        let after = self.list_definitions().await.map_err(WriteError::InDoubt)?;
        if !after.definitions.iter().any(|it| it.is(key) && it.holds(kind)) {
            let says = format!("the custom field `{key}` is not there after it was made");
            return Err(WriteError::InDoubt(self.caller.refuse(operation, says)));
        }
        self.learn(after);
        Ok(Defined::Made)
    }
}
