//! Does the location define the custom fields that the mapping uses? Those that are missing can be
//! defined, as a run of a plan; one that holds something else belongs to somebody.

use concordat_apply::{Done, Fate};
use concordat_engine::{Definition, EngineError, Order, Standing, needed};
use concordat_model::{CustomKind, RefusedPlan, Resource, Step, guard};
use concordat_remote::Remote;
use concordat_report::plan_hash;

use super::{COMMAND, Check, bad, good, weak};
use crate::code::Code;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::outcome::tell_settled;
use crate::session::Session;
use crate::shell::Shell;

const CHECK: &str = "custom field";

/// One finding for each custom field. With `desk`, those that are missing are defined first.
pub(super) async fn check(
    session: &Session,
    highlevel: &dyn Remote,
    desk: Option<&mut Desk<'_>>,
    shell: &Shell,
) -> Vec<Check> {
    match look_and_define((session, highlevel), desk, shell).await {
        Err(failure) => vec![bad("custom fields", &failure)],
        Ok((needed, defined)) => {
            let (done, halt) = defined;
            let of = |it: &Definition| done.iter().find(|done| is_of(&done.step, it));
            let told = needed
                .iter()
                .map(|it| of(it).map_or_else(|| Some(tell(it)), |d| became(it, &d.fate)));
            told.flatten().chain(halt.as_ref().map(|it| bad(CHECK, it))).collect()
        }
    }
}

/// What became of the steps that define something, and what ended their run before the last.
type Defined = (Vec<Done>, Option<Failure>);

async fn look_and_define(
    (session, highlevel): (&Session, &dyn Remote),
    desk: Option<&mut Desk<'_>>,
    shell: &Shell,
) -> Result<(Vec<Definition>, Defined), Failure> {
    let Some(desk) = desk else {
        return Ok((needed(&session.rules, highlevel).await?, Defined::default()));
    };
    tell_settled(&desk.settle().await?, shell);
    let needed = needed(&session.rules, highlevel).await?;
    if needed.iter().all(|it| it.standing != Standing::Missing) {
        return Ok((needed, Defined::default()));
    }
    let plan = desk.definitions(&needed).await?;
    let order = Order { command: COMMAND.into(), reason: None, plan: plan_hash(&plan) };
    let checked = guard::check(plan, &session.limits, &[]).map_err(|it| refused(&it))?;
    let pushed = desk.push(&checked, order, shell).await?;
    Ok((needed, (pushed.done, pushed.halt.map(|it| EngineError::from(it).into()))))
}

/// Nobody is asked to allow it here: what trips is the account.
fn refused(plan: &RefusedPlan) -> Failure {
    let says: Vec<&str> = plan.refusals.iter().map(|it| it.says.as_str()).collect();
    Failure::new(Code::Guard, format!("nothing is defined: {}", says.join("; ")))
        .hint("compare the keys and `location_id` with the account that the state belongs to")
}

/// Defines the custom fields that the location does not have, and answers which these are.
///
/// # Errors
/// If they cannot be listed, or one of them cannot be defined.
pub async fn define(session: &Session, shell: &Shell) -> Result<Vec<String>, Failure> {
    let mut desk = Desk::open(session, COMMAND, shell)?;
    let highlevel = session.highlevel()?;
    let (_, (done, halt)) = look_and_define((session, &highlevel), Some(&mut desk), shell).await?;
    if let Some(failure) = halt {
        return Err(failure);
    }
    let made = |it: &Done| match &it.fate {
        Fate::Applied(receipt) => Ok(receipt.name.to_string()),
        Fate::Satisfied
        | Fate::Superseded(_)
        | Fate::Failed(_)
        | Fate::Refused(_)
        | Fate::Unwritable(_)
        | Fate::InDoubt(_)
        | Fate::NotReached => {
            Err(Failure::new(Code::Rejected, format!("{} is not defined", it.step.name)))
        }
    };
    done.iter().map(made).collect()
}

fn is_of(step: &Step, it: &Definition) -> bool {
    step.name.as_str() == it.key
}

/// What became of one that was missing; nothing: its turn did not come, and why is said once.
fn became(it: &Definition, fate: &Fate) -> Option<Check> {
    let key = &it.key;
    let failed = |code, says: &str, hint: &str| {
        Some(bad(CHECK, &Failure::new(code, format!("{key} is not defined: {says}")).hint(hint)))
    };
    match fate {
        Fate::Applied(receipt) if receipt.fields.iter().all(|it| it.is_kept()) => {
            Some(good(CHECK, format!("{key} is defined now, for {}", holds(it.kind))))
        }
        Fate::Applied(_) => Some(weak(
            CHECK,
            format!("{key} was defined, and HighLevel keeps something else"),
            "`concordat history list --run last` shows what; look at it in HighLevel, Settings › Custom Fields",
        )),
        Fate::Satisfied => Some(good(CHECK, format!("{key} is defined, for {}", holds(it.kind)))),
        Fate::Superseded(says) => Some(weak(
            CHECK,
            format!("{key} is not defined: {says}"),
            "`concordat doctor` shows how it stands now",
        )),
        Fate::Unwritable(says) => Some(weak(
            CHECK,
            format!("{key} cannot be defined: {says}"),
            "give the token the scope locations/customFields.write, or define it in HighLevel, \
             Settings › Custom Fields",
        )),
        Fate::Failed(says) => failed(Code::Unavailable, says, "run it again later"),
        Fate::InDoubt(says) => failed(
            Code::Unavailable,
            &format!("nobody knows yet whether it arrived ({says})"),
            "run it again: it is looked for before anything is sent",
        ),
        Fate::Refused(says) => failed(
            Code::Rejected,
            says,
            "define it in HighLevel, Settings › Custom Fields; `concordat doctor` checks it",
        ),
        Fate::NotReached => None,
    }
}

fn holds(kind: CustomKind) -> &'static str {
    match kind {
        CustomKind::Text => "text",
        CustomKind::Number => "a number",
    }
}

/// How one stands, and what follows from that.
fn tell(it: &Definition) -> Check {
    let key = &it.key;
    let is_marker = Resource::Contact.marker().is_some_and(|it| it.as_str() == key);
    let without = match is_marker {
        true => "people without an e-mail address are not created",
        false => "it is left out",
    };
    let holds = holds(it.kind);
    match it.standing {
        Standing::Defined => good(CHECK, format!("{key} is defined, for {holds}")),
        Standing::Missing => weak(
            CHECK,
            format!("{key} is not defined, so {without}"),
            &format!("`concordat doctor --fix` defines it, called “{}”, for {holds}", it.name),
        ),
        Standing::Unclear => weak(
            CHECK,
            format!("{key} may not be defined: a definition cannot be read, so {without}"),
            "define it in HighLevel, Settings › Custom Fields, if it is not there",
        ),
        Standing::NameTaken => weak(
            CHECK,
            format!(
                "{key} is not defined, and another field is called “{}”, so {without}",
                it.name
            ),
            "rename that field in HighLevel, Settings › Custom Fields; then `concordat doctor --fix` \
             defines this one",
        ),
        Standing::OtherKind => weak(
            CHECK,
            format!("{key} is defined, but not for {holds}, so {without}"),
            match is_marker {
                true => {
                    "rename or remove it in HighLevel, Settings › Custom Fields; then \
                     `concordat doctor --fix` defines it anew"
                }
                false => {
                    "name another key in [mapping.profiles], or remove it in HighLevel, Settings › \
                     Custom Fields; then `concordat doctor --fix` defines it"
                }
            },
        ),
    }
}
