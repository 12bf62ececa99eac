//! Where is the program under test, and how did a run of it end? It is a binary of this package, so that cargo
//! builds it with the tests; whoever else needs it has it built once, in their profile and target directory.

use std::path::PathBuf;
use std::process::{self, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// No command of these tests takes longer, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(240);

/// The binary that is the program.
const NAME: &str = "concordat-under-test";

/// A command that runs the program, without anything of the caller's configuration.
pub fn command() -> Command {
    let mut command = Command::new(path());
    for (name, _) in std::env::vars_os() {
        let ours = name.to_string_lossy().starts_with("CONCORDAT");
        if ours || name == "RUST_LOG" {
            command.env_remove(name);
        }
    }
    command.stdin(Stdio::null());
    command
}

/// Where the program under test is, once that is known.
static PATH: OnceLock<PathBuf> = OnceLock::new();

/// Takes another program for the one under test.
///
/// # Panics
/// If one was run already.
pub fn take(program: PathBuf) {
    assert_eq!(PATH.set(program), Ok(()), "another program was run before");
}

fn path() -> &'static PathBuf {
    PATH.get_or_init(|| match std::env::var_os("CARGO_BIN_EXE_concordat-under-test") {
        Some(told_by_cargo) => told_by_cargo.into(),
        None => built(),
    })
}

fn built() -> PathBuf {
    let this = std::env::current_exe().expect("the path of this program");
    let profile_dir = this.parent().and_then(|it| it.parent()).expect("target/PROFILE/deps");
    let target_dir = profile_dir.parent().expect("target/PROFILE");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", "concordat-tests", "--bin", NAME]);
    cargo.arg("--target-dir").arg(target_dir).current_dir(env!("CARGO_MANIFEST_DIR"));
    match profile_dir.file_name().and_then(|it| it.to_str()) {
        Some("debug") | None => {}
        Some(profile) => drop(cargo.args(["--profile", profile])),
    }
    // What cargo tells this program about itself would make build scripts run again.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"].iter().any(|it| text.starts_with(it)) {
            cargo.env_remove(name);
        }
    }
    let built = cargo.status().expect("cargo");
    assert!(built.success(), "the program cannot be built");
    profile_dir.join(format!("{NAME}{}", std::env::consts::EXE_SUFFIX))
}

/// A process that does not outlive its test.
pub struct Child(process::Child);

impl Child {
    /// Starts it.
    pub fn of(mut command: Command) -> Child {
        Child(command.spawn().expect("the program starts"))
    }

    /// Its standard output, once.
    pub fn stdout(&mut self) -> process::ChildStdout {
        self.0.stdout.take().expect("a piped stdout")
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.0.try_wait().expect("a child that can be asked").is_none()
    }

    /// Kills it, as `kill -9` does, and answers how it ended.
    pub fn kill(mut self) -> ExitStatus {
        self.0.kill().expect("a child that can be killed");
        self.0.wait().expect("a child that ends")
    }

    /// Interrupts it, as Ctrl-C does.
    pub fn interrupt(&self) {
        self.signal("-INT");
    }

    /// Lets it stand still, as a machine that sleeps does.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.0.id().to_string()]).status();
        assert!(sent.expect("kill").success(), "a child that takes {name}");
    }

    /// Waits for its end, and answers its exit code.
    pub fn ends(mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        while self.runs() {
            assert!(Instant::now() < deadline, "the program does not end");
            thread::sleep(Duration::from_millis(3));
        }
        self.0.wait().expect("an end").code()
    }

    fn output(mut self) -> Output {
        let deadline = Instant::now() + PATIENCE;
        let (out, err) = (self.0.stdout.take(), self.0.stderr.take());
        let out = thread::spawn(move || read(out));
        let err = thread::spawn(move || read(err));
        while self.runs() {
            assert!(Instant::now() < deadline, "the program does not end");
            thread::sleep(Duration::from_millis(3));
        }
        let status = self.0.wait().expect("an end");
        let joined = |it: thread::JoinHandle<Vec<u8>>| it.join().expect("a reader");
        Output { status, stdout: joined(out), stderr: joined(err) }
    }
}

fn read(from: Option<impl std::io::Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut from) = from {
        from.read_to_end(&mut bytes).expect("a readable pipe");
    }
    bytes
}

impl Drop for Child {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// How a command ended, and what it said.
pub struct Ran {
    /// Its exit code; nothing if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
    said: String,
}

impl Ran {
    /// Runs it to its end.
    pub fn of(mut command: Command) -> Ran {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let said = format!("{command:?}");
        let Output { status, stdout, stderr } = Child::of(command).output();
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Ran { code: status.code(), out: text(stdout), err: text(stderr), said }
    }

    /// Everything, for a failed assertion.
    pub fn told(&self) -> String {
        let Ran { code, out, err, said } = self;
        format!("{said}\nended with {code:?}\n{out}\n{err}")
    }

    /// It must have ended with this code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "{}", self.told());
        self
    }

    /// The one document on its standard output.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.told()))
    }

    /// What it says, wherever, must contain all of these.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Ran {
        // Text is wrapped to the width of the page.
        let all = format!("{} {}", self.out, self.err);
        let all = all.split_whitespace().collect::<Vec<_>>().join(" ");
        for part in parts {
            assert!(all.contains(part), "nothing says {part:?}: {}", self.told());
        }
        self
    }
}
