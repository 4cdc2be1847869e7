//! PostgreSQL server for tests, in a temporary folder and on a socket in it. It stops when the process that
//! started it ends for any reason.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Creates a cluster in `$1`, starts the server, prints `ready`, waits for the end of standard input, stops
/// the server and removes the folder. `$2` is the value of `fsync`.
const SCRIPT: &str = r#"
cd "$1" || exit 1
initdb --pgdata=data --username=oz --auth=trust --encoding=UTF8 --no-sync >log 2>&1 || { cat log; exit 1; }
postgres -D data -k "$1" -c listen_addresses= -c fsync=$2 -c max_connections=400 >>log 2>&1 &
server=$!
until psql --host="$1" --username=oz --dbname=postgres --command='SELECT 1' >/dev/null 2>&1; do
    kill -0 $server 2>/dev/null || { cat log; exit 1; }
done
echo ready
cat >/dev/null
kill -INT $server
wait $server
rm -rf "$1"
"#;

/// Running server.
pub(crate) struct Server {
    folder: PathBuf,
    schemas: AtomicU32,
    /// Standard input of the script; closing it stops the server.
    _lifeline: ChildStdin,
    _child: Child,
}

impl Server {
    /// Returns the server shared by all tests of this process, or the reason why it could not be started.
    pub(crate) fn shared() -> Result<&'static Self, &'static str> {
        static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
        SERVER.get_or_init(|| Self::start("off")).as_ref().map_err(String::as_str)
    }

    /// Starts a server; `fsync` is `on` or `off`.
    pub(crate) fn start(fsync: &str) -> Result<Self, String> {
        let path = programs().ok_or("PostgreSQL is not installed")?;
        let folder = tempfile::Builder::new().prefix("oz-pg-").tempdir().map_err(|e| e.to_string())?.keep();
        let user = unprivileged(&folder)?;
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "sh"]).arg(&folder).arg(fsync);
        command.env("PATH", path).stdin(Stdio::piped()).stdout(Stdio::piped()).current_dir(&folder);
        // A signal to the process group of the tests must not kill the script, which has to clean up.
        command.process_group(0);
        if let Some((uid, gid)) = user {
            command.gid(gid).uid(uid);
        }
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let lifeline = child.stdin.take().expect("standard input is piped");
        let lines = BufReader::new(child.stdout.take().expect("standard output is piped")).lines();
        let output: Vec<String> = lines.map_while(Result::ok).take_while(|line| line != "ready").collect();
        if child.try_wait().map_err(|error| error.to_string())?.is_some() {
            return Err(output.join("\n"));
        }
        Ok(Self { folder, schemas: AtomicU32::new(0), _lifeline: lifeline, _child: child })
    }

    /// Address of the default database.
    pub(crate) fn url(&self) -> String {
        format!("postgres://oz@localhost/postgres?host={}", self.folder.display())
    }

    /// Returns the address and name of a new schema in the default database. The caller creates the schema.
    pub(crate) fn fresh_schema(&self) -> (String, String) {
        let name = format!("fresh_{}", self.schemas.fetch_add(1, Ordering::Relaxed));
        (format!("{}&options=-csearch_path%3D{name}", self.url()), name)
    }
}

/// Search path that starts with the programs of the newest installed server.
fn programs() -> Option<String> {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.filter_map(Result::ok).map(|entry| entry.path().join("bin")).collect())
        .unwrap_or_default();
    versions.sort();
    let folders = versions.into_iter().rev().chain(std::env::split_paths(&path));
    let complete = |folder: &PathBuf| ["initdb", "postgres"].iter().all(|name| folder.join(name).exists());
    let found = folders.into_iter().find(complete)?;
    Some(format!("{}:{path}", found.display()))
}

/// User and group to run the server as if this process is root, which PostgreSQL refuses. Gives them the
/// folder.
fn unprivileged(folder: &Path) -> Result<Option<(u32, u32)>, String> {
    if std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(folder).map_err(|e| e.to_string())?) != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd").map_err(|error| error.to_string())?;
    let ids = |name: &str| {
        let fields: Vec<&str> =
            users.lines().find(|line| line.starts_with(&format!("{name}:")))?.split(':').collect();
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    let (uid, gid) =
        ids("postgres").or_else(|| ids("nobody")).ok_or("no unprivileged user to run PostgreSQL as")?;
    std::os::unix::fs::chown(folder, Some(uid), Some(gid)).map_err(|error| error.to_string())?;
    Ok(Some((uid, gid)))
}
