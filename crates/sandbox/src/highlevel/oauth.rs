//! How are tokens given and renewed (§2)? Consent, exchange, and refresh tokens that are good for once: the
//! same answer again for a while, and then none. Knows nothing of what a token opens.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::{HighLevel, bad_request, error};
use crate::http::{Answer, Request, Response};
use crate::random::Random;
use crate::switches::{Switches, seconds};

/// The app's id, for everybody who tries the sandbox.
pub const CLIENT_ID: &str = "sandbox-app";
/// The app's secret.
pub const CLIENT_SECRET: &str = "sandbox-app-secret";

const SPENT: &str = "Invalid grant: refresh token is invalid";

/// A token that opens a location until then.
#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) token: String,
    pub(super) until: DateTime<Utc>,
}

/// A refresh token, and what it was exchanged for.
#[derive(Clone, Debug)]
struct Refresh {
    token: String,
    spent: Option<(DateTime<Utc>, Value)>,
}

/// What one location has given out.
#[derive(Clone, Debug, Default)]
pub(super) struct Office {
    codes: Vec<(String, String)>,
    refreshes: Vec<Refresh>,
    pub(super) accesses: Vec<Access>,
    given: u64,
}

impl Office {
    /// Whether the token was given here, valid or not.
    pub(super) fn gave(&self, token: &str) -> bool {
        self.accesses.iter().any(|it| it.token == token)
    }

    pub(super) fn opens(&self, token: &str, at: DateTime<Utc>) -> bool {
        self.accesses.iter().any(|it| it.token == token && at < it.until)
    }

    fn secret(&mut self, kind: &str) -> String {
        self.given += 1;
        format!("{kind}-{:016x}-{}", Random::new(self.given ^ 0x0a17).draw(), self.given)
    }
}

/// What everything asks for that is no route of a location: consent and tokens.
pub(crate) fn answer(
    location: &mut HighLevel,
    at: DateTime<Utc>,
    switches: &Switches,
    request: &Request,
) -> Option<Response> {
    let answer = match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/v2/oauth/chooselocation") => consent(location, request),
        ("POST", "/oauth/token") => token(location, at, switches, request),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

/// A person who always says yes.
fn consent(location: &mut HighLevel, request: &Request) -> Answer {
    let asked = |name: &str| request.query(name).unwrap_or_default();
    if asked("response_type") != "code" || asked("client_id") != CLIENT_ID {
        return Err(bad_request("Invalid parameter: client_id"));
    }
    let back = asked("redirect_uri").to_owned();
    let code = location.office.secret("code");
    location.office.codes.push((code.clone(), back.clone()));
    let mut parameters = url::form_urlencoded::Serializer::new(String::new());
    parameters.append_pair("code", &code);
    if let Some(state) = request.query("state") {
        parameters.append_pair("state", state);
    }
    let mut response = Response::empty(302);
    response.set("location", format!("{back}?{}", parameters.finish()));
    Ok(response)
}

fn token(
    location: &mut HighLevel,
    at: DateTime<Utc>,
    switches: &Switches,
    request: &Request,
) -> Answer {
    let form: Vec<(String, String)> =
        url::form_urlencoded::parse(&request.body).into_owned().collect();
    let said = |name: &str| {
        let found = form.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    let wanted =
        |name: &str| said(name).ok_or_else(|| bad_request(&format!("Missing parameter: {name}")));
    let app = (wanted("client_id")?, wanted("client_secret")?);
    if app != (CLIENT_ID, CLIENT_SECRET) {
        return Err(error(401, json!("Invalid client credentials!")));
    }
    match wanted("grant_type")? {
        "authorization_code" => {
            let code = (wanted("code")?.to_owned(), wanted("redirect_uri")?.to_owned());
            let place = location.office.codes.iter().position(|it| *it == code);
            let place = place.ok_or_else(|| bad_request("Invalid grant: code is invalid"))?;
            location.office.codes.remove(place);
            Ok(Response::json(200, &pair(location, at, switches)))
        }
        "refresh_token" => refresh(location, at, switches, wanted("refresh_token")?),
        _ => Err(bad_request("Invalid parameter: grant_type")),
    }
}

fn refresh(
    location: &mut HighLevel,
    at: DateTime<Utc>,
    switches: &Switches,
    token: &str,
) -> Answer {
    let place = location.office.refreshes.iter().position(|it| it.token == token);
    let place = place.filter(|_| !switches.highlevel_refresh_revoked);
    let place = place.ok_or_else(|| bad_request(SPENT))?;
    let again = seconds(switches.highlevel_refresh_again_seconds);
    match location.office.refreshes[place].spent.clone() {
        Some((since, _)) if since + again < at => Err(bad_request(SPENT)),
        Some((_, same)) => Ok(Response::json(200, &same)),
        None => {
            let pair = pair(location, at, switches);
            location.office.refreshes[place].spent = Some((at, pair.clone()));
            Ok(Response::json(200, &pair))
        }
    }
}

fn pair(location: &mut HighLevel, at: DateTime<Utc>, switches: &Switches) -> Value {
    let lasts = switches.highlevel_access_token_seconds;
    let (access, refresh) = (location.office.secret("access"), location.office.secret("refresh"));
    let until = at + TimeDelta::seconds(lasts);
    location.office.accesses.push(Access { token: access.clone(), until });
    location.office.refreshes.push(Refresh { token: refresh.clone(), spent: None });
    let scopes: Vec<String> = match &switches.highlevel_scopes {
        Some(held) => held.clone(),
        None => HighLevel::scopes(),
    };
    json!({
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": lasts,
        "refresh_token": refresh,
        "scope": scopes.join(" "),
        "userType": "Location",
        "locationId": location.location_id,
        "companyId": "sandboxCompany000001",
        "userId": "sandboxUser000000001",
    })
}
