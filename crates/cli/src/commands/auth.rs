//! `auth login`: lets a person consent in a browser, and keeps what comes of it. The browser comes back to
//! this machine with a code, which is exchanged at once.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};
use std::time::Duration;

use concordat_connectors::highlevel::oauth::Issued;
use concordat_remote::Clock as _;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::args::LoginArgs;
use crate::clock::OsClock;
use crate::code::Code;
use crate::config::SignIn;
use crate::failure::{Exit, Failure};
use crate::session::Session;
use crate::shell::Shell;
use crate::tokens::Tokens;

/// A person needs less than this to consent.
const PATIENCE: Duration = Duration::from_secs(600);
/// No request line of a browser that comes back is longer.
const BYTES_MAX: usize = 16 * 1024;

/// Signs in to the location of one pair, or to the agency of all.
pub async fn login(
    args: &LoginArgs,
    session: &Session,
    no_input: bool,
    shell: &Shell,
) -> Result<Exit, Failure> {
    let oauth = session.oauth()?;
    if no_input {
        let says = "signing in takes a person with a browser";
        return Err(Failure::usage(says).hint(
            "run `concordat auth login` once without --no-input, with the same --config and \
             --state-dir; tokens are renewed from then on",
        ));
    }
    let back = oauth.redirect_uri.to_string();
    let port = oauth.redirect_uri.url().port().unwrap_or(80);
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await;
    let listener = listener.map_err(|error| {
        Failure::new(Code::System, format!("port {port} cannot be listened on: {error}"))
            .hint("another `auth login` may be waiting there")
    })?;
    let state = random();
    let (office, client_id) = session.office()?;
    let consent = consent(oauth.consent_url.url(), &client_id, &back, &state, &session.scopes());
    shell.warn(match oauth.sign_in {
        SignIn::Location => "consent here, for the location of the configuration:",
        SignIn::Agency => "consent here, for the agency of the locations:",
    });
    shell.warn(consent.as_str());
    if !args.no_browser {
        open(consent.as_str());
    }
    let code = tokio::time::timeout(PATIENCE, come_back(&listener, &oauth.redirect_uri, &state));
    let code = code
        .await
        .map_err(|_| Failure::new(Code::Interrupted, "nobody consented within ten minutes"))??;
    session.state().create()?;
    let file = session.consent_file()?;
    let turn = file.turn().await?;
    let asked_at = OsClock.now();
    let issued = office.exchange(&code, &back).await?;
    let into = signed_in_to(session.location(), oauth.sign_in, &issued)?;
    file.save(&turn, &Tokens::of(issued, asked_at))?;
    shell.say(&format!("signed in to {into}; tokens are renewed from now on"))?;
    Ok(Exit::Ok)
}

/// What the consent opens, for people.
fn signed_in_to(location: &str, sign_in: SignIn, issued: &Issued) -> Result<String, Failure> {
    let (given, company) = (issued.access.location.as_deref(), issued.company.as_deref());
    let another = |says: String, hint| Err(Failure::new(Code::Credentials, says).hint(hint));
    match (sign_in, given, company) {
        (SignIn::Location, Some(given), _) if given != location => another(
            format!("that consent is for another location than {location}"),
            "choose the location of the configuration; nothing was kept",
        ),
        (SignIn::Location, _, _) => Ok(location.to_owned()),
        (SignIn::Agency, None, Some(company)) => Ok(format!("the agency {company}")),
        (SignIn::Agency, _, _) => another(
            "that consent is for a location, and not for its agency".into(),
            "choose the agency, or leave highlevel.oauth.sign_in out; nothing was kept",
        ),
    }
}

fn random() -> String {
    let mut bytes = [0_u8; 32];
    SystemRandom::new().fill(&mut bytes).expect("the operating system gives random bytes");
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

fn consent(at: &Url, client_id: &str, back: &str, state: &str, scopes: &[String]) -> Url {
    let mut url = at.clone();
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", client_id)
        .append_pair("redirect_uri", back)
        .append_pair("scope", &scopes.join(" "))
        .append_pair("state", state);
    url
}

/// That no browser opens is no failure: the address was printed.
fn open(address: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = Command::new(program);
    command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    drop(command.spawn());
}

/// Waits for the browser that brings the code and our own state; whatever else comes is turned away.
async fn come_back(
    listener: &TcpListener,
    back: &crate::config::Address,
    state: &str,
) -> Result<String, Failure> {
    loop {
        let came = listener.accept().await;
        let (mut stream, _) = came.map_err(|error| {
            Failure::new(Code::System, format!("nobody can come back: {error}"))
        })?;
        let Some(url) = asked_for(&mut stream, back.url()).await else { continue };
        let said = |name: &str| {
            url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
        };
        let is_ours = url.path() == back.url().path() && said("state").as_deref() == Some(state);
        match said("code").filter(|_| is_ours) {
            Some(code) => {
                tell(&mut stream, "200 OK", "Signed in. You can close this page.").await;
                return Ok(code);
            }
            None => tell(&mut stream, "400 Bad Request", "This is not what was asked for.").await,
        }
    }
}

/// The address of a `GET`; nothing: it was none.
async fn asked_for(stream: &mut TcpStream, base: &Url) -> Option<Url> {
    let mut bytes = Vec::new();
    while !bytes.windows(2).any(|it| it == b"\r\n") {
        let mut part = [0; 1024];
        let patience = Duration::from_secs(5);
        let read = tokio::time::timeout(patience, stream.read(&mut part)).await.ok()?.ok()?;
        if read == 0 || bytes.len() > BYTES_MAX {
            return None;
        }
        bytes.extend_from_slice(&part[..read]);
    }
    let text = String::from_utf8(bytes).ok()?;
    let target = text.strip_prefix("GET ")?.split_whitespace().next()?;
    base.join(target).ok()
}

/// Whether the browser reads it does not matter.
async fn tell(stream: &mut TcpStream, status: &str, text: &str) {
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{text}",
        text.len()
    );
    drop(stream.write_all(answer.as_bytes()).await);
    drop(stream.shutdown().await);
}
