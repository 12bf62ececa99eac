//! What is told of a request, and when? Once, after its answer was looked at: only then is it known whether
//! it can be understood. A note that nobody completes, as its caller went away, says that there was no
//! answer.

use std::sync::OnceLock;

use concordat_model::{Ended, Exchange, FailureKind, RecordKey, Time};
use concordat_remote::Observer;

use crate::call::Call;
use crate::wire;

/// An exchange that is not over. Tells it when dropped.
pub(crate) struct Note {
    observer: Option<Observer>,
    exchange: Option<Exchange>,
    /// That an answer could not be understood.
    malformed: OnceLock<()>,
    /// The record that was made.
    made: OnceLock<RecordKey>,
}

impl Note {
    pub(crate) fn of(call: &Call<'_>, attempt: u32, at: Time, observer: Option<&Observer>) -> Self {
        let exchange = observer.map(|_| Exchange {
            at,
            side: call.operation.side,
            operation: call.operation.name(),
            attempt,
            latency_ms: 0,
            ended: Ended::Failed { failed: FailureKind::NoAnswer, status: None },
            trace: None,
            record: call.about.clone().filter(is_named_by_the_side),
            intent: call.intent.clone(),
            fields: if call.operation.writes() { fields(call) } else { Vec::new() },
        });
        Note {
            observer: observer.cloned(),
            exchange,
            malformed: OnceLock::new(),
            made: OnceLock::new(),
        }
    }

    /// It is over, in this way.
    pub(crate) fn ended(&mut self, ended: Ended, latency_ms: u64, trace: Option<&str>) {
        if let Some(exchange) = &mut self.exchange {
            exchange.ended = ended;
            exchange.latency_ms = latency_ms;
            exchange.trace = trace.map(str::to_owned);
        }
    }

    /// The answer cannot be understood after all.
    pub(crate) fn is_malformed(&self) {
        self.malformed.get_or_init(|| ());
    }

    /// The answer names the record that was made.
    pub(crate) fn made(&self, record: RecordKey) {
        self.made.get_or_init(|| record);
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        let (Some(observer), Some(mut exchange)) = (&self.observer, self.exchange.take()) else {
            return;
        };
        if self.malformed.get().is_some() {
            let status = exchange.ended.status();
            exchange.ended = Ended::Failed { failed: FailureKind::Malformed, status };
        }
        exchange.record = self.made.take().or(exchange.record);
        observer(exchange);
    }
}

/// Whether the id is one that a side gives. What people write instead, an e-mail address for instance, is not
/// told.
fn is_named_by_the_side(record: &RecordKey) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    record.id.as_str().bytes().all(fits)
}

/// The names of the parameters and members that a call sends.
fn fields(call: &Call<'_>) -> Vec<String> {
    let parameters = call.query.iter().map(|(name, _)| name.clone());
    parameters.chain(wire::names(&call.body)).collect()
}
