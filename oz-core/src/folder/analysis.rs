//! Analyses as they are stored.

use serde::{Deserialize, Serialize};

use super::status::names;
use super::{AnalysisResults, AnalysisState, AnalysisStatus, FolderId, FolderVerdict, MediaId, Resolution};
use crate::account::UserId;
use crate::collection::CollectionId;
use crate::face::Threshold;
use crate::metadata::Metadata;
use crate::storage::{BlobKey, Failure, NewJob};
use crate::system::{CompanyId, Timestamp, typed_id};

typed_id!(
    /// Names an analysis.
    AnalysisId,
    "analysis"
);
typed_id!(
    /// Names the analyses that were started by one request.
    GroupId,
    "analysis group"
);

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnalysisKind {
    /// Is a live person before the camera? With best shot and quality.
    Liveness,
    /// Do all media show the same person?
    Matching,
    /// Is the person in a collection?
    Search,
}

names!(AnalysisKind { Liveness = "liveness", Matching = "matching", Search = "search" });

/// How it is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnalysisParams {
    /// Liveness: whether the best shot is kept.
    pub best_shot: bool,
    /// Liveness: score of an attack, 0..=1, at and above which it is declined.
    pub spoofing_threshold: f64,
    /// Matching and search: scores that separate match, inconclusive and no match.
    pub threshold: Threshold,
    /// Search: where, and how many candidates.
    pub search: Option<SearchParams>,
}

/// Where to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchParams {
    /// The collection.
    pub collection: CollectionId,
    /// Most candidates to keep with the results, at least 1.
    pub limit: u32,
}

impl Default for AnalysisParams {
    /// Best shot, .5 for liveness, .85 for comparison.
    fn default() -> Self {
        Self { best_shot: true, spoofing_threshold: 0.5, threshold: Threshold::default(), search: None }
    }
}

/// What an operator decided in place of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorDecision {
    /// The verdict.
    pub resolution: Resolution,
    /// Why.
    pub comment: Option<String>,
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// One question about media of a folder, and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Unique name.
    pub id: AnalysisId,
    /// Where it belongs.
    pub folder: FolderId,
    /// Whose it is.
    pub company: CompanyId,
    /// Who started it.
    pub owner: UserId,
    /// What was started with it.
    pub group: GroupId,
    /// What is asked.
    pub kind: AnalysisKind,
    /// How it is asked.
    pub params: AnalysisParams,
    /// Which media are looked at.
    pub sources: Vec<MediaId>,
    /// How far it is.
    pub state: AnalysisState,
    /// What it means, by the machine; once finished.
    pub resolution: Option<Resolution>,
    /// What it means, by a person.
    pub decision: Option<OperatorDecision>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// What was found; once finished.
    pub results: Option<AnalysisResults>,
    /// Free attributes.
    pub metadata: Metadata,
    /// When it was started.
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Timestamp,
    /// When it reached its end.
    pub finished: Option<Timestamp>,
}

impl Analysis {
    /// State and resolution in one word; a decision goes before the machine's.
    #[must_use]
    pub fn status(&self) -> AnalysisStatus {
        let decided = self.decision.as_ref().map(|decision| decision.resolution);
        match (self.state, decided.or(self.resolution)) {
            (AnalysisState::Processing, _) => AnalysisStatus::Processing,
            (AnalysisState::Failed, _) | (AnalysisState::Finished, None) => AnalysisStatus::Failed,
            (AnalysisState::Finished, Some(Resolution::Success)) => AnalysisStatus::Success,
            (AnalysisState::Finished, Some(Resolution::OperatorRequired)) => AnalysisStatus::OperatorRequired,
            (AnalysisState::Finished, Some(Resolution::Declined)) => AnalysisStatus::Declined,
        }
    }

