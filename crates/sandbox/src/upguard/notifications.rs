//! What does the notification feed tell? Alerts of the last seven days in the order of their ids,
//! not changes of records (§5). The page size is the server's; no parameter is documented.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::UpGuard;
use super::paging::Page;
use super::record::rfc3339;
use crate::effects::Occasion;
use crate::http::{Answer, Call, Response};

const DAYS: i64 = 7;

/// One alert; it never changes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Notification {
    id: u64,
    kind: String,
    description: String,
    occurred_at: DateTime<Utc>,
    context: Map<String, Value>,
}

impl Notification {
    fn shown(&self) -> Value {
        json!({
            "notification_id": self.id.to_string(),
            "type": self.kind,
            "description": self.description,
            "occurred_at": rfc3339(self.occurred_at, 0),
            "context": self.context,
        })
    }
}

pub(super) fn list(upguard: &mut UpGuard, occasion: &mut Occasion<'_>, call: &Call<'_>) -> Answer {
    let size = occasion.switches.upguard_notification_page_size;
    let mut page = Page::asked(call, occasion, size, "notifications".to_owned())?;
    if !occasion.switches.upguard_notifications_paged {
        page.begin_again();
    }
    let since = occasion.side_time - TimeDelta::days(DAYS);
    let fresh = upguard.notifications.iter().filter(|one| since <= one.occurred_at);
    let fresh: Vec<&Notification> = fresh.collect();
    let body = page.of(&fresh, "notifications", occasion, |one| one.shown());
    Ok(Response::json(200, &body))
}

impl UpGuard {
    /// Something happens that UpGuard tells of: `type`, `description`, optionally `context`.
    pub(super) fn notify(
        &mut self,
        occasion: &mut Occasion<'_>,
        set: &Map<String, Value>,
    ) -> Result<Value, String> {
        let text = |name: &str| {
            let text = set.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            text.map(str::to_owned).ok_or_else(|| format!("{name} is required"))
        };
        let notification = Notification {
            id: self.fresh_id(),
            kind: text("type")?,
            description: text("description")?,
            occurred_at: occasion.side_time,
            context: set.get("context").and_then(Value::as_object).cloned().unwrap_or_default(),
        };
        let id = json!(notification.id.to_string());
        occasion.created("notification", id.clone(), notification.shown());
        self.notifications.push(notification);
        Ok(id)
    }
}
