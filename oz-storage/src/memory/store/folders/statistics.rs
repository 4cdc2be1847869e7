//! Statistics of folders and analyses.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use oz_core::account::Scope;
use oz_core::folder::{Analysis, AnalysisCount, AttemptCount, Folder, FolderCount, Statistics};
use oz_core::listing::TimeRange;

use super::Folders;

impl Folders {
    pub(super) fn statistics(&self, scope: &Scope, range: &TimeRange, person: &str) -> Statistics {
        let records = || self.records.values().filter(|record| record.is_in(scope));
        let folders: Vec<&Folder> =
            records().map(|record| &record.folder).filter(|folder| range.admits(folder.created)).collect();
        let analyses =
            records().flat_map(|record| &record.analyses).filter(|analysis| range.admits(analysis.created));
        Statistics {
            folders: count_folders(&folders),
            analyses: count_analyses(analyses),
            attempts: count_attempts(&folders, person),
        }
    }
}

fn count_folders(folders: &[&Folder]) -> Vec<FolderCount> {
    let mut counts = BTreeMap::new();
    for folder in folders {
        *counts.entry((folder.created.day(), folder.state.verdict)).or_default() += 1;
    }
    counts.into_iter().map(|((day, verdict), count)| FolderCount { day, verdict, count }).collect()
}

fn count_analyses<'a>(analyses: impl Iterator<Item = &'a Analysis>) -> Vec<AnalysisCount> {
    let mut counts: BTreeMap<_, (u64, Duration)> = BTreeMap::new();
    for analysis in analyses {
        let (count, duration) =
            counts.entry((analysis.created.day(), analysis.kind, analysis.status())).or_default();
        *count += 1;
        *duration += analysis.finished.map_or(Duration::ZERO, |end| end.since(analysis.created));
    }
    let counted = counts.into_iter();
    counted
        .map(|((day, kind, status), (count, duration))| AnalysisCount { day, kind, status, count, duration })
        .collect()
}

fn count_attempts(folders: &[&Folder], person: &str) -> Vec<AttemptCount> {
    let mut attempts: BTreeMap<String, BTreeSet<_>> = BTreeMap::new();
    for folder in folders {
        let named = folder.metadata.facets().into_iter().filter(|(path, _)| path == person);
        for (_, name) in named {
            attempts.entry(name).or_default().insert(folder.id);
        }
    }

    let mut persons: BTreeMap<u64, u64> = BTreeMap::new();
    for folders in attempts.values() {
        *persons.entry(folders.len() as u64).or_default() += 1;
    }
    persons.into_iter().map(|(attempts, persons)| AttemptCount { attempts, persons }).collect()
}
