//! What arrives of an answer that was right when it was given? It may be cut off, blown up, altered, given
//! again or replaced by a page for people. Knows no endpoint, and nothing of what a request did.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value};

use crate::http::{Request, Response};
use crate::strikes::{Strike, Strikes, Target};

/// How long an answer becomes that is blown up, in bytes.
pub const OVERSIZED_BYTES: usize = 40 << 20;
/// Where a redirect leads that says nothing else: nowhere (RFC 2606).
const NOWHERE: &str = "http://elsewhere.invalid/";
const HTML: &str = "<!doctype html>\n<html><head><title>Bad Gateway</title></head>\
    <body><h1>Bad Gateway</h1><a href=\"http://elsewhere.invalid/\">Try again</a></body></html>\n";
/// What tells the pages of a listing apart; without it a request says which listing it means.
const CURSORS: [&str; 3] = ["page_token", "skip", "searchAfter"];

/// A way in which the answer to a request that was carried out is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It ends in the middle.
    Truncated,
    /// It is not JSON any more.
    Garbled,
    /// Other values stand at the places of `put`, a map from JSON pointers. A place that is not there in
    /// an object is made; an answer without the object is not hit.
    Altered,
    /// Blanks follow it, up to [`OVERSIZED_BYTES`].
    Oversized,
    /// The same, compressed to a thousandth.
    Bomb,
    /// A page for people stands in its place, with 200 or `status`.
    Html,
    /// The first page of a listing is given again for each that is asked for after it.
    Repeated,
    /// Every page but the first leads to the one to which the first led.
    StuckCursor,
    /// 302 (or `status`) to `location`.
    Redirected,
}

impl Damage {
    /// Every damage, in the order of the documentation.
    pub const ALL: [Self; 9] = [
        Self::Truncated,
        Self::Garbled,
        Self::Altered,
        Self::Oversized,
        Self::Bomb,
        Self::Html,
        Self::Repeated,
        Self::StuckCursor,
        Self::Redirected,
    ];

    /// The name of its switch.
    pub fn name(self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::Garbled => "garbled",
            Self::Altered => "altered",
            Self::Oversized => "oversized",
            Self::Bomb => "bomb",
            Self::Html => "html",
            Self::Repeated => "repeated",
            Self::StuckCursor => "stuck_cursor",
            Self::Redirected => "redirected",
        }
    }
}

/// What arrives of the answer to a request, once every damage that is due has hit it. A refusal arrives as
/// it is.
pub(crate) fn damaged(
    strikes: &mut Strikes,
    target: &Target<'_>,
    request: &Request,
    mut response: Response,
) -> Response {
    if response.dropped || !(200..300).contains(&response.status) {
        return response;
    }
    for damage in Damage::ALL {
        let listing = format!("{} {}", damage.name(), listing(request));
        let kept = strikes.kept(&listing).cloned();
        let mut keeps = None;
        let hit = strikes.strike(damage.name(), target, |strike| match damage {
            Damage::Repeated => kept.or_else(|| {
                keeps = Some(response.clone());
                None
            }),
            Damage::StuckCursor => match &kept {
                Some(first) => led_back(&response, first),
                None => {
                    keeps = cursor(&response.value()).is_some().then(|| response.clone());
                    None
                }
            },
            Damage::Truncated
            | Damage::Garbled
            | Damage::Altered
            | Damage::Oversized
            | Damage::Bomb
            | Damage::Html
            | Damage::Redirected => struck(damage, strike, &response),
        });
        if let Some(first) = keeps {
            strikes.keep(listing, first);
        }
        response = hit.unwrap_or(response);
    }
    response
}

/// The answer after a damage that needs no memory; nothing if there is nothing to be damaged.
fn struck(damage: Damage, strike: &Strike, response: &Response) -> Option<Response> {
    let with = |body: Vec<u8>| Some(Response { body, ..response.clone() });
    let middle = response.body.len() / 2;
    match damage {
        Damage::Truncated => (middle > 0).then(|| response.body[..middle].to_vec()).and_then(with),
        Damage::Garbled if middle > 0 => {
            with([&response.body[..middle], b"\0<", &response.body[middle..]].concat())
        }
        Damage::Altered => {
            let mut body = response.value();
            let all = strike.put.iter().all(|(place, value)| put(&mut body, place, value));
            (all && !strike.put.is_empty()).then(|| body.to_string().into_bytes()).and_then(with)
        }
        Damage::Oversized => with(blown_up(&response.body)),
        Damage::Bomb => {
            let mut bomb = Response { body: packed(&response.body), ..response.clone() };
            bomb.set("content-encoding", "gzip");
            Some(bomb)
        }
        Damage::Html => {
            let mut page = Response::empty(strike.status.unwrap_or(200));
            page.set("content-type", "text/html; charset=utf-8");
            page.body = HTML.into();
            Some(page)
        }
        Damage::Redirected => {
            let mut elsewhere = Response::empty(strike.status.unwrap_or(302));
            elsewhere.set("location", strike.location.as_deref().unwrap_or(NOWHERE));
            Some(elsewhere)
        }
        Damage::Garbled | Damage::Repeated | Damage::StuckCursor => None,
    }
}

fn blown_up(body: &[u8]) -> Vec<u8> {
    let mut body = body.to_vec();
    body.resize(OVERSIZED_BYTES.max(body.len()), b' ');
    body
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory does not fail.
    packed.write_all(&blown_up(body)).and_then(|()| packed.finish()).unwrap_or_default()
}

/// Puts a value in its place; false if there is no such place.
fn put(body: &mut Value, place: &str, value: &Value) -> bool {
    if let Some(held) = body.pointer_mut(place) {
        *held = value.clone();
        return true;
    }
    let Some((parent, name)) = place.rsplit_once('/') else { return false };
    match body.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.insert(name.to_owned(), value.clone());
            true
        }
        Some(_) | None => false,
    }
}

/// Which listing a request asks for, whatever page of it.
fn listing(request: &Request) -> String {
    let is_cursor = |name: &str| CURSORS.contains(&name);
    let query: Vec<_> = request.query.iter().filter(|(name, _)| !is_cursor(name)).collect();
    let mut body: Map<String, Value> = serde_json::from_slice(&request.body).unwrap_or_default();
    body.retain(|name, _| !is_cursor(name));
    format!("{} {} {query:?} {}", request.method, request.path, Value::Object(body))
}

/// What leads on from a page: a token, or the cursor of its last row.
fn cursor(page: &Value) -> Option<Value> {
    let token =
        page.get("next_page_token").filter(|it| it.as_str().is_some_and(|it| !it.is_empty()));
    let rows = page.as_object()?.values().find_map(Value::as_array);
    let of_row = || rows?.last()?.get("searchAfter");
    token.or_else(of_row).cloned()
}

/// The page, leading where the first one led.
fn led_back(response: &Response, first: &Response) -> Option<Response> {
    let to = cursor(&first.value())?;
    let mut page = response.value();
    let members = page.as_object_mut()?;
    if to.is_string() {
        members.insert("next_page_token".into(), to);
    } else {
        let rows = members.values_mut().find_map(Value::as_array_mut)?;
        rows.iter_mut()
            .filter(|row| row.is_object())
            .for_each(|row| row["searchAfter"] = to.clone());
    }
    Some(Response { body: page.to_string().into_bytes(), ..response.clone() })
}
