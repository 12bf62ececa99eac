//! How does a request reach its handler? One way for both systems: find the route, count, admit,
//! strike, run, strike again. Knows no endpoint.

use serde_json::Value;

use crate::effects::Occasion;
use crate::http::{Answer, Call, Request, Response, System, fit};
use crate::strikes::{Fault, Strike, Strikes, Target, drop_fields};

/// Does one endpoint's work.
pub(crate) type Run<S> = fn(&mut S, &mut Occasion<'_>, &Call<'_>) -> Answer;

/// One documented operation.
pub(crate) struct Route<S: 'static> {
    pub(crate) method: &'static str,
    pub(crate) template: &'static str,
    /// The scope or permission a credential needs for it.
    pub(crate) grant: &'static str,
    pub(crate) run: Run<S>,
}

impl<S> Route<S> {
    /// Searches are `POST` without being writes.
    pub(crate) fn writes(&self) -> bool {
        self.method != "GET" && !self.template.ends_with("/search")
    }
}

/// What the two systems have in common from here.
pub(crate) trait Remote: Sized + 'static {
    const SYSTEM: System;
    /// First fit wins, so literal segments stand before parameters.
    const ROUTES: &'static [Route<Self>];

    /// The path below the base URL.
    fn below_base<'a>(&self, path: &'a str) -> Option<&'a str>;
    /// Counts the request, then refuses a spent limit, a bad credential, a foreign tenant.
    fn admit(
        &mut self,
        occasion: &Occasion<'_>,
        route: Option<&Route<Self>>,
        call: &Call<'_>,
    ) -> Result<(), Response>;
    fn no_such_route(&self, request: &Request) -> Response;
    fn malformed_json(&self) -> Response;
    /// The answer by which this system would report the fault.
    fn faulty(&self, fault: Fault, strike: &Strike) -> Response;
    /// Adds what every answer of the system carries.
    fn finish(&mut self, occasion: &Occasion<'_>, response: &mut Response);
}

/// An answer and how the request is remembered.
pub(crate) struct Outcome {
    pub(crate) template: &'static str,
    pub(crate) writing: bool,
    pub(crate) response: Response,
}

const BEFORE: [Fault; 6] = [
    Fault::DropBeforeEffect,
    Fault::RateLimited,
    Fault::TokenExpired,
    Fault::ScopeMissing,
    Fault::Forbidden,
    Fault::ErrorBeforeEffect,
];
const AFTER: [Fault; 3] =
    [Fault::DropAfterCommit, Fault::UnprocessableAfterCommit, Fault::ErrorAfterCommit];

/// Answers one request.
pub(crate) fn answer<S: Remote>(
    system: &mut S,
    occasion: &mut Occasion<'_>,
    strikes: &mut Strikes,
    request: &Request,
) -> Outcome {
    let path = system.below_base(&request.path);
    let found = path.and_then(|path| {
        S::ROUTES
            .iter()
            .filter(|route| route.method == request.method)
            .find_map(|route| fit(route.template, path).map(|params| (route, params)))
    });
    let (mut response, template, writing) = match found {
        None => {
            let call = Call { request, params: Vec::new(), body: None };
            let admitted = system.admit(occasion, None, &call);
            let refusal = admitted.err().unwrap_or_else(|| system.no_such_route(request));
            (refusal, "(no such route)", request.method != "GET")
        }
        Some((route, params)) => {
            let answer = through(system, occasion, strikes, route, request, params);
            (answer.unwrap_or_else(|refusal| refusal), route.template, route.writes())
        }
    };
    system.finish(occasion, &mut response);
    Outcome { template, writing, response }
}

fn through<S: Remote>(
    system: &mut S,
    occasion: &mut Occasion<'_>,
    strikes: &mut Strikes,
    route: &Route<S>,
    request: &Request,
    params: Vec<String>,
) -> Answer {
    let target = Target { system: S::SYSTEM, method: &request.method, template: route.template };
    let parsed = match request.body.as_slice() {
        [] => Ok(None),
        raw => serde_json::from_slice::<Value>(raw).map(Some),
    };
    let malformed = parsed.is_err();
    let mut call = Call { request, params, body: parsed.unwrap_or_default() };
    system.admit(occasion, Some(route), &call)?;
    if let Some((fault, strike)) = strike_of(strikes, &BEFORE, &target) {
        return Err(system.faulty(fault, &strike));
    }
    if malformed {
        return Err(system.malformed_json());
    }
    if let (Some(body), Some(strike)) =
        (call.body.as_mut(), strikes.take(Fault::DropFields.name(), &target))
    {
        drop_fields(body, &strike.fields);
    }
    let response = (route.run)(system, occasion, &call)?;
    match route.writes().then(|| strike_of(strikes, &AFTER, &target)).flatten() {
        Some((fault, strike)) => Err(system.faulty(fault, &strike)),
        None => Ok(response),
    }
}

fn strike_of(
    strikes: &mut Strikes,
    faults: &[Fault],
    target: &Target<'_>,
) -> Option<(Fault, Strike)> {
    faults
        .iter()
        .find_map(|fault| strikes.take(fault.name(), target).map(|strike| (*fault, strike)))
}
