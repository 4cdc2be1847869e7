//! Retention: deletion of folders and media by age.

use oz_core::account::Scope;
use oz_core::folder::{Folder, FolderFilter, FolderId, FolderStatus};
use oz_core::listing::{Choice, Slice, TimeRange};
use oz_core::system::Timestamp;
use oz_core::{Error, Result};

use crate::Ports;
use crate::config::RetentionConfig;

/// Folders per page.
const BATCH: u32 = 200;

/// Counts of deleted records; in a dry run, of records that would be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retained {
    /// Folders deleted with their contents.
    pub folders: u64,
    /// Folders kept, but without their media.
    pub cleared: u64,
    /// Erased media.
    pub media: u64,
}

/// Deletes folders and media older than configured. With `dry_run` it only counts them. Folders with running
/// analyses are skipped.
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
        pass.run(filter(now.before(age.get()), None), Action::Delete, &mut retained).await?;
    }

    if let Some(age) = config.media {
        // A dry run leaves folders that are due for deletion in place. They are excluded here, as they are
        // counted above.
        let until = now.before(age.get());
        let since = config.folders.filter(|_| dry_run).map(|age| now.before(age.get()).after(MICROSECOND));
        let mut filter = filter(until, Some(false));
        filter.created.min = since;
        pass.run(filter, Action::Clear, &mut retained).await?;
    }
    Ok(retained)
}

const MICROSECOND: std::time::Duration = std::time::Duration::from_micros(1);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    /// Deletes the folder with its contents.
    Delete,
    /// Erases the media of the folder.
    Clear,
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
    /// Applies `action` to all folders that match `filter`, page by page.
    async fn run(&self, filter: FolderFilter, action: Action, retained: &mut Retained) -> Result<()> {
        let mut offset = 0;
        loop {
            let slice = Slice { offset, limit: BATCH, ..Slice::default() };
            let found = self.ports.folders.folders(&Scope::Everything, &filter, &slice).await?;
            if found.is_empty() {
                return Ok(());
            }

            retained.media += self.count_media(&found).await?;
            let mut skipped = 0;
            for folder in &found {
                let count = match (self.apply(folder, action).await?, action) {
                    (false, _) => &mut skipped,
                    (true, Action::Delete) => &mut retained.folders,
                    (true, Action::Clear) => &mut retained.cleared,
                };
                *count += 1;
            }

            // Processed folders no longer match the filter, unless this is a dry run.
            offset += if self.dry_run { found.len() as u64 } else { skipped };
        }
    }

    async fn count_media(&self, folders: &[Folder]) -> Result<u64> {
        let ids: Vec<FolderId> = folders.iter().map(|folder| folder.id).collect();
        let media = self.ports.folders.media_of(&Scope::Everything, &ids).await?;
        Ok(media.iter().filter(|media| media.blob.is_some()).count() as u64)
    }

    /// Returns false if the folder is kept because analyses have been started meanwhile.
    async fn apply(&self, folder: &Folder, action: Action) -> Result<bool> {
        let (folders, scope) = (&self.ports.folders, &Scope::Everything);
        if self.dry_run {
            return Ok(true);
        }

        let outcome = match action {
            Action::Delete => folders.delete_folder(scope, folder.id, self.now).await,
            Action::Clear => folders.clear_folder(scope, folder.id, self.now).await,
        };
        match outcome {
            Err(Error::Conflict { .. }) => Ok(false),
            // Another process has deleted it.
            Err(Error::NotFound { .. }) => Ok(true),
            outcome => outcome.map(|()| true),
        }
    }
}
