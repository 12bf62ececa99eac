//! How are the two systems reached over loopback HTTP? Listeners, the wall clock that the caller
//! injects, and connections cut on purpose. Knows no endpoint.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, State};
use axum::http::Request as HttpRequest;
use axum::serve::{IncomingStream, Listener};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::http::{Request, Response, System};
use crate::options::{Location, Options};
use crate::upguard;
use crate::world::World;

const BODY_BYTES_MAX: usize = 16 << 20;
const CONTROL_PATH: &str = "/_control";

/// Starts sandboxes.
pub struct Sandbox;

/// A sandbox that serves until it is stopped or dropped.
pub struct Running {
    /// Base URL of UpGuard's API, without a trailing slash.
    pub upguard_base_url: String,
    /// Base URL of HighLevel's API, the host root.
    pub highlevel_base_url: String,
    /// Base URL of the control API.
    pub control_url: String,
    /// UpGuard's API key.
    pub api_key: String,
    /// HighLevel's token.
    pub token: String,
    /// HighLevel's location.
    pub location_id: String,
    /// Every location of HighLevel, that one first.
    pub locations: Vec<Location>,
    world: Arc<Mutex<World>>,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<io::Result<()>>>,
}

#[derive(Clone)]
struct Serving {
    world: Arc<Mutex<World>>,
    system: System,
    now: fn() -> DateTime<Utc>,
}

impl Sandbox {
    /// Populates a world and serves it; `now` is the only clock it will ever ask.
    pub async fn start(options: Options, now: fn() -> DateTime<Utc>) -> io::Result<Running> {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let upguard = TcpListener::bind(options.upguard_addr.unwrap_or(free)).await?;
        let highlevel = TcpListener::bind(options.highlevel_addr.unwrap_or(free)).await?;
        let upguard_root = format!("http://{}", upguard.local_addr()?);
        let highlevel_root = format!("http://{}", highlevel.local_addr()?);
        let world = Arc::new(Mutex::new(World::new(&options)));
        let (stop, stopped) = watch::channel(false);
        let servers = [(System::UpGuard, upguard), (System::HighLevel, highlevel)]
            .map(|(system, listener)| {
                let serving = Serving { world: Arc::clone(&world), system, now };
                tokio::spawn(serve(Cuttable(listener), serving, stopped.clone()))
            })
            .into();
        Ok(Running {
            upguard_base_url: format!("{upguard_root}{}", upguard::BASE_PATH),
            highlevel_base_url: highlevel_root,
            control_url: format!("{upguard_root}{CONTROL_PATH}"),
            locations: (0..options.locations.max(1)).map(|place| options.location(place)).collect(),
            api_key: options.api_key,
            token: options.token,
            location_id: options.location_id,
            world,
            stop,
            servers,
        })
    }
}

impl Running {
    /// The one JSON line with which a sandbox process introduces itself.
    pub fn contract_line(&self) -> String {
        let location = |it: &Location| json!({ "location_id": it.id, "token": it.token });
        let locations: Vec<Value> = self.locations.iter().map(location).collect();
        let line: Value = json!({
            "upguard": { "base_url": self.upguard_base_url, "api_key": self.api_key },
            "highlevel": {
                "base_url": self.highlevel_base_url,
                "token": self.token,
                "location_id": self.location_id,
                "locations": locations,
            },
            "control_url": self.control_url,
        });
        line.to_string()
    }

    /// Looks at or changes the world between two requests.
    pub fn with_world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        look(&mut lock(&self.world))
    }

    /// Finishes the requests under way and closes the listeners.
    pub async fn stop(self) -> io::Result<()> {
        self.stop.send_replace(true);
        for server in self.servers {
            server.await.map_err(io::Error::other)??;
        }
        Ok(())
    }
}

async fn serve(
    listener: Cuttable,
    serving: Serving,
    mut stopped: watch::Receiver<bool>,
) -> io::Result<()> {
    let app = Router::new()
        .fallback(answer)
        .with_state(serving)
        .into_make_service_with_connect_info::<Cut>();
    let until_stopped = async move {
        // A closed channel means the sandbox was dropped, which also ends it.
        while stopped.changed().await.is_ok() && !*stopped.borrow() {}
    };
    axum::serve(listener, app).with_graceful_shutdown(until_stopped).await
}

async fn answer(
    State(serving): State<Serving>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    http: HttpRequest<Body>,
) -> axum::response::Response {
    let request = match read(http).await {
        Ok(request) => request,
        Err(_) => return written(Response::empty(413)),
    };
    let now = (serving.now)();
    let below_control =
        request.path.strip_prefix(CONTROL_PATH).filter(|_| serving.system == System::UpGuard);
    let response = match below_control {
        Some(path) => {
            let request = Request { path: path.to_owned(), ..request };
            lock(&serving.world).control(now, &request)
        }
        None => lock(&serving.world).handle(now, serving.system, &request),
    };
    if response.dropped {
        cut.0.store(true, Ordering::Release);
    }
    written(response)
}

/// A panic elsewhere must not hide the world from the tests that look for its cause.
fn lock(world: &Mutex<World>) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn read(http: HttpRequest<Body>) -> Result<Request, axum::Error> {
    let (parts, body) = http.into_parts();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let mut request = Request::new(parts.method.as_str(), target);
    request.headers = parts
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    request.body = to_bytes(body, BODY_BYTES_MAX).await?.to_vec();
    Ok(request)
}

fn written(response: Response) -> axum::response::Response {
    let mut builder = axum::http::Response::builder().status(response.status.max(200));
    for (name, value) in &response.headers {
        builder = builder.header(name, value);
    }
    builder.body(Body::from(response.body)).unwrap_or_default()
}

/// Set when the connection's answers must not leave the machine.
#[derive(Clone, Debug, Default)]
struct Cut(Arc<AtomicBool>);

/// A listener whose connections can be cut from inside a handler.
struct Cuttable(TcpListener);

struct CuttableStream {
    tcp: TcpStream,
    cut: Cut,
}

impl Listener for Cuttable {
    type Io = CuttableStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (tcp, addr) = Listener::accept(&mut self.0).await;
        (CuttableStream { tcp, cut: Cut::default() }, addr)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Cuttable>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Cuttable>) -> Self {
        stream.io().cut.clone()
    }
}

impl AsyncRead for CuttableStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(context, buffer)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.cut.0.load(Ordering::Acquire) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}
