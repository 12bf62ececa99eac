//! How are tokens given and renewed (§2)? Consent, exchange, and refresh tokens that are good for once: the
//! same answer again for a while, and then none; and tokens of locations for that of their agency. Knows nothing
//! of what a token opens.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::limits::Meter;
use super::locations::Locations;
use super::{EXPIRED, HighLevel, UNSCOPED, VERSION, bad_request, error};
use crate::http::{Answer, Request, Response};
use crate::random::Random;
use crate::switches::{Switches, seconds};

/// The app's id, for everybody who tries the sandbox.
pub const CLIENT_ID: &str = "sandbox-app";
/// The app's secret.
pub const CLIENT_SECRET: &str = "sandbox-app-secret";

const TOKEN: &str = "/oauth/token";
const LOCATION_TOKEN: &str = "/oauth/locationToken";
/// The scope with which an agency's token gives those of locations.
const MINTS: &str = "oauth.write";
const COMPANY: &str = "sandboxCompany000001";
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

/// What one location, or the agency, has given out.
#[derive(Clone, Debug, Default)]
pub(super) struct Office {
    refreshes: Vec<Refresh>,
    pub(super) accesses: Vec<Access>,
}

/// The company whose locations these are: it lets people consent, and gives out tokens of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Agency {
    codes: Vec<(String, String)>,
    office: Office,
    meter: Meter,
    given: u64,
}

impl Agency {
    fn secret(&mut self, kind: &str) -> String {
        self.given += 1;
        format!("{kind}-{:016x}-{}", Random::new(self.given ^ 0x0a17).draw(), self.given)
    }
}

impl Office {
    /// Whether the token was given here, valid or not.
    pub(super) fn gave(&self, token: &str) -> bool {
        self.accesses.iter().any(|it| it.token == token)
    }

    pub(super) fn opens(&self, token: &str, at: DateTime<Utc>) -> bool {
        self.accesses.iter().any(|it| it.token == token && at < it.until)
    }
}

/// What everything asks for that is no route of a location: consent and tokens. With it, how that is counted.
pub(crate) fn answer(
    highlevel: &mut Locations,
    at: DateTime<Utc>,
    switches: &Switches,
    request: &Request,
) -> Option<(&'static str, Response)> {
    let (template, answer) = match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/v2/oauth/chooselocation") => (TOKEN, consent(&mut highlevel.agency, request)),
        ("POST", TOKEN) => (TOKEN, token(highlevel, at, switches, request)),
        ("POST", LOCATION_TOKEN) => {
            let answer = location_token(highlevel, at, switches, request);
            let mut answer = answer.unwrap_or_else(|refusal| refusal);
            highlevel.agency.meter.tell(switches, &mut answer);
            (LOCATION_TOKEN, Ok(answer))
        }
        _ => return None,
    };
    Some((template, answer.unwrap_or_else(|refusal| refusal)))
}

/// A person who always says yes.
fn consent(agency: &mut Agency, request: &Request) -> Answer {
    let asked = |name: &str| request.query(name).unwrap_or_default();
    if asked("response_type") != "code" || asked("client_id") != CLIENT_ID {
        return Err(bad_request("Invalid parameter: client_id"));
    }
    let back = asked("redirect_uri").to_owned();
    let code = agency.secret("code");
    agency.codes.push((code.clone(), back.clone()));
    let mut parameters = url::form_urlencoded::Serializer::new(String::new());
    parameters.append_pair("code", &code);
    if let Some(state) = request.query("state") {
        parameters.append_pair("state", state);
    }
    let mut response = Response::empty(302);
    response.set("location", format!("{back}?{}", parameters.finish()));
    Ok(response)
}

/// The members of a form; the first of each name counts.
struct Form(Vec<(String, String)>);

impl Form {
    fn of(request: &Request) -> Self {
        Form(url::form_urlencoded::parse(&request.body).into_owned().collect())
    }

