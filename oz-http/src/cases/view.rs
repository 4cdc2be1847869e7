//! Builds responses from records, with a small number of repository queries.

use std::collections::HashMap;

use oz_core::account::Scope;
use oz_core::collection::CollectionId;
use oz_core::folder::{Analysis, AnalysisFilter, Folder, FolderFilter, FolderId, StoredMedia};
use oz_core::listing::{Choice, Slice};
use oz_core::{Error, Result};

use crate::dto::analysis::AnalysisDto;
use crate::dto::analysis_view::AnalysisView;
use crate::dto::folder::FolderDto;
use crate::dto::media::MediaDto;
use crate::links::Links;
use crate::state::Ports;
use crate::{ApiError, ServiceState};

/// Builds responses about the records within a scope.
pub(crate) struct View<'a> {
    ports: &'a Ports,
    scope: &'a Scope,
    links: &'a Links,
    legacy_confidences: bool,
}

impl<'a> View<'a> {
    /// Records within `scope`, with media URLs from `links`.
    ///
    /// # Errors
    /// Code 10 on a stateless service.
    pub(crate) fn new(
        state: &'a ServiceState,
        scope: &'a Scope,
        links: &'a Links,
    ) -> std::result::Result<Self, ApiError> {
        let legacy_confidences = state.config().analyses.legacy_confidences;
        Ok(Self { ports: state.store()?, scope, links, legacy_confidences })
    }

    /// Folder with its media and analyses.
    pub(crate) async fn folder(&self, folder: Folder) -> Result<FolderDto> {
        let mut shown = self.folders(vec![folder], true).await?;
        Ok(shown.pop().expect("every folder yields one response"))
    }

    /// Folders with their media, and optionally with their analyses.
    pub(crate) async fn folders(&self, folders: Vec<Folder>, with_analyses: bool) -> Result<Vec<FolderDto>> {
        let ids: Vec<FolderId> = folders.iter().map(|folder| folder.id).collect();
        let mut media = group_by(self.media(&ids).await?, |media| media.folder);
        let stored = if with_analyses { self.analyses_of(&ids).await? } else { Vec::new() };
        let aliases = self.aliases(&stored).await?;
        let mut analyses = group_by(stored, |analysis| analysis.folder);

        let mut shown = Vec::with_capacity(folders.len());
        for folder in &folders {
            let media = media.remove(&folder.id).unwrap_or_default();
            let analyses = analyses.remove(&folder.id).unwrap_or_default();
            let view = self.analysis_view(Some(folder), &media, &aliases);
            let analyses = analyses.iter().map(|analysis| AnalysisDto::new(analysis, &view)).collect();
            shown.push(FolderDto::new(folder, self.show_media(&media), analyses));
        }
        Ok(shown)
    }

    /// Analyses of any folders, in the given order.
    pub(crate) async fn analyses(&self, analyses: &[Analysis]) -> Result<Vec<AnalysisDto>> {
        let ids = unique(analyses.iter().map(|analysis| analysis.folder));
        let folders = group_by(self.folders_of(&ids).await?, |folder| folder.id);
        let media = group_by(self.media(&ids).await?, |media| media.folder);
        let aliases = self.aliases(analyses).await?;

        let show = |analysis: &Analysis| {
            let folder = folders.get(&analysis.folder).and_then(|found| found.first());
            let media = media.get(&analysis.folder).map(Vec::as_slice).unwrap_or_default();
            AnalysisDto::new(analysis, &self.analysis_view(folder, media, &aliases))
        };
        Ok(analyses.iter().map(show).collect())
    }

    /// Single analysis.
    pub(crate) async fn analysis(&self, analysis: Analysis) -> Result<AnalysisDto> {
        let mut shown = self.analyses(&[analysis]).await?;
        Ok(shown.pop().expect("every analysis yields one response"))
    }

    /// Media with their URLs.
    pub(crate) fn show_media(&self, media: &[StoredMedia]) -> Vec<MediaDto> {
        media.iter().map(|media| MediaDto::new(media, Some(self.links))).collect()
    }

    /// Analyses of the folders, oldest first.
    pub(crate) async fn analyses_of(&self, folders: &[FolderId]) -> Result<Vec<Analysis>> {
        if folders.is_empty() {
            return Ok(Vec::new());
        }
        let folders = Choice { include: folders.to_vec(), exclude: Vec::new() };
        let filter = AnalysisFilter { folders, ..AnalysisFilter::default() };
        self.ports.folders.analyses(self.scope, &filter, &unlimited()).await
    }

    async fn folders_of(&self, ids: &[FolderId]) -> Result<Vec<Folder>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids = Choice { include: ids.to_vec(), exclude: Vec::new() };
        let filter = FolderFilter { ids, ..FolderFilter::default() };
        self.ports.folders.folders(self.scope, &filter, &unlimited()).await
    }

    async fn media(&self, folders: &[FolderId]) -> Result<Vec<StoredMedia>> {
        if folders.is_empty() {
            return Ok(Vec::new());
        }
        self.ports.folders.media_of(self.scope, folders).await
    }

    /// Aliases of the searched collections. Deleted collections are omitted.
    async fn aliases(&self, analyses: &[Analysis]) -> Result<HashMap<CollectionId, String>> {
        let searched = analyses.iter().filter_map(|analysis| analysis.params.search);
        let mut aliases = HashMap::new();
        for id in unique(searched.map(|search| search.collection)) {
            match self.ports.collections.repository.collection(id).await {
                Ok(collection) => drop(aliases.insert(id, collection.alias)),
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(aliases)
    }

    fn analysis_view<'b>(
        &'b self,
        folder: Option<&'b Folder>,
        media: &'b [StoredMedia],
        aliases: &'b HashMap<CollectionId, String>,
    ) -> AnalysisView<'b> {
        AnalysisView {
            folder,
            media,
            aliases,
            links: Some(self.links),
            inline_shots: None,
            legacy_confidences: self.legacy_confidences,
        }
    }
}

fn unlimited() -> Slice {
    Slice { limit: u32::MAX, ..Slice::default() }
}

fn unique<T: Eq + Copy>(ids: impl Iterator<Item = T>) -> Vec<T> {
    let mut found = Vec::new();
    for id in ids {
        if !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

fn group_by<K: Eq + std::hash::Hash, T>(items: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, Vec<T>> {
    let mut found: HashMap<K, Vec<T>> = HashMap::new();
    for item in items {
        found.entry(key(&item)).or_default().push(item);
    }
    found
}
