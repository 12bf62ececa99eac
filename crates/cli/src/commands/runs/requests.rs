//! `runs show` with `--requests`, `--errors` or `--record`: which requests a run sent, and what became of
//! them. Of pulls and plans, too.

use std::collections::VecDeque;

use concordat_model::Exchange;
use concordat_report::{Endpoints, Known, RequestTotals, RequestsDocument, Shows, requests_text};
use concordat_requests::Logged;

use super::LAST;
use crate::args::RequestsWish;
use crate::causes::of_kind;
use crate::code::Code;
use crate::failure::{Exit, Failure};
use crate::pairs::Pairs;
use crate::shell::Shell;

impl RequestsWish {
    /// Whether anything is asked about requests.
    pub fn is_any(&self) -> bool {
        self.requests || self.lists()
    }

    fn lists(&self) -> bool {
        self.errors || self.record.is_some()
    }

    fn shows(&self) -> Shows {
        match (self.requests, self.lists()) {
            (true, true) => Shows::Both,
            (false, true) => Shows::Requests,
            (true | false, false) => Shows::Endpoints,
        }
    }
}

/// Shows the requests of the run `wanted`.
pub fn show(
    wanted: &str,
    wish: &RequestsWish,
    pairs: &Pairs,
    shell: &Shell,
) -> Result<Exit, Failure> {
    let run = find(wanted, pairs)?;
    let document = document(&run, wish, pairs)?;
    shell.say(&requests_text(&document, wish.shows(), shell.paint()))?;
    shell.document(|out| document.write(out))?;
    Ok(Exit::Ok)
}

fn find(wanted: &str, pairs: &Pairs) -> Result<Logged, Failure> {
    let mut runs = Vec::new();
    for session in pairs {
        runs.extend(session.logged()?);
    }
    let found = if wanted == LAST {
        runs.into_iter().max_by_key(|it| it.head.began)
    } else {
        runs.into_iter().find(|it| it.head.run.as_str().eq_ignore_ascii_case(wanted))
    };
    found.ok_or_else(|| {
        let says = match wanted {
            LAST => "no run has sent a request yet".to_owned(),
            _ => format!("no requests of a run {wanted} are logged"),
        };
        Failure::new(Code::NotFound, says).hint(
            "`concordat runs list --all` lists them; the log keeps the last 100 runs of a pair, and of \
             them the newest 128 MiB",
        )
    })
}

fn document(run: &Logged, wish: &RequestsWish, pairs: &Pairs) -> Result<RequestsDocument, Failure> {
    let entries = pairs.entries()?;
    let known = Known::of(&entries);
    let mut endpoints = Endpoints::after(run.head.before.clone());
    let (mut found, mut newest) = (0, VecDeque::new());
    let row = |exchange: Exchange| {
        let code = exchange.ended.failed().map(|kind| of_kind(kind).to_string());
        known.row(exchange, code)
    };
    let unread = run.each(|exchange| {
        endpoints.add(&exchange);
        if !wish.lists() || wish.errors && exchange.ended.failed().is_none() {
            return;
        }
        let row = row(exchange);
        if wish.record.as_ref().is_none_or(|wanted| row.is_about(wanted)) {
            found += 1;
            newest.push_back(row);
            if newest.len() > wish.limit {
                newest.pop_front();
            }
        }
    })?;
    let endpoints = endpoints.rows();
    Ok(RequestsDocument {
        schema_version: RequestsDocument::VERSION,
        run: run.head.run.clone(),
        pair: run.head.pair.clone(),
        command: run.head.command.clone(),
        began: run.head.began,
        summary: RequestTotals::of(endpoints.iter().map(|it| &it.traffic)),
        only_counted: run.head.before.iter().map(|it| it.requests).sum(),
        unreadable: unread.0,
        endpoints,
        found,
        requests: newest.into(),
    })
}
