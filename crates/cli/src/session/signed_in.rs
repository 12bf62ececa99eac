//! With what is a location opened, and what does it take to sign in to it?

use std::collections::BTreeSet;
use std::sync::Arc;

use concordat_connectors::highlevel::oauth::{ANSWER_WITHIN, App, Holder, Office};
use concordat_connectors::{Credentials, HttpOptions, HttpTransport, Reach, highlevel};
use concordat_model::Side;
use secrecy::ExposeSecret;

use super::Session;
use crate::clock::OsClock;
use crate::code::Code;
use crate::config::{OAuth, SignIn};
use crate::failure::Failure;
use crate::grant::{Branch, Grant};
use crate::tokens::TokenFile;

impl Session {
    /// What opens the location.
    pub(super) fn credentials(&self) -> Result<Arc<dyn Credentials>, Failure> {
        match &self.place.token {
            Some(token) => Ok(Arc::new(self.loaded.secret(token, &self.around)?)),
            None => {
                let grant = Grant::new(self.office()?.0, self.consent_file()?);
                let location = self.location().to_owned();
                Ok(match self.oauth()?.sign_in {
                    SignIn::Location => Arc::new(grant),
                    SignIn::Agency => Arc::new(Branch::new(grant, location, self.token_file())),
                })
            }
        }
    }

    /// What HighLevel said the token may do, if somebody signed in.
    pub(super) fn signed_reach(&self) -> Reach {
        if self.place.token.is_some() {
            return Reach::Untold;
        }
        match self.token_file().load() {
            Ok(Some(tokens)) if !tokens.scopes.is_empty() => {
                Reach::Scopes(tokens.scopes.into_iter().collect())
            }
            Ok(_) | Err(_) => Reach::Untold,
        }
    }

    /// The app that a person consents to.
    ///
    /// # Errors
    /// If there is none, or the pair has a token of its own.
    pub fn oauth(&self) -> Result<&OAuth, Failure> {
        let oauth = self.loaded().config.highlevel.oauth.as_ref();
        oauth.filter(|_| self.place.token.is_none()).ok_or_else(|| {
            let says = "the location is opened by a token of its own, and nobody signs in";
            Failure::new(Code::Config, says)
                .hint("[highlevel.oauth] names the app into which a person signs in")
        })
    }

    /// Where its tokens are had, and the app's id.
    ///
    /// # Errors
    /// If a secret is missing, or an address cannot be used.
    pub fn office(&self) -> Result<(Office, String), Failure> {
        let [id, secret] = self.oauth()?.secrets();
        let client_id = self.loaded.secret(&id, &self.around)?;
        let client_secret = self.loaded.secret(&secret, &self.around)?;
        let url = self.loaded.config.addresses()[Side::Highlevel].url().clone();
        let options = HttpOptions { total_timeout: ANSWER_WITHIN, ..HttpOptions::default() };
        let transport = HttpTransport::new(url, &options)
            .map_err(|error| Failure::new(Code::Config, error.to_string()))?;
        let shown = client_id.expose_secret().to_owned();
        let holder = match self.oauth()?.sign_in {
            SignIn::Location => Holder::Location,
            SignIn::Agency => Holder::Agency,
        };
        let app = App { client_id, client_secret, holder };
        let office = Office::new(Arc::new(transport), app);
        Ok((office.heard_by(Arc::new(OsClock), self.request_log().observer()), shown))
    }

    /// Where is kept what a person's consent gives: of the location, or of its agency.
    ///
    /// # Errors
    /// If nobody signs in.
    pub fn consent_file(&self) -> Result<TokenFile, Failure> {
        Ok(match self.oauth()?.sign_in {
            SignIn::Location => self.token_file(),
            SignIn::Agency => TokenFile::of_agency(self.state_dir()),
        })
    }

    /// Where its tokens are kept.
    pub fn token_file(&self) -> TokenFile {
        TokenFile::of(self.state_dir(), self.location())
    }

    /// Its location.
    pub fn location(&self) -> &str {
        &self.place.location_id
    }

    /// What the mappings of the pair need, and `doctor --fix`; and an agency, to open its locations.
    pub fn scopes(&self) -> Vec<String> {
        let resources = self.rules.resources(Side::Highlevel);
        let needs = resources.into_iter().map(highlevel::needs);
        let calls = needs.flat_map(|it| it.reads.iter().chain(it.writes));
        let mut scopes: BTreeSet<&str> =
            calls.chain(highlevel::ALWAYS).map(|it| it.permission).collect();
        scopes.insert("locations/customFields.write");
        let oauth = self.loaded().config.highlevel.oauth.as_ref();
        if oauth.is_some_and(|it| it.sign_in == SignIn::Agency) {
            scopes.insert(highlevel::LOCATION_TOKEN.permission);
        }
        scopes.into_iter().map(str::to_owned).collect()
    }
}
