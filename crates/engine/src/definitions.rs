//! Are the custom fields there that contacts need, and how do those come about that are not? As a run of
//! their own: settle, look, plan, and what the caller allows is pushed like anything else.

use std::collections::BTreeMap;

use concordat_diff::definitions::{self, Definition, Inputs};
use concordat_mapping::Rules;
use concordat_model::{Partition, Plan, Resource};
use concordat_remote::{Failure, Remote, Trail};

use crate::{Engine, EngineError};

/// How the custom fields stand that contacts need; asked now.
///
/// # Errors
/// If they cannot be listed.
pub async fn needed(rules: &Rules, highlevel: &dyn Remote) -> Result<Vec<Definition>, Failure> {
    let (mut trail, mut cursor) = (Trail::default(), None);
    let (mut defined, mut is_whole) = (Vec::new(), true);
    loop {
        let all = Partition::All(Resource::CustomField);
        let page = highlevel.page(&all, cursor.as_ref()).await?.body;
        let followed = trail.follow(&page);
        is_whole &= page.unreadable.is_empty() && followed.is_ok();
        defined.extend(page.records);
        match followed {
            Ok(Some(next)) => cursor = Some(next),
            Ok(None) | Err(_) => {
                return Ok(definitions::standing(&rules.definitions(), &defined, is_whole));
            }
        }
    }
}

impl Engine<'_> {
    /// The plan that defines those of `needed` that are missing.
    ///
    /// # Errors
    /// If a side does not say which account it is, or the ledger cannot be read.
    pub async fn definitions(&self, needed: &[Definition]) -> Result<Plan, EngineError> {
        let tenants = self.tenants().await?;
        let pair = self.terms.pair;
        let mut links = BTreeMap::new();
        for it in needed {
            let known = self.ledger.link(&definitions::link(pair, &it.key))?;
            links.extend(known.map(|link| (link.id.clone(), link)));
        }
        let inputs = Inputs {
            pair,
            mapping: &self.terms.rules.fingerprint,
            tenants: &tenants,
            agreements: &self.ledger.agreements(links),
            now: self.clock.now(),
        };
        Ok(definitions::plan(&inputs, needed))
    }
}
