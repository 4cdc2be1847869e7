//! The program `oz serve`, started on a free port with its own data folder.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::client::Client;

/// Maximum start-up time.
const START: Duration = Duration::from_secs(60);

/// Running service, killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// `http://127.0.0.1:PORT`.
    pub(crate) url: String,
    /// One-time password of the administrator, on the first start.
    pub(crate) password: Option<String>,
}

/// Arguments and environment of a service.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    /// Data folder.
    pub(crate) data: PathBuf,
    /// Further arguments of `oz serve`.
    pub(crate) arguments: Vec<String>,
    /// Environment variables.
    pub(crate) variables: Vec<(String, String)>,
}

impl Start {
    /// Service with SQLite in a data folder.
    pub(crate) fn in_folder(data: &Path) -> Self {
        Self { data: data.into(), arguments: Vec::new(), variables: Vec::new() }
    }

    /// Adds an environment variable.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Adds an argument.
    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Runs another command on the same storage; returns success and output.
    pub(crate) fn command(&self, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_oz"));
        command.args(arguments).arg("--data-dir").arg(&self.data);
        let run = command.envs(self.variables.iter().map(|(name, value)| (name, value))).output().unwrap();
        let errors = String::from_utf8_lossy(&run.stderr).into_owned();
        (run.status.success(), String::from_utf8_lossy(&run.stdout).into_owned() + &errors)
    }

    /// Starts the program and waits until it listens.
    pub(crate) fn run(&self) -> Server {
        let child = Command::new(env!("CARGO_BIN_EXE_oz"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(&self.data)
            .args(&self.arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut server = Server { child, url: String::new(), password: None };
        let printed = lines(server.child.stdout.take().unwrap());
        while server.url.is_empty() {
            let line = printed.recv_timeout(START).expect("the service starts in time");
            if let Some(password) = line.strip_prefix("one-time password: ") {
                server.password = Some(password.trim().into());
            }
            server.url = line.strip_prefix("listening on ").unwrap_or_default().trim().into();
        }
        server
    }
}

/// Lines of an output. It is read to its end even after the receiver is dropped, so that the process never
/// blocks.
fn lines(output: ChildStdout) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    receiver
}

impl Server {
    /// Process ID.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Body of an operator route.
    pub(crate) fn page(&self, path: &str) -> String {
        let (status, body) = Client::anonymous(&self.url).download(&format!("{}{path}", self.url));
        assert_eq!(status, 200, "{path}");
        String::from_utf8(body).unwrap()
    }

    /// Client of the administrator that the first start created.
    pub(crate) fn administrator(&self) -> Client {
        Client::sign_in(&self.url, "admin@localhost", self.password.as_ref().unwrap())
    }

    /// Kills the process, like `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM and waits for the end; returns whether the exit code was 0.
    pub(crate) fn stop(mut self) -> bool {
        let sent = Command::new("kill").args(["-TERM", &self.id().to_string()]).status().unwrap();
        sent.success() && self.child.wait().unwrap().success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
