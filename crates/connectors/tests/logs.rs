//! What do logs show? The call, never its content. Alone in its binary: tracing remembers per
//! process whether anybody listens to an event.

#[allow(dead_code, reason = "it uses a part of it")]
mod side;

use std::sync::Arc;

use concordat_model::{Path, RecordKey, Resource, Value};
use concordat_remote::{Sought, Source, Target, Write};
use serde_json::json;
use side::{Script, answer, definitions, highlevel, json as reply, lost, set, text};

const CANARY: &str = "PII-CANARY@example.com";

/// Keeps everything tracing writes.
#[derive(Clone, Default)]
struct Sink(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no poison").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn logs_show_the_call_and_nothing_of_its_content() {
    let sink = Sink::default();
    let writer = sink.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let script = Script::new([
        answer(503, CANARY),
        reply(400, json!({"message": CANARY, "traceId": "tr-9"})),
        lost(),
        reply(200, json!({"contact": {"id": "C1", "email": CANARY}})),
        definitions(),
        reply(200, json!({"contact": {"id": "C1", "email": CANARY, "phone": {"x": CANARY}}})),
    ]);
    let side = highlevel(&script);
    side.read(&RecordKey::new(Resource::Business, "B1"), None).await.expect_err("rejected");
    let set = vec![set("name", text(CANARY))];
    let create = Write {
        resource: Resource::Business,
        current: None,
        parent: None,
        set,
        marker: None,
        by: side::whenever(),
        intent: side::intent(),
    };
    side.send(&create).await.expect_err("in doubt");
    let key = Some((Path::from("email"), Value::text(CANARY)));
    let sought = Sought {
        resource: Resource::Contact,
        parent: None,
        marker: None,
        key,
        max_age: std::time::Duration::ZERO,
    };
    let failure = side.find(&sought).await.expect_err("unreadable");
    assert!(!format!("{failure:?}").contains("CANARY"));
    let logged = String::from_utf8(sink.0.lock().expect("no poison").clone()).expect("text");
    assert!(
        logged.contains("GET /contacts/search/duplicate") && logged.contains("tr-9"),
        "{logged}"
    );
    assert!(!logged.contains("CANARY"), "{logged}");
}