    fn said(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn wanted(&self, name: &str) -> Result<&str, Response> {
        self.said(name).ok_or_else(|| bad_request(&format!("Missing parameter: {name}")))
    }
}

fn token(
    highlevel: &mut Locations,
    at: DateTime<Utc>,
    switches: &Switches,
    request: &Request,
) -> Answer {
    let form = Form::of(request);
    let app = (form.wanted("client_id")?, form.wanted("client_secret")?);
    if app != (CLIENT_ID, CLIENT_SECRET) {
        return Err(error(401, json!("Invalid client credentials!")));
    }
    match form.wanted("grant_type")? {
        "authorization_code" => {
            let code = (form.wanted("code")?.to_owned(), form.wanted("redirect_uri")?.to_owned());
            let place = highlevel.agency.codes.iter().position(|it| *it == code);
            let place = place.ok_or_else(|| bad_request("Invalid grant: code is invalid"))?;
            highlevel.agency.codes.remove(place);
            let whose = match form.said("user_type").unwrap_or("Location") {
                "Location" => Whose::Location(0),
                "Company" => Whose::Agency,
                _ => return Err(bad_request("Invalid parameter: user_type")),
            };
            Ok(Response::json(200, &pair(highlevel, whose, at, switches)))
        }
        "refresh_token" => refresh(highlevel, at, switches, form.wanted("refresh_token")?),
        _ => Err(bad_request("Invalid parameter: grant_type")),
    }
}

/// Who opened what: the agency, or the location at that place.
#[derive(Clone, Copy)]
enum Whose {
    Agency,
    Location(usize),
}

impl Whose {
    fn office(self, highlevel: &mut Locations) -> &mut Office {
        match self {
            Whose::Agency => &mut highlevel.agency.office,
            Whose::Location(place) => &mut highlevel.each[place].office,
        }
    }
}

fn refresh(
    highlevel: &mut Locations,
    at: DateTime<Utc>,
    switches: &Switches,
    token: &str,
) -> Answer {
    let everybody =
        [Whose::Agency].into_iter().chain((0..highlevel.each.len()).map(Whose::Location));
    let gave = |office: &Office| office.refreshes.iter().position(|it| it.token == token);
    let found = everybody
        .filter_map(|whose| gave(whose.office(highlevel)).map(|place| (whose, place)))
        .next()
        .filter(|_| !switches.highlevel_refresh_revoked);
    let (whose, place) = found.ok_or_else(|| bad_request(SPENT))?;
    let again = seconds(switches.highlevel_refresh_again_seconds);
    match whose.office(highlevel).refreshes[place].spent.clone() {
        Some((since, _)) if since + again < at => Err(bad_request(SPENT)),
        Some((_, same)) => Ok(Response::json(200, &same)),
        None => {
            let pair = pair(highlevel, whose, at, switches);
            whose.office(highlevel).refreshes[place].spent = Some((at, pair.clone()));
            Ok(Response::json(200, &pair))
        }
    }
}

/// A token that opens it from now on, as an answer tells of it.
fn access(
    highlevel: &mut Locations,
    whose: Whose,
    at: DateTime<Utc>,
    switches: &Switches,
) -> Value {
    let lasts = switches.highlevel_access_token_seconds;
    let token = highlevel.agency.secret("access");
    let until = at + TimeDelta::seconds(lasts);
    whose.office(highlevel).accesses.push(Access { token: token.clone(), until });
    let scopes = scopes(whose, switches);
    let mut told = json!({
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": lasts,
        "scope": scopes.join(" "),
        "userId": "sandboxUser000000001",
    });
    if let Whose::Location(place) = whose {
        told["locationId"] = json!(highlevel.each[place].location_id);
    }
    told
}

fn scopes(whose: Whose, switches: &Switches) -> Vec<String> {
    let all = || match whose {
        Whose::Agency => [HighLevel::scopes(), vec![MINTS.to_owned()]].concat(),
        Whose::Location(_) => HighLevel::scopes(),
    };
    switches.highlevel_scopes.clone().unwrap_or_else(all)
}

fn pair(highlevel: &mut Locations, whose: Whose, at: DateTime<Utc>, switches: &Switches) -> Value {
    let mut told = access(highlevel, whose, at, switches);
    let refresh = highlevel.agency.secret("refresh");
    whose.office(highlevel).refreshes.push(Refresh { token: refresh.clone(), spent: None });
    told["refresh_token"] = json!(refresh);
    told["companyId"] = json!(COMPANY);
    match whose {
        Whose::Location(_) => told["userType"] = json!("Location"),
        Whose::Agency => {
            let locations: Vec<&str> =
                highlevel.each.iter().map(|it| it.location_id.as_str()).collect();
            told["approvedLocations"] = json!(locations);
            told["isBulkInstallation"] = json!(true);
            told["userType"] = json!("Company");
        }
    }
    told
}

/// A token of one location, for the agency's own.
fn location_token(
    highlevel: &mut Locations,
    at: DateTime<Utc>,
    switches: &Switches,
    request: &Request,
) -> Answer {
    if !highlevel.agency.meter.count(at, switches) {
        return Err(error(429, json!("Too Many Requests")));
    }
    let bearer = request.header("authorization").unwrap_or_default();
    let token = bearer.strip_prefix("Bearer ").unwrap_or_default();
    if !highlevel.agency.office.opens(token, at) {
        // That of a location is one, and is good for nothing here.
        let is_another = highlevel.each.iter().any(|it| it.office.opens(token, at));
        return Err(error(401, json!(if is_another { UNSCOPED } else { EXPIRED })));
    }
    if request.header("version") != Some(VERSION) {
        let status = switches.highlevel_bad_version_status;
        return Err(error(status, json!("version header was not found or is not supported")));
    }
    if !scopes(Whose::Agency, switches).iter().any(|it| it == MINTS) {
        return Err(error(401, json!(UNSCOPED)));
    }
    let form = Form::of(request);
    let members = ["companyId", "locationId"];
    let foreign = form.0.iter().map(|(name, _)| name.as_str()).filter(|it| !members.contains(it));
    let lacking = members.into_iter().filter(|it| form.said(it).is_none_or(str::is_empty));
    let complaints: Vec<String> = foreign
        .map(|it| format!("property {it} should not exist"))
        .chain(lacking.map(|it| format!("{it} should not be empty")))
        .collect();
    if !complaints.is_empty() {
        return Err(error(422, json!(complaints)));
    }
    let place =
        highlevel.each.iter().position(|it| form.said("locationId") == Some(&it.location_id));
    let place = place.filter(|_| form.said("companyId") == Some(COMPANY));
    let place = place.filter(|place| {
        let installed = switches.highlevel_app_installed.as_ref();
        installed.is_none_or(|it| it.contains(&highlevel.each[*place].location_id))
    });
    // What it says here is not published; that it is a 400 is (§2).
    let place = place.ok_or_else(|| bad_request("App is not installed in this location"))?;
    let mut told = access(highlevel, Whose::Location(place), at, switches);
    if switches.highlevel_location_token_refreshes {
        let refresh = highlevel.agency.secret("refresh");
        let office = &mut highlevel.each[place].office;
        office.refreshes.push(Refresh { token: refresh.clone(), spent: None });
        told["refresh_token"] = json!(refresh);
    }
    Ok(Response::json(200, &told))
}
