//! Consistency of database and blob store: every record has its blobs, every blob its record.

use std::collections::BTreeSet;

use oz_core::Result;
use oz_core::account::{CompanyFilter, Scope};
use oz_core::collection::Page;
use oz_core::folder::{AnalysisFilter, AnalysisResults, FolderFilter, FolderId, StoredMedia};
use oz_core::listing::Slice;
use oz_core::storage::BlobKey;
use oz_core::system::{CompanyId, Timestamp};
use oz_http::Ports;
use serde::Serialize;

/// Records per query.
const BATCH: u32 = 1_000;

/// Result of a consistency check.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct CheckReport {
    /// Number of companies checked.
    pub companies: usize,
    /// Number of folders checked.
    pub folders: usize,
    /// Number of blobs that records reference.
    pub named: usize,
    /// Number of blobs in the store.
    pub stored: usize,
    /// Number of blobs on the erasure list: unfinished uploads, and pending deletions.
    pub staged: usize,
    /// Keys of blobs that records reference and the store lacks.
    pub missing: Vec<String>,
    /// Keys of stored blobs that are neither referenced nor on the erasure list.
    pub unowned: Vec<String>,
}

impl CheckReport {
    /// Whether no blob is missing or unowned.
    #[must_use]
    pub fn is_consistent(&self) -> bool {
        self.missing.is_empty() && self.unowned.is_empty()
    }
}

/// Deletes all blobs on the erasure list, due or not, and returns their number.
///
/// The list contains the blobs of unfinished uploads. Call this only while no service runs.
///
/// # Errors
/// `storage.backend`.
pub async fn sweep(ports: &Ports) -> Result<usize> {
    erase(ports, Timestamp::from_micros(i64::MAX)).await
}

/// Deletes the blobs on the erasure list that are due and returns their number.
///
/// # Errors
/// `storage.backend`.
pub async fn erase_due(ports: &Ports) -> Result<usize> {
    erase(ports, ports.clock.now()).await
}

async fn erase(ports: &Ports, until: Timestamp) -> Result<usize> {
    let mut swept = 0;
    loop {
        let keys = ports.erasures.due(until, BATCH as usize).await?;
        if keys.is_empty() {
            ports.erasures.scrub().await?;
            return Ok(swept);
        }
        for key in &keys {
            ports.blobs.delete(*key).await?;
        }
        ports.erasures.erased(&keys).await?;
        swept += keys.len();
    }
}

/// Compares the records and blobs of every company.
///
/// While a service runs, records that change during the check can be reported as missing or unowned.
///
/// # Errors
/// `storage.backend`.
pub async fn check(ports: &Ports) -> Result<CheckReport> {
    let staged: BTreeSet<BlobKey> = ports.erasures.keys().await?.into_iter().collect();

    let mut report = CheckReport { staged: staged.len(), ..CheckReport::default() };
    let mut named = BTreeSet::new();
    let mut stored = BTreeSet::new();
    report.folders = named_by_folders(ports, &mut named).await?;
    for company in companies(ports).await? {
        report.companies += 1;
        named_by_collections(ports, company, &mut named).await?;
        stored_for(ports, company, &mut stored).await?;
    }

    report.named = named.len();
    report.stored = stored.len();
    report.missing = named.difference(&stored).map(ToString::to_string).collect();
    report.unowned =
        stored.difference(&named).filter(|key| !staged.contains(key)).map(ToString::to_string).collect();
    Ok(report)
}

/// Removes inconsistencies of a restored backup, then [checks](check) it.
///
/// Deletes the blobs on the erasure list, then unowned blobs, whose records were deleted while the backup was
/// created.
///
/// # Errors
/// `storage.backend`.
pub async fn repair(ports: &Ports) -> Result<CheckReport> {
    sweep(ports).await?;
    for name in check(ports).await?.unowned {
        let Some((owner, id)) = name.split_once('/') else { continue };
        ports.blobs.delete(BlobKey { owner: owner.parse()?, id: id.parse()? }).await?;
    }
    check(ports).await
}

/// IDs of all companies.
///
/// # Errors
/// `storage.backend`.
pub async fn companies(ports: &Ports) -> Result<Vec<CompanyId>> {
    let mut all = Vec::new();
    loop {
        let slice = Slice { offset: all.len() as u64, limit: BATCH, ..Slice::default() };
        let part = ports.accounts.companies(&Scope::Everything, &CompanyFilter::default(), &slice).await?;
        if part.is_empty() {
            return Ok(all);
        }
        all.extend(part.iter().map(|company| company.id));
    }
}

/// Collects the blobs that media and results of analyses reference; returns the number of folders.
async fn named_by_folders(ports: &Ports, named: &mut BTreeSet<BlobKey>) -> Result<usize> {
    let (scope, mut count) = (Scope::Everything, 0);
    loop {
        let slice = Slice { offset: count, limit: BATCH, ..Slice::default() };
        let folders = ports.folders.folders(&scope, &FolderFilter::default(), &slice).await?;
        if folders.is_empty() {
            break;
        }

        count += folders.len() as u64;
        let ids: Vec<FolderId> = folders.iter().map(|folder| folder.id).collect();
        named.extend(ports.folders.media_of(&scope, &ids).await?.iter().flat_map(StoredMedia::blobs));
    }

    let mut analyses = 0;
    loop {
        let slice = Slice { offset: analyses, limit: BATCH, ..Slice::default() };
        let part = ports.folders.analyses(&scope, &AnalysisFilter::default(), &slice).await?;
        if part.is_empty() {
            return Ok(count as usize);
        }
        analyses += part.len() as u64;
        named.extend(
            part.iter().filter_map(|analysis| analysis.results.as_ref()).flat_map(AnalysisResults::blobs),
        );
    }
}

async fn named_by_collections(
    ports: &Ports,
    company: CompanyId,
    named: &mut BTreeSet<BlobKey>,
) -> Result<()> {
    let repository = &ports.collections.repository;
    for collection in repository.collections(company, &Page { after: None, limit: usize::MAX >> 1 }).await? {
        let mut page = Page { after: None, limit: BATCH as usize };
        loop {
            let subjects = repository.subjects(collection.id, &page).await?;
            let Some(last) = subjects.last() else { break };
            page.after = Some(last.position());
            for subject in &subjects {
                let references = repository.references(collection.id, subject.id).await?;
                named.extend(references.iter().filter_map(|reference| reference.image));
            }
        }
    }
    Ok(())
}

async fn stored_for(ports: &Ports, company: CompanyId, stored: &mut BTreeSet<BlobKey>) -> Result<()> {
    let mut after = None;
    loop {
        let part = ports.blobs.list(company, after, BATCH as usize).await?;
        let Some(last) = part.last() else { return Ok(()) };
        after = Some(*last);
        stored.extend(part);
    }
}
