//! What if a process dies just before a request arrives, or just after it was carried out, and what if
//! people act then? A gate stands before one system, counts the requests that try to write, and closes
//! at the one it is told, or answers it in the system's place.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::http::{exchange, header, split};

/// Where a request is held when the gate closes on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Before the system sees it.
    Going,
    /// After the system carried it out: the answer never arrives.
    Coming,
}

/// A loopback proxy before a system that speaks HTTP/1.1 without encryption.
pub struct Gate {
    address: String,
    upstream: String,
    state: Arc<State>,
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// It is here, and the system has not seen it.
    Going,
    /// The system carried it out, and its answer is here.
    Coming,
    /// Its answer left.
    Gone,
}

/// How a request goes on, or its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// As if there were no gate.
    On,
    /// Not before the other end goes away, and then not at all.
    Held,
    /// Not at all: the connection ends.
    Lost,
    /// It is answered like this, a status line and headers, in the system's place.
    Answered(&'static str),
}

/// What is decided about requests by their first line, and whether they try to write.
pub type Watch = Arc<dyn Fn(&str, bool, Passage) -> Way + Send + Sync>;

/// A request that gets another answer than the system's, after people have done something.
struct Meanwhile {
    path: &'static str,
    held: Held,
    answer: &'static str,
    deed: Box<dyn FnOnce() + Send>,
}

struct State {
    upstream: String,
    writes: AtomicU64,
    closes: Mutex<Option<(u64, Held)>>,
    forges: Mutex<Option<(&'static str, &'static str)>>,
    meanwhile: Mutex<Option<Meanwhile>>,
    watch: Mutex<Option<Watch>>,
    closed: AtomicBool,
}

impl Gate {
    /// Stands before the system at `base_url`.
    pub fn before(base_url: &str) -> Gate {
        let rest = base_url.strip_prefix("http://").expect("a plain http address");
        let (upstream, _) = rest.split_once('/').unwrap_or((rest, ""));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let state = Arc::new(State {
            upstream: upstream.to_owned(),
            writes: AtomicU64::new(0),
            closes: Mutex::new(None),
            forges: Mutex::new(None),
            meanwhile: Mutex::new(None),
            watch: Mutex::new(None),
            closed: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        // Ends with the test's process.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || state.pass(stream));
            }
        });
        Gate { address, upstream: upstream.to_owned(), state }
    }

    /// A configuration in which the system is reached through the gate.
    pub fn through(&self, config: String) -> String {
        config.replace(&self.upstream, &self.address)
    }

    /// Closes at the `nth` request from now on that tries to write, counted from 1.
    pub fn close_at(&self, nth: u64, held: Held) {
        self.state.writes.store(0, Ordering::SeqCst);
        self.state.closed.store(false, Ordering::SeqCst);
        *self.state.closes.lock().expect("the gate's plan") = Some((nth, held));
    }

    /// Lets everything pass again; what is held is lost.
    pub fn open(&self) {
        *self.state.closes.lock().expect("the gate's plan") = None;
    }

    /// Answers to `GET /organisation` say `to` for `from`, which is as long.
    pub fn forge_organisation(&self, from: &'static str, to: &'static str) {
        assert_eq!(from.len(), to.len(), "the length of the answer stands in its head");
        *self.state.forges.lock().expect("the gate's forgery") = Some((from, to));
    }

    /// The next request that writes to `path` is answered with `answer`, a status line and
    /// headers, after `deed` was done: before the system sees it, or after it was carried out.
    pub fn meanwhile(
        &self,
        path: &'static str,
        held: Held,
        answer: &'static str,
        deed: impl FnOnce() + Send + 'static,
    ) {
        let meanwhile = Meanwhile { path, held, answer, deed: Box::new(deed) };
        *self.state.meanwhile.lock().expect("the gate's interlude") = Some(meanwhile);
    }

    /// Every request from now on is shown to `watch` as it passes, and goes on as that says.
    pub fn watched_by(&self, watch: Watch) {
        *self.state.watch.lock().expect("the gate's watch") = Some(watch);
    }

    /// Whether what was to happen meanwhile has happened.
    pub fn has_answered(&self) -> bool {
        self.state.meanwhile.lock().expect("the gate's interlude").is_none()
    }

    /// Whether a request is held.
    pub fn holds(&self) -> bool {
        self.state.closed.load(Ordering::SeqCst)
    }

    /// How many requests tried to write since it was last told when to close.
    pub fn writes(&self) -> u64 {
        self.state.writes.load(Ordering::SeqCst)
    }
}

