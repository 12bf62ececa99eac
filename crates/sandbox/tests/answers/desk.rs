//! From where do the tests ask? A world with credentials at hand and a clock that only moves when
//! told.

use chrono::{DateTime, TimeDelta, Utc};
use concordat_sandbox::{Options, Request, Response, System, World};
use serde_json::{Value, json};

/// A world, its credentials and the present moment.
pub struct Desk {
    pub world: World,
    pub options: Options,
    pub now: DateTime<Utc>,
}

impl Desk {
    /// The default population.
    pub fn open() -> Self {
        Self::with(Options::default())
    }

    pub fn with(options: Options) -> Self {
        let now = DateTime::from_timestamp(1_780_000_000, 0).expect("a moment in 2026");
        Self { world: World::new(&options), options, now }
    }

    /// No vendors, no people.
    pub fn empty() -> Self {
        Self::with(Options { vendors: 0, contacts: 0, ..Options::default() })
    }

    pub fn pass(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
    }

    pub fn send(&mut self, system: System, request: Request) -> Response {
        let request = match system {
            System::UpGuard => request.with_header("Authorization", &self.options.api_key),
            System::HighLevel => request
                .with_header("Authorization", &format!("Bearer {}", self.options.token))
                .with_header("Version", "2021-07-28"),
        };
        self.world.handle(self.now, system, &request)
    }

    /// One call to UpGuard below its base path.
    pub fn upguard(&mut self, method: &str, target: &str, body: Value) -> (u16, Value) {
        let target = format!("/api/public{target}");
        self.call(System::UpGuard, method, &target, body)
    }

    pub fn highlevel(&mut self, method: &str, target: &str, body: Value) -> (u16, Value) {
        self.call(System::HighLevel, method, target, body)
    }

    fn call(&mut self, system: System, method: &str, target: &str, body: Value) -> (u16, Value) {
        let mut request = Request::new(method, target);
        if !body.is_null() {
            request = request.with_json(&body);
        }
        let response = self.send(system, request);
        (response.status, response.value())
    }

    pub fn control(&mut self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let request = Request::new(method, path).with_json(&body);
        let response = self.world.control(self.now, &request);
        (response.status, response.value())
    }

    /// Turns switches or strikes that must exist.
    #[track_caller]
    pub fn turn(&mut self, switches: Value) {
        let (status, answer) = self.control("POST", "/faults", switches);
        assert_eq!(status, 200, "{answer}");
    }

    /// A person's edit that must succeed; answers the id.
    #[track_caller]
    pub fn edit(&mut self, edit: Value) -> Value {
        let (status, answer) = self.control("POST", "/edit", edit);
        assert_eq!(status, 200, "{answer}");
        answer["id"].clone()
    }

    pub fn location(&self) -> String {
        self.options.location_id.clone()
    }

    /// Creates a contact through the API and answers its id.
    #[track_caller]
    pub fn contact(&mut self, mut members: Value) -> String {
        members["locationId"] = json!(self.location());
        let (status, answer) = self.highlevel("POST", "/contacts/", members);
        assert_eq!(status, 201, "{answer}");
        answer["contact"]["id"].as_str().expect("an id").to_owned()
    }

    #[track_caller]
    pub fn business(&mut self, mut members: Value) -> String {
        members["locationId"] = json!(self.location());
        let (status, answer) = self.highlevel("POST", "/businesses/", members);
        assert_eq!(status, 201, "{answer}");
        answer["buiseness"]["id"].as_str().expect("an id").to_owned()
    }

    /// A contact as a read by id shows it.
    #[track_caller]
    pub fn read_contact(&mut self, id: &str) -> Value {
        let (status, answer) = self.highlevel("GET", &format!("/contacts/{id}"), Value::Null);
        assert_eq!(status, 200, "{answer}");
        answer["contact"].clone()
    }

    /// A search from the default page.
    pub fn search(&mut self, mut body: Value) -> (u16, Value) {
        body["locationId"] = json!(self.location());
        if body["pageLimit"].is_null() {
            body["pageLimit"] = json!(500);
        }
        self.highlevel("POST", "/contacts/search", body)
    }

    /// `entity field before→after actor` of the effects since `from`.
    pub fn effects_since(&self, from: usize) -> Vec<String> {
        let shown = |effect: &concordat_sandbox::Effect| {
            let effect = serde_json::to_value(effect).expect("effects are plain");
            let field = effect["field"].as_str().unwrap_or("(record)");
            let brief = |value: &Value| match value {
                Value::Object(_) => "{…}".to_owned(),
                other => other.to_string(),
            };
            format!(
                "{} {} {field} {}→{} {}",
                effect["side"].as_str().unwrap_or_default(),
                effect["entity"].as_str().unwrap_or_default(),
                brief(&effect["before"]),
                brief(&effect["after"]),
                effect["actor"].as_str().unwrap_or_default(),
            )
        };
        self.world.effects()[from..].iter().map(shown).collect()
    }
}
