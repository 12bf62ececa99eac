//! What is a request and what is an answer, without a network? Knows neither system's rules.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// One of the two remote systems; also the `side` of an effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum System {
    /// The vendor risk platform.
    UpGuard,
    /// The CRM.
    HighLevel,
}

/// An HTTP request as the systems see it: query decoded, header names in any case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Upper-case method.
    pub method: String,
    /// Path from the host root, without the query.
    pub path: String,
    /// Decoded query parameters in order; a key may repeat.
    pub query: Vec<(String, String)>,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// Raw body; empty means none.
    pub body: Vec<u8>,
}

impl Request {
    /// A request for `target`, a path with an optional encoded query.
    pub fn new(method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { method: method.into(), path: path.into(), query, ..Self::default() }
    }

    /// The same request with one more header.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same request with one more query parameter, given decoded.
    pub fn with_query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// The same request with a JSON body.
    pub fn with_json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.with_header("content-type", "application/json")
    }

    /// The first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The first query parameter of that name.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What a system answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Lower-case header names and values.
    pub headers: Vec<(String, String)>,
    /// Raw body; empty for 204.
    pub body: Vec<u8>,
    /// The connection is cut and none of the above reaches the caller, though effects stand.
    pub dropped: bool,
}

impl Response {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json; charset=utf-8".into())];
        Self { status, headers, body: body.to_string().into_bytes(), dropped: false }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    pub(crate) fn set(&mut self, name: &str, value: impl ToString) {
        self.headers.push((name.into(), value.to_string()));
    }

    /// Adds a last member to a body that is an object; large pages are not parsed for it.
    pub(crate) fn append_member(&mut self, name: &str, value: &Value) {
        if self.body.pop_if(|last| *last == b'}').is_some() {
            let comma = if self.body.ends_with(b"{") { "" } else { "," };
            self.body.extend(format!("{comma}\"{name}\":{value}}}").bytes());
        }
    }

    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null when there is none or it is not JSON.
    pub fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// A refusal is an answer too, so that handlers can leave with `?`.
pub(crate) type Answer = Result<Response, Response>;

/// One request on its way through a route.
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request,
    /// What stood for each `{name}` of the template, in order.
    pub(crate) params: Vec<String>,
    /// The body, `None` when it is empty.
    pub(crate) body: Option<Value>,
}

impl Call<'_> {
    pub(crate) fn param(&self, position: usize) -> &str {
        self.params.get(position).map_or("", String::as_str)
    }

    /// The body's members; empty when there is no body or it is not an object.
    pub(crate) fn members(&self) -> Map<String, Value> {
        self.body.as_ref().and_then(Value::as_object).cloned().unwrap_or_default()
    }
}

/// The parameters of `path` if it fits `template`; a trailing slash on either makes no difference.
pub(crate) fn fit(template: &str, path: &str) -> Option<Vec<String>> {
    let mut params = Vec::new();
    let mut wanted = template.trim_end_matches('/').split('/');
    let mut given = path.trim_end_matches('/').split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(params),
            (Some(slot), Some(value)) if slot.starts_with('{') => params.push(value.to_owned()),
            (Some(literal), Some(value)) if literal == value => {}
            (Some(_), _) | (None, Some(_)) => return None,
        }
    }
}

/// The value of an HTTP `Date` header.
pub(crate) fn http_date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// ISO-8601 with milliseconds and `Z` (HighLevel sheet §1).
pub(crate) fn iso_millis(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Something a caller got wrong in the control API.
pub(crate) fn control_error(status: u16, message: &str) -> Response {
    Response::json(status, &json!({ "error": message }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(template: &str, path: &str, expected: Option<&[&str]>) {
        let expected = expected.map(|params| params.iter().map(ToString::to_string).collect());
        assert_eq!(fit(template, path), expected, "{template} against {path}");
    }

    #[test]
    fn templates_fit_whole_paths() {
        check("/contacts/{id}/tags", "/contacts/a/tags", Some(&["a"]));
        check("/contacts/", "/contacts", Some(&[]));
        check("/contacts/", "/contacts/", Some(&[]));
        check("/contacts/{id}", "/contacts/", None);
        check("/contacts/{id}", "/contacts/a/b", None);
    }

    #[test]
    fn dates_are_in_header_form() {
        let at = DateTime::from_timestamp(784_111_777, 0).unwrap_or_default();
        assert_eq!(http_date(at), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