impl State {
    fn pass(&self, mut client: TcpStream) {
        // A client that goes away, killed for example, is no failure of the gate.
        if let Some(request) = read(&mut client) {
            let (head, _) = split(&request);
            let line = head.lines().next().unwrap_or_default();
            let searches = line.contains("/search");
            let writes = !line.starts_with("GET") && !searches;
            let nth = if writes { self.writes.fetch_add(1, Ordering::SeqCst) + 1 } else { 0 };
            let closes = *self.closes.lock().expect("the gate's plan");
            let held = closes.filter(|(at, _)| writes && *at == nth).map(|(_, held)| held);
            if held == Some(Held::Going) {
                return self.hold(&mut client);
            }
            let watch = self.watch.lock().expect("the gate's watch").clone();
            let way = |passage| watch.as_ref().map_or(Way::On, |it| it(line, writes, passage));
            if !self.goes_on(way(Passage::Going), &mut client) {
                return;
            }
            let meanwhile = self.meanwhile.lock().expect("the gate's interlude");
            let meanwhile = { meanwhile }.take_if(|it| writes && line.contains(it.path));
            let mut answer = match meanwhile.as_ref().map(|it| it.held) {
                Some(Held::Going) => Vec::new(),
                Some(Held::Coming) | None => exchange(&self.upstream, &closing(&request)),
            };
            if let Some(Meanwhile { answer: instead, deed, .. }) = meanwhile {
                deed();
                answer = format!("{instead}content-length: 0\r\nconnection: close\r\n\r\n").into();
            }
            let forges = *self.forges.lock().expect("the gate's forgery");
            if let Some((from, to)) = forges.filter(|_| line.contains("/organisation ")) {
                answer = String::from_utf8_lossy(&answer).replace(from, to).into_bytes();
            }
            if held == Some(Held::Coming) {
                return self.hold(&mut client);
            }
            if !self.goes_on(way(Passage::Coming), &mut client) {
                return;
            }
            if client.write_all(&answer).is_err() {
                return;
            }
            // The answer says that the connection ends with it.
            drop(client.shutdown(std::net::Shutdown::Write));
            way(Passage::Gone);
        }
    }

    /// Whether a request goes on; else it went that way.
    fn goes_on(&self, way: Way, client: &mut TcpStream) -> bool {
        match way {
            Way::On => return true,
            Way::Lost => {}
            Way::Held => self.hold(client),
            Way::Answered(head) => {
                let answer = format!("{head}content-length: 0\r\nconnection: close\r\n\r\n");
                // A client that went away is no failure here either.
                drop(client.write_all(answer.as_bytes()));
            }
        }
        false
    }

    /// Keeps the connection until the other end goes away.
    fn hold(&self, client: &mut TcpStream) {
        self.closed.store(true, Ordering::SeqCst);
        let mut byte = [0];
        while matches!(client.read(&mut byte), Ok(1..)) {}
    }
}

/// One whole request; nothing at the end of the connection.
fn read(from: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if bytes.windows(4).any(|it| it == b"\r\n\r\n") {
            let (head, body) = split(&bytes);
            let length = header(head, "content-length").and_then(|it| it.parse().ok());
            if length.unwrap_or(0) <= body.len() {
                return Some(bytes);
            }
        }
        match from.read(&mut chunk) {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&chunk[..count]),
        }
    }
}

/// The request with a connection of its own.
fn closing(request: &[u8]) -> Vec<u8> {
    let (head, body) = split(request);
    let lines = head.lines().filter(|it| !it.to_lowercase().starts_with("connection:"));
    let mut head: Vec<&str> = lines.collect();
    head.push("connection: close");
    [head.join("\r\n").as_bytes(), b"\r\n\r\n", body].concat()
}
