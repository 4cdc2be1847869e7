//! Stored analyses.

use serde::{Deserialize, Serialize};

use super::{
    AnalysisKind, AnalysisResults, AnalysisState, AnalysisStatus, FolderId, FolderVerdict, MediaId,
    Resolution,
};
use crate::account::UserId;
use crate::analysis::liveness::DEFAULT_SPOOFING_THRESHOLD;
use crate::collection::CollectionId;
use crate::face::Threshold;
use crate::metadata::Metadata;
use crate::storage::{BlobKey, Failure, NewJob};
use crate::system::{CompanyId, Timestamp, typed_id};

typed_id!(
    /// ID of an analysis.
    AnalysisId,
    "analysis"
);
typed_id!(
    /// ID shared by the analyses that one request started.
    GroupId,
    "analysis group"
);

/// Parameters of an analysis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnalysisParams {
    /// Liveness: whether the best shot is stored.
    pub best_shot: bool,
    /// Liveness: attack score, 0..=1, from which on the analysis is declined.
    pub spoofing_threshold: f64,
    /// Matching and search: comparison scores that separate match, inconclusive and non-match.
    pub threshold: Threshold,
    /// Search: collection and size of the candidate list.
    pub search: Option<SearchParams>,
    /// Parameters of a custom kind.
    #[serde(default)]
    pub custom: Metadata,
}

/// Parameters of a one-to-many search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchParams {
    /// Collection to search.
    pub collection: CollectionId,
    /// Maximum length of the stored candidate list, at least 1.
    pub limit: u32,
}

impl Default for AnalysisParams {
    /// Best shot enabled, [`DEFAULT_SPOOFING_THRESHOLD`], default comparison threshold.
    fn default() -> Self {
        Self {
            best_shot: true,
            spoofing_threshold: DEFAULT_SPOOFING_THRESHOLD,
            threshold: Threshold::default(),
            search: None,
            custom: Metadata::default(),
        }
    }
}

/// Decision of an operator that overrides the automatic resolution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorDecision {
    /// Resolution chosen by the operator.
    pub resolution: Resolution,
    /// Reason given by the operator.
    pub comment: Option<String>,
    /// ID of the operator.
    pub by: UserId,
    /// Time of the decision.
    pub at: Timestamp,
}

/// An analysis of media in a folder, with its results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Unique ID.
    pub id: AnalysisId,
    /// Folder of the analysis.
    pub folder: FolderId,
    /// Owning company.
    pub company: CompanyId,
    /// User who started the analysis.
    pub owner: UserId,
    /// Group of analyses started by the same request.
    pub group: GroupId,
    /// Kind of analysis.
    pub kind: AnalysisKind,
    /// Effective parameters.
    pub params: AnalysisParams,
    /// Analysed media, in order of upload.
    pub sources: Vec<MediaId>,
    /// Processing state.
    pub state: AnalysisState,
    /// Automatic resolution; present once finished.
    pub resolution: Option<Resolution>,
    /// Operator's decision, which takes precedence over `resolution`.
    pub decision: Option<OperatorDecision>,
    /// Cause of the failure, if it failed.
    pub failure: Option<Failure>,
    /// Results; present once finished.
    pub results: Option<AnalysisResults>,
    /// Custom attributes.
    pub metadata: Metadata,
    /// Start time.
    pub created: Timestamp,
    /// Time of the last change.
    pub updated: Timestamp,
    /// Time at which the analysis finished or failed.
    pub finished: Option<Timestamp>,
}

impl Analysis {
    /// State and resolution combined. An operator's decision takes precedence over the automatic resolution.
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

    /// Whether the analysis is queued or running.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.state == AnalysisState::Processing
    }

    /// Ends the analysis with its resolution and results, or with a failure.
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

    /// Sets the operator's decision, replacing an earlier one.
    ///
    /// # Errors
    /// `storage.conflict` unless the analysis is finished.
    pub fn decide(&mut self, decision: OperatorDecision) -> crate::Result<()> {
        if self.state != AnalysisState::Finished {
            return Err(self.id.conflict());
        }
        self.updated = decision.at;
        self.decision = Some(decision);
        Ok(())
    }

    /// Keys of all blobs of the analysis.
    pub fn blobs(&self) -> impl Iterator<Item = BlobKey> {
        self.results.iter().flat_map(AnalysisResults::blobs)
    }

    /// Automatic verdict, ignoring an operator's decision.
    #[must_use]
    pub fn machine_verdict(&self) -> FolderVerdict {
        self.summary().verdict()
    }

    /// Summary from which the folder state is derived.
    #[must_use]
    pub fn summary(&self) -> AnalysisSummary {
        AnalysisSummary {
            group: self.group,
            created: self.created,
            state: self.state,
            resolution: self.resolution,
        }
    }
}

/// Summary of an analysis from which the folder state is derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnalysisSummary {
    /// Group of analyses started by the same request.
    pub group: GroupId,
    /// Start time.
    pub created: Timestamp,
    /// Processing state.
    pub state: AnalysisState,
    /// Automatic resolution.
    pub resolution: Option<Resolution>,
}

impl AnalysisSummary {
    /// Automatic verdict, ignoring an operator's decision.
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

/// A group of analyses to start, with the job that processes it.
#[derive(Debug, Clone, PartialEq)]
pub struct NewGroup {
    /// Analyses of one group and one folder, in state `Processing`.
    pub analyses: Vec<Analysis>,
    /// Job of kind [`super::JobKind::Analysis`].
    pub job: NewJob,
}

#[cfg(test)]
pub(in crate::folder) mod tests {
    use super::*;
    use crate::system::Uuid;

    /// An analysis in folder 1; a group with a higher number was started later.
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
    fn decision_overrides_the_status_but_not_the_automatic_verdict() {
        let mut decided = analysis(1, AnalysisState::Finished, Some(Resolution::Declined));
        let by = Uuid::from_u128(7).into();
        let at = Timestamp::from_secs(9);
        decided.decision = Some(OperatorDecision { resolution: Resolution::Success, comment: None, by, at });
        assert_eq!(decided.status(), AnalysisStatus::Success);
        assert_eq!(decided.machine_verdict(), FolderVerdict::Declined);
    }
}
