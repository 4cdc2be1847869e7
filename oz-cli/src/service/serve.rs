//! `oz serve`

use std::net::SocketAddr;

use clap::Args;
use oz::Result;
use oz_server::examiner::{WorkerLimits, WorkerProgram};
use oz_server::{BoundServer, Role, Server, ServiceSettings, shutdown_signal, start_logs};

use super::{StoreArgs, arenas, runtime};
use crate::setup::SetupArgs;
use crate::{Answered, output};

/// Run the HTTP service.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    store: StoreArgs,
    /// Address and port to listen on; port 0 selects a free port (default: 127.0.0.1:8080)
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// Tasks of this process: all, api or worker (default: all)
    #[arg(long, value_name = "ROLE", value_parser = role)]
    role: Option<Role>,
    /// Store nothing and serve only the Instant and Lite methods
    #[arg(long)]
    stateless: bool,
    /// Examinations in parallel; 0 is one per core (default: 0)
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
}

impl ServeArgs {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        arenas::limit_to_cores();
        let settings = self.settings(setup)?;
        start_logs(&settings.log, settings.log_format)?;
        let config = setup.config()?;

        runtime()?.block_on(async {
            let worker = WorkerProgram::this_program(WorkerLimits { memory: settings.examiner_memory })?;
            let server = Server::builder().config(config).settings(settings).worker(worker).bind().await?;
            print_access(&server)?;
            server.run(shutdown_signal()).await?;
            Ok(Answered::All)
        })
    }

    fn settings(&self, setup: &SetupArgs) -> Result<ServiceSettings> {
        let mut settings = self.store.settings(setup)?;
        settings.listen = self.listen.unwrap_or(settings.listen);
        settings.role = self.role.unwrap_or(settings.role);
        settings.workers = self.workers.unwrap_or(settings.workers);
        settings.stateless |= self.stateless;
        Ok(settings)
    }
}

/// Prints the first administrator and the URL. Scripts parse these lines; the URL comes last, once the socket
/// is bound.
fn print_access(server: &BoundServer) -> Result<()> {
    if let Some(first) = server.administrator() {
        output::text(format!("administrator: {}", first.email))?;
        output::text(format!("one-time password: {}", first.password))?;
    }
    output::text(format!("listening on {}", server.url()))
}

fn role(text: &str) -> std::result::Result<Role, String> {
    match text {
        "all" => Ok(Role::All),
        "api" => Ok(Role::Api),
        "worker" => Ok(Role::Worker),
        _ => Err("must be all, api or worker".into()),
    }
}
