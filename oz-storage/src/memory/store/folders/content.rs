//! Adding content to a folder. Everything is checked before anything is stored.

use std::collections::BTreeSet;
use std::hash::Hash;

use oz_core::Result;
use oz_core::folder::{Analysis, FolderContent, FolderId, MediaId, NewGroup, StoredMedia};
use oz_core::storage::{JobId, NewJob};

use super::State;

impl State {
    /// Checks that content can be added to a folder that holds the media `present`.
    pub(super) fn check_content(
        &self,
        folder: FolderId,
        present: &[StoredMedia],
        content: &FolderContent,
    ) -> Result<()> {
        self.check_media(folder, &content.media)?;
        if let Some(group) = &content.group {
            let known: BTreeSet<MediaId> =
                present.iter().chain(&content.media).map(|media| media.id).collect();
            self.check_group(folder, &known, group)?;
        }

        let mut jobs: Vec<JobId> = jobs(content).map(|job| job.id).collect();
        jobs.sort();
        let duplicate = jobs.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
        let taken = duplicate.or(jobs.into_iter().find(|id| self.jobs.contains(*id)));
        taken.map_or(Ok(()), |id| Err(id.conflict()))
    }

    fn check_media(&self, folder: FolderId, media: &[StoredMedia]) -> Result<()> {
        let known = &self.folders.media;
        let taken = repeated(media.iter().map(|media| media.id), |id| known.contains_key(id));
        let misplaced = media.iter().find(|media| media.folder != folder).map(|media| media.id);
        if let Some(id) = taken.or(misplaced) {
            return Err(id.conflict());
        }

        self.erasures.check(media.iter().flat_map(StoredMedia::blobs))
    }

    fn check_group(&self, folder: FolderId, media: &BTreeSet<MediaId>, group: &NewGroup) -> Result<()> {
        let mut sources = group.analyses.iter().flat_map(|analysis| &analysis.sources);
        if let Some(absent) = sources.find(|source| !media.contains(source)) {
            return Err(absent.not_found());
        }

        let known = &self.folders.analyses;
        let taken = repeated(group.analyses.iter().map(|analysis| analysis.id), |id| known.contains_key(id));
        let is_invalid = |analysis: &&Analysis| analysis.folder != folder || !analysis.is_running();
        let invalid = group.analyses.iter().find(is_invalid).map(|analysis| analysis.id);
        taken.or(invalid).map_or(Ok(()), |id| Err(id.conflict()))
    }

    /// Stores content that was checked, in an existing folder.
    pub(super) fn store_content(&mut self, folder: FolderId, content: &FolderContent) {
        let Some(record) = self.folders.records.get_mut(&folder) else { return };
        self.erasures.take(content.media.iter().flat_map(StoredMedia::blobs));
        self.folders.media.extend(content.media.iter().map(|media| (media.id, folder)));
        record.media.extend(content.media.iter().cloned());
        record.media.sort_by_key(|media| media.created);

        let analyses = content.group.iter().flat_map(|group| &group.analyses);
        for analysis in analyses {
            self.folders.analyses.insert(analysis.id, folder);
            self.folders.groups.insert(analysis.group, folder);
            record.analyses.push(analysis.clone());
        }

        jobs(content).for_each(|job| self.jobs.add(job.clone()));
    }
}

fn jobs(content: &FolderContent) -> impl Iterator<Item = &NewJob> {
    content.group.iter().map(|group| &group.job).chain(&content.jobs)
}

/// First ID that is already known or occurs twice.
fn repeated<I: Copy + Eq + Hash + Ord>(
    ids: impl Iterator<Item = I>,
    mut is_known: impl FnMut(&I) -> bool,
) -> Option<I> {
    let mut seen = BTreeSet::new();
    let mut ids = ids;
    ids.find(|id| is_known(id) || !seen.insert(*id))
}