    /// Whether it waits or runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.state == AnalysisState::Processing
    }

    /// Ends it with what was found, or with why nothing was.
    pub fn end(&mut self, outcome: Result<(Resolution, AnalysisResults), Failure>, now: Timestamp) {
        match outcome {
            Ok((resolution, results)) => {
                self.state = AnalysisState::Finished;
                self.resolution = Some(resolution);
                self.results = Some(results);
            }
            Err(failure) => {
                self.state = AnalysisState::Failed;
                self.failure = Some(failure);
            }
        }
        self.updated = now;
        self.finished = Some(now);
    }

    /// Sets an operator's decision in place of an earlier one.
    ///
    /// # Errors
    /// `storage.conflict` unless it is finished.
    pub fn decide(&mut self, decision: OperatorDecision) -> crate::Result<()> {
        if self.state != AnalysisState::Finished {
            return Err(self.id.conflict());
        }
        self.updated = decision.at;
        self.decision = Some(decision);
        Ok(())
    }

    /// Every blob that belongs to it.
    pub fn blobs(&self) -> impl Iterator<Item = BlobKey> {
        self.results.iter().flat_map(AnalysisResults::blobs)
    }

    /// What the machine alone says of it.
    #[must_use]
    pub fn machine_verdict(&self) -> FolderVerdict {
        self.progress().verdict()
    }

    /// What its folder has to know of it.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress { group: self.group, created: self.created, state: self.state, resolution: self.resolution }
    }
}

/// What a folder has to know of an analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What was started with it.
    pub group: GroupId,
    /// When it was started.
    pub created: Timestamp,
    /// How far it is.
    pub state: AnalysisState,
    /// What it means, by the machine.
    pub resolution: Option<Resolution>,
}

impl Progress {
    /// What the machine alone says of it.
    #[must_use]
    pub fn verdict(&self) -> FolderVerdict {
        match (self.state, self.resolution) {
            (AnalysisState::Processing, _) => FolderVerdict::Processing,
            (AnalysisState::Failed, _) | (AnalysisState::Finished, None) => FolderVerdict::Failed,
            (AnalysisState::Finished, Some(Resolution::Success)) => FolderVerdict::Success,
            (AnalysisState::Finished, Some(Resolution::OperatorRequired)) => FolderVerdict::OperatorRequired,
            (AnalysisState::Finished, Some(Resolution::Declined)) => FolderVerdict::Declined,
        }
    }
}

/// Analyses to start together, and the job that answers them.
#[derive(Debug, Clone, PartialEq)]
pub struct NewGroup {
    /// All of one group and one folder, in state `Processing`.
    pub analyses: Vec<Analysis>,
    /// The job, see [`super::JobKind::Analysis`].
    pub job: NewJob,
}

#[cfg(test)]
pub(in crate::folder) mod tests {
    use super::*;
    use crate::system::Uuid;

    /// An analysis of folder 1; groups of higher number were started later.
    pub(in crate::folder) fn analysis(
        group: u128,
        state: AnalysisState,
        resolution: Option<Resolution>,
    ) -> Analysis {
        let id = Uuid::from_u128;
        let at = Timestamp::from_secs(group as i64);
        Analysis {
            id: id(1).into(),
            folder: id(1).into(),
            company: id(1).into(),
            owner: id(1).into(),
            group: id(group).into(),
            kind: AnalysisKind::Liveness,
            params: AnalysisParams::default(),
            sources: Vec::new(),
            state,
            resolution,
            decision: None,
            failure: None,
            results: None,
            metadata: Metadata::default(),
            created: at,
            updated: at,
            finished: None,
        }
    }

    #[test]
    fn a_decision_goes_before_the_machine_and_leaves_its_verdict() {
        let mut decided = analysis(1, AnalysisState::Finished, Some(Resolution::Declined));
        let by = Uuid::from_u128(7).into();
        let at = Timestamp::from_secs(9);
        decided.decision = Some(OperatorDecision { resolution: Resolution::Success, comment: None, by, at });
        assert_eq!(decided.status(), AnalysisStatus::Success);
        assert_eq!(decided.machine_verdict(), FolderVerdict::Declined);
    }
}
