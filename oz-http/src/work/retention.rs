//! What a service forgets by itself, by age.

use oz_core::account::Scope;
use oz_core::folder::{Folder, FolderFilter, FolderId, FolderStatus};
use oz_core::listing::{Choice, Slice, TimeRange};
use oz_core::system::Timestamp;
use oz_core::{Error, Result};

use crate::Ports;
use crate::config::RetentionConfig;

/// Folders that are looked at together.
const BATCH: u32 = 200;

/// What was forgotten, or would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retained {
    /// Folders that go with everything in them.
    pub folders: u64,
    /// Folders that stay without their media.
    pub cleared: u64,
    /// Media that go.
    pub media: u64,
}

/// Forgets folders and media that are older than the settings allow; with `dry_run` only says how many those are. Folders
/// in which analyses run are left alone.
///
/// # Errors
/// `storage.backend`.
pub async fn retain(
    ports: &Ports,
    config: &RetentionConfig,
    now: Timestamp,
    dry_run: bool,
) -> Result<Retained> {
    let mut retained = Retained::default();
    let pass = Pass { ports, now, dry_run };
    if let Some(age) = config.folders {
        pass.over(filter(now.before(age.get()), None), Fate::Deleted, &mut retained).await?;
    }
    if let Some(age) = config.media {
        // What is deleted as a whole is counted there; without a dry run it is gone by now.
        let until = now.before(age.get());
        let since = config.folders.filter(|_| dry_run).map(|age| now.before(age.get()).after(MICROSECOND));
        let mut filter = filter(until, Some(false));
        filter.created.min = since;
        pass.over(filter, Fate::Cleared, &mut retained).await?;
    }
    Ok(retained)
}

const MICROSECOND: std::time::Duration = std::time::Duration::from_micros(1);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Deleted,
    Cleared,
}

fn filter(until: Timestamp, cleared: Option<bool>) -> FolderFilter {
    FolderFilter {
        created: TimeRange { min: None, max: Some(until) },
        statuses: Choice { include: Vec::new(), exclude: vec![FolderStatus::Processing] },
        cleared,
        ..FolderFilter::default()
    }
}

struct Pass<'a> {
    ports: &'a Ports,
    now: Timestamp,
    dry_run: bool,
}

impl Pass<'_> {
    async fn over(&self, filter: FolderFilter, fate: Fate, retained: &mut Retained) -> Result<()> {
        let mut offset = 0;
        loop {
            let slice = Slice { offset, limit: BATCH, ..Slice::default() };
            let found = self.ports.folders.folders(&Scope::Everything, &filter, &slice).await?;
            if found.is_empty() {
                return Ok(());
            }
            let media = self.media(&found).await?;
            let mut left = 0;
            for folder in &found {
                let count = match (self.meet(folder, fate).await?, fate) {
                    (false, _) => &mut left,
                    (true, Fate::Deleted) => &mut retained.folders,
                    (true, Fate::Cleared) => &mut retained.cleared,
                };
                *count += 1;
            }
            retained.media += media;
            // What went leaves the list; what stays has to be passed over.
            offset += if self.dry_run { found.len() as u64 } else { left };
        }
    }

    async fn media(&self, folders: &[Folder]) -> Result<u64> {
        let ids: Vec<FolderId> = folders.iter().map(|folder| folder.id).collect();
        let media = self.ports.folders.media_of(&Scope::Everything, &ids).await?;
        Ok(media.iter().filter(|media| media.blob.is_some()).count() as u64)
    }

    /// False when the folder stays because analyses were started meanwhile.
    async fn meet(&self, folder: &Folder, fate: Fate) -> Result<bool> {
        let (folders, scope) = (&self.ports.folders, &Scope::Everything);
        if self.dry_run {
            return Ok(true);
        }
        let met = match fate {
            Fate::Deleted => folders.delete_folder(scope, folder.id, self.now).await,
            Fate::Cleared => folders.clear_folder(scope, folder.id, self.now).await,
        };
        match met {
            Err(Error::Conflict { .. }) => Ok(false),
            // Somebody else was faster.
            Err(Error::NotFound { .. }) => Ok(true),
            met => met.map(|()| true),
        }
    }
}
