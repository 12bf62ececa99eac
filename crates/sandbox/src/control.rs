//! How do tests look behind the scenes? The control API: effects, state, edits, requests, faults,
//! clock. No credentials; it is not part of either system.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use crate::highlevel::webhooks;
use crate::http::{Request, Response, System, control_error, iso_millis};
use crate::switches;
use crate::world::{Change, Edit, World};

impl World {
    /// Answers one request below `control_url`; `request.path` starts after it, e.g. `/effects`.
    pub fn control(&mut self, now: DateTime<Utc>, request: &Request) -> Response {
        let path = request.path.trim_matches('/');
        match (request.method.as_str(), path) {
            ("GET", "effects") => Response::json(200, &json!({ "effects": self.effects() })),
            ("GET", "state") => Response::json(200, &self.state()),
            ("GET", "webhooks") => Response::json(200, &self.webhooks(now)),
            ("GET", "requests") => Response::json(200, &self.counted()),
            ("GET", "faults") => {
                Response::json(200, &switches::shown(&self.switches, &self.strikes))
            }
            ("POST", "edit" | "faults" | "clock") => match members(request) {
                Ok(body) => self.steer(now, path, &body),
                Err(refusal) => refusal,
            },
            (_, "effects" | "state" | "webhooks" | "requests" | "faults" | "edit" | "clock") => {
                control_error(405, "method not allowed")
            }
            _ => {
                control_error(404, "known: effects, state, webhooks, edit, requests, faults, clock")
            }
        }
    }

    /// Everything that both systems hold, as their APIs show it.
    pub fn state(&self) -> Value {
        json!({ "upguard": self.upguard.shown(), "highlevel": self.highlevel.shown() })
    }

    /// One list of what a system holds, as [`World::state`] has it; empty, if it has none of that name.
    pub fn listed(&self, system: System, list: &str) -> Vec<Value> {
        match system {
            System::UpGuard => self.upguard.listed(list),
            System::HighLevel => self.highlevel.all()[0].listed(list),
        }
    }

    /// Every webhook that HighLevel has sent until now, as it would arrive.
    fn webhooks(&self, now: DateTime<Utc>) -> Value {
        let at = self.virtual_time(now);
        webhooks::sent(self.highlevel.all(), &self.effects, at, &self.switches)
    }

    fn steer(&mut self, now: DateTime<Utc>, path: &str, body: &Map<String, Value>) -> Response {
        let steered = match path {
            "edit" => {
                read_edit(body).and_then(|edit| self.edit(now, &edit)).map(|id| json!({ "id": id }))
            }
            "faults" => self.turn(body).map(|()| switches::shown(&self.switches, &self.strikes)),
            _ => body
                .get("advance_seconds")
                .and_then(Value::as_f64)
                .and_then(|seconds| TimeDelta::try_milliseconds((seconds * 1000.0) as i64))
                .filter(|by| by.num_days().abs() < 36_500)
                .ok_or_else(|| "advance_seconds: a number".to_owned())
                .map(|by| {
                    self.advance(by);
                    json!({ "now": iso_millis(self.virtual_time(now)) })
                }),
        };
        match steered {
            Ok(answer) => Response::json(200, &answer),
            Err(message) => control_error(422, &message),
        }
    }

    fn counted(&self) -> Value {
        let rows: Vec<Value> = self
            .requests
            .iter()
            .map(|((side, method, path, status, writing), count)| {
                json!({
                    "side": side,
                    "method": method,
                    "path": path,
                    "status": status,
                    "count": count,
                    "writing": writing,
                })
            })
            .collect();
        json!({ "requests": rows })
    }
}

fn members(request: &Request) -> Result<Map<String, Value>, Response> {
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) | Err(_) => Err(control_error(400, "the body must be a JSON object")),
    }
}

fn read_edit(body: &Map<String, Value>) -> Result<Edit, String> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let side = match text("side") {
        Some("upguard") => System::UpGuard,
        Some("highlevel") => System::HighLevel,
        Some(_) | None => return Err("side: upguard or highlevel".into()),
    };
    let location = text("location").map(str::to_owned);
    let entity = text("entity").ok_or("entity: a word")?.to_owned();
    let fields = |name: &str| body.get(name).and_then(Value::as_object).cloned();
    let id = body.get("id").cloned();
    let deleting = body.get("delete") == Some(&Value::Bool(true));
    let losers = body.get("merge").and_then(Value::as_array).cloned();
    let change = match (fields("create"), fields("set"), id, deleting, losers) {
        (Some(create), None, None, false, None) => Change::Create(create),
        (None, Some(set), Some(id), false, None) => Change::Set(id, set),
        (None, None, Some(id), true, None) => Change::Delete(id),
        (None, None, Some(id), false, Some(losers)) => Change::Merge(id, losers),
        _ => return Err("one of: create; or id with one of set, delete true, merge [ids]".into()),
    };
    Ok(Edit { side, location, entity, change })
}
