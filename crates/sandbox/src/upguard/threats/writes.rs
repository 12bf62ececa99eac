//! What do the threat writes take and answer? Query parameters, except for two long texts; a write
//! that its threat or its parameters do not allow is a 422 (§4.4). Those rules are elsewhere.

use serde_json::{Value, json};

use super::reads::find;
use super::record::{Comment, RemediationRequest};
use super::rules::closing;
use crate::effects::Occasion;
use crate::http::{Answer, Call, Response};
use crate::upguard::{UpGuard, reads, unprocessable, writes};

pub(in crate::upguard) fn assign(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let mut threat = find(upguard, call)?;
    let email = writes::required(call, "investigator_email")?;
    let person = upguard.investigator(email).map_err(unprocessable)?;
    threat.assign(person.clone()).map_err(unprocessable)?;
    let body = json!({
        "uuid": threat.uuid, "status": threat.status.name(), "investigator": person.shown()
    });
    upguard.settle_threat(occasion, threat);
    Ok(Response::json(200, &body))
}

pub(in crate::upguard) fn comment(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let mut threat = find(upguard, call)?;
    let members = call.members();
    let content = members.get("content").and_then(Value::as_str);
    let content = content.ok_or_else(|| unprocessable("content must be supplied in the body"))?;
    let comment = Comment {
        id: upguard.fresh_id(),
        parent: reads::number(call, "parent_id")?,
        content: content.to_owned(),
        created_at: upguard.stamp(occasion),
        user: upguard.doer(occasion),
        private: reads::flag(call, "private")?,
    };
    threat.comment(comment.clone()).map_err(unprocessable)?;
    let shown = threat.thread(&comment);
    upguard.note_comment(occasion, &threat.uuid, &comment);
    upguard.put_threat(threat);
    Ok(Response::json(200, &shown))
}

pub(in crate::upguard) fn request_remediation(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let mut threat = find(upguard, call)?;
    let given = |name| call.request.query(name).filter(|text| !text.is_empty());
    let members = call.members();
    let message = match members.get("email_message") {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text,
        Some(_) => return Err(unprocessable("email_message must be a string")),
    };
    let request = RemediationRequest {
        id: upguard.fresh_id(),
        email: writes::required(call, "email")?.to_owned(),
        title: given("title").unwrap_or_default().to_owned(),
        due_date: given("due_date").map(str::to_owned),
        reminder_date: given("reminder_date").map(str::to_owned),
        email_message: message.to_owned(),
        copy_threat_comments: reads::flag(call, "copy_threat_comments")?,
        closed: false,
    };
    let (id, stamp) = (request.id, upguard.stamp(occasion));
    threat.request_remediation(request, occasion.side_time, stamp).map_err(unprocessable)?;
    let body = json!({
        "remediation_request_id": id, "threat_uuid": threat.uuid, "status": threat.status.name()
    });
    upguard.settle_threat(occasion, threat);
    Ok(Response::json(200, &body))
}

pub(in crate::upguard) fn finish_remediation(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let mut threat = find(upguard, call)?;
    let reason = writes::required(call, "reason")?;
    let notes = call.request.query("reason_description").unwrap_or_default();
    let (by, stamp) = (upguard.doer(occasion), upguard.stamp(occasion));
    let closes = occasion.switches.upguard_request_close_closes_threat;
    let id = threat.finish_remediation(reason, notes, by, stamp, closes).map_err(unprocessable)?;
    upguard.settle_threat(occasion, threat);
    Ok(Response::json(200, &json!({ "remediation_request_id": id, "status": "Closed" })))
}

pub(in crate::upguard) fn close(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let mut threat = find(upguard, call)?;
    let reason = writes::required(call, "reason")?;
    let given = closing(|name| call.request.query(name));
    let (by, stamp) = (upguard.doer(occasion), upguard.stamp(occasion));
    threat.close(given, by, stamp).map_err(unprocessable)?;
    let body = json!({ "uuid": threat.uuid, "status": threat.status.name(), "reason": reason });
    upguard.settle_threat(occasion, threat);
    Ok(Response::json(200, &body))
}

pub(in crate::upguard) fn reopen(
    upguard: &mut UpGuard,
    occasion: &mut Occasion<'_>,
    call: &Call<'_>,
) -> Answer {
    let mut threat = find(upguard, call)?;
    let email = writes::required(call, "investigator_email")?;
    let person = upguard.investigator(email).map_err(unprocessable)?;
    threat.reopen(Some(person)).map_err(unprocessable)?;
    let body = json!({ "uuid": threat.uuid, "status": threat.status.name() });
    upguard.settle_threat(occasion, threat);
    Ok(Response::json(200, &body))
}

impl UpGuard {
    pub(super) fn note_comment(&self, occasion: &mut Occasion<'_>, uuid: &str, comment: &Comment) {
        let record = json!({
            "uuid": uuid,
            "comment_id": comment.id,
            "parent_id": comment.parent,
            "private": comment.private,
            "content": comment.content,
            "user": comment.user.shown(),
        });
        occasion.created("comment", comment.id, record);
    }
}
