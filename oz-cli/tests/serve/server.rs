//! The program `oz serve` in a folder of its own, as a test sees it: an address, a password, a process id.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::client::Client;

/// Longest time until the service answers.
const START: Duration = Duration::from_secs(60);

/// A running service, killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// `http://127.0.0.1:PORT`.
    pub(crate) url: String,
    /// The administrator's one-time password, on the first start.
    pub(crate) password: Option<String>,
}

/// How a service is started.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    /// Where it keeps everything.
    pub(crate) data: PathBuf,
    /// Further arguments of `oz serve`.
    pub(crate) arguments: Vec<String>,
    /// Environment variables.
    pub(crate) variables: Vec<(String, String)>,
}

impl Start {
    /// With SQLite in a folder.
    pub(crate) fn in_folder(data: &Path) -> Self {
        Self { data: data.into(), arguments: Vec::new(), variables: Vec::new() }
    }

    /// With a variable of the environment.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// With an argument.
    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Another command of the program on the same storage: whether it ended well, and what it printed.
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
        let told = lines(server.child.stdout.take().unwrap());
        while server.url.is_empty() {
            let line = told.recv_timeout(START).expect("the service starts in time");
            if let Some(password) = line.strip_prefix("one-time password: ") {
                server.password = Some(password.trim().into());
            }
            server.url = line.strip_prefix("listening on ").unwrap_or_default().trim().into();
        }
        server
    }
}

/// What a process prints, line by line, also after nobody listens any more.
fn lines(output: ChildStdout) -> mpsc::Receiver<String> {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let _ = tell.send(line);
        }
    });
    told
}

impl Server {
    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The text of one of the operator's pages.
    pub(crate) fn page(&self, path: &str) -> String {
        let (status, body) = Client::stranger(&self.url).download(&format!("{}{path}", self.url));
        assert_eq!(status, 200, "{path}");
        String::from_utf8(body).unwrap()
    }

    /// A client of the administrator that the first start made.
    pub(crate) fn administrator(&self) -> Client {
        Client::sign_in(&self.url, "admin@localhost", self.password.as_ref().unwrap())
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and waits until it has. Says whether it ended well.
    pub(crate) fn stop(mut self) -> bool {
        let asked = Command::new("kill").args(["-TERM", &self.id().to_string()]).status().unwrap();
        asked.success() && self.child.wait().unwrap().success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
