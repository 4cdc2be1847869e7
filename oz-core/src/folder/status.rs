//! States and verdicts of analyses and folders.

use serde::{Deserialize, Serialize};

use super::AnalysisSummary;

/// Processing state of an analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnalysisState {
    /// Queued or running.
    Processing,
    /// Ended with results.
    Finished,
    /// Ended without results.
    Failed,
}

/// Conclusion of an analysis, from most to least favourable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The check passed.
    Success,
    /// An operator must decide.
    OperatorRequired,
    /// The check did not pass.
    Declined,
}

/// Combined state and resolution of an analysis, including an operator's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnalysisStatus {
    /// Queued or running.
    Processing,
    /// Ended without results.
    Failed,
    /// The check passed.
    Success,
    /// An operator must decide.
    OperatorRequired,
    /// The check did not pass.
    Declined,
}

/// Processing status of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FolderStatus {
    /// No analyses.
    #[default]
    Initial,
    /// At least one analysis is queued or running.
    Processing,
    /// All analyses finished.
    Finished,
    /// All analyses ended, at least one of them failed.
    Failed,
}

/// Automatic verdict on a folder: the worst result in its latest group of analyses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FolderVerdict {
    /// No analyses.
    #[default]
    Initial,
    /// Pending.
    Processing,
    /// All checks passed.
    Success,
    /// An operator must decide.
    OperatorRequired,
    /// At least one check did not pass.
    Declined,
    /// At least one analysis ended without results.
    Failed,
}

/// Status and verdict of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct FolderState {
    /// Processing status.
    pub status: FolderStatus,
    /// Automatic verdict on the latest group.
    pub verdict: FolderVerdict,
}

impl FolderState {
    /// Derives the state from all analyses of a folder, given in any order.
    ///
    /// Operators' decisions have no influence; they affect only the status of their analyses.
    #[must_use]
    pub fn of(analyses: &[AnalysisSummary]) -> Self {
        let Some(last) = analyses.iter().max_by_key(|analysis| (analysis.created, analysis.group)) else {
            return Self::default();
        };

        let any_in = |state| analyses.iter().any(|analysis| analysis.state == state);
        let status = if any_in(AnalysisState::Processing) {
            FolderStatus::Processing
        } else if any_in(AnalysisState::Failed) {
            FolderStatus::Failed
        } else {
            FolderStatus::Finished
        };

        let verdicts =
            analyses.iter().filter(|analysis| analysis.group == last.group).map(AnalysisSummary::verdict);
        let pending = verdicts.clone().find(|verdict| *verdict == FolderVerdict::Processing);
        Self { status, verdict: pending.or(verdicts.max()).unwrap_or_default() }
    }

    /// Whether the last running analysis has ended since `earlier`.
    #[must_use]
    pub fn has_completed_since(&self, earlier: Self) -> bool {
        earlier.status == FolderStatus::Processing && self.is_complete()
    }

    /// Whether all analyses have ended. False for a folder without analyses.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(self.status, FolderStatus::Finished | FolderStatus::Failed)
    }
}

/// Implements `ALL`, `name` and `named` for a fieldless enum. The names are used in storage and must not
/// change.
macro_rules! names {
    ($name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        impl $name {
            /// All variants.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Stable name used in storage.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }

            /// Looks up a variant by its stable name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.name() == name)
            }
        }
    };
}

names!(AnalysisState { Processing = "processing", Finished = "finished", Failed = "failed" });
names!(Resolution { Success = "success", OperatorRequired = "operator_required", Declined = "declined" });
names!(AnalysisStatus {
    Processing = "processing",
    Failed = "failed",
    Success = "success",
    OperatorRequired = "operator_required",
    Declined = "declined",
});
names!(FolderStatus {
    Initial = "initial",
    Processing = "processing",
    Finished = "finished",
    Failed = "failed",
});
names!(FolderVerdict {
    Initial = "initial",
    Processing = "processing",
    Success = "success",
    OperatorRequired = "operator_required",
    Declined = "declined",
    Failed = "failed",
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::analysis::tests::analysis;

    fn check(
        analyses: &[(u128, AnalysisState, Option<Resolution>)],
        status: FolderStatus,
        verdict: FolderVerdict,
    ) {
        let summary = |(group, state, resolution): &(u128, AnalysisState, Option<Resolution>)| {
            analysis(*group, *state, *resolution).summary()
        };
        let analyses: Vec<AnalysisSummary> = analyses.iter().map(summary).collect();
        assert_eq!(FolderState::of(&analyses), FolderState { status, verdict });
    }

    #[test]
    fn folder_state_is_derived_from_the_analyses() {
        use AnalysisState::{Failed, Finished, Processing};
        use Resolution::{Declined, OperatorRequired, Success};

        check(&[], FolderStatus::Initial, FolderVerdict::Initial);
        check(&[(1, Processing, None)], FolderStatus::Processing, FolderVerdict::Processing);
        check(
            &[(1, Finished, Some(Success)), (1, Processing, None)],
            FolderStatus::Processing,
            FolderVerdict::Processing,
        );
        let both = [(1, Finished, Some(Success)), (1, Finished, Some(Declined))];
        check(&both, FolderStatus::Finished, FolderVerdict::Declined);
        let undecided = [(1, Finished, Some(Success)), (1, Finished, Some(OperatorRequired))];
        check(&undecided, FolderStatus::Finished, FolderVerdict::OperatorRequired);
        check(
            &[(1, Finished, Some(Declined)), (1, Failed, None)],
            FolderStatus::Failed,
            FolderVerdict::Failed,
        );
    }

    #[test]
    fn verdict_follows_the_latest_group() {
        let groups = [
            (1, AnalysisState::Finished, Some(Resolution::Declined)),
            (2, AnalysisState::Finished, Some(Resolution::Success)),
        ];
        check(&groups, FolderStatus::Finished, FolderVerdict::Success);
    }

    #[test]
    fn names_round_trip() {
        for verdict in FolderVerdict::ALL {
            assert_eq!(FolderVerdict::named(verdict.name()), Some(*verdict));
        }
        assert_eq!(AnalysisStatus::named("other"), None);
    }
}
