//! How does somebody sign in, into a location and into an agency, and what does that ask for? A person's browser is
//! no part of either description: what it does, it does past them.

use std::sync::{Arc, Mutex};

use concordat_connectors::highlevel::oauth::{App, Holder, Office};
use concordat_model::Side;
use concordat_remote::{Method, Request, Transport};
use concordat_sandbox::highlevel::oauth::{CLIENT_ID, CLIENT_SECRET};
use concordat_sandbox::{Options, World};

use super::traffic::ask;

const BACK: &str = "http://localhost/back";

/// Consents, takes the tokens, renews them, and opens a location with those of its agency.
pub async fn sign_in(way: Arc<dyn Transport>, world: &Mutex<World>) {
    for holder in [Holder::Location, Holder::Agency] {
        let code = consent(&mut world.lock().expect("no poison"));
        let [client_id, client_secret] = [CLIENT_ID, CLIENT_SECRET].map(|it| it.to_owned().into());
        let office = Office::new(Arc::clone(&way), App { client_id, client_secret, holder });
        let issued = office.exchange(&code, BACK).await.expect("tokens");
        drop(office.refresh(&issued.refresh).await);
        if let (Holder::Agency, Some(company)) = (holder, &issued.company) {
            let location = Options::default().location_id;
            drop(office.location_token(&issued.access.secret, company, &location).await);
        }
    }
}

/// The code that a person's consent gives.
fn consent(world: &mut World) -> String {
    let query = [("response_type", "code"), ("client_id", CLIENT_ID), ("redirect_uri", BACK)];
    let request = Request {
        method: Method::Get,
        path: "/v2/oauth/chooselocation".into(),
        query: query.map(|(name, it)| (name.into(), it.into())).into(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let answer = ask(world, Side::Highlevel, &request);
    let (_, back) = answer.headers.iter().find(|(name, _)| name == "location").expect("a way back");
    back.split_once("code=").expect("a code").1.to_owned()
}
