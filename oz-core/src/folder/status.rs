//! How far things are, and what came of them.

use serde::{Deserialize, Serialize};

use super::Progress;

/// How far an analysis is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnalysisState {
    /// Waits or runs.
    Processing,
    /// Has its results.
    Finished,
    /// Ended without results.
    Failed,
}

/// What an analysis means for the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// The check is passed.
    Success,
    /// A person has to decide.
    OperatorRequired,
    /// The check is not passed.
    Declined,
}

/// State and resolution of an analysis in one word, operator's decision included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnalysisStatus {
    /// Waits or runs.
    Processing,
    /// Ended without results.
    Failed,
    /// The check is passed.
    Success,
    /// A person has to decide.
    OperatorRequired,
    /// The check is not passed.
    Declined,
}

/// How far the analyses of a folder are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FolderStatus {
    /// There are none.
    #[default]
    Initial,
    /// At least one waits or runs.
    Processing,
    /// All are finished.
    Finished,
    /// None runs, at least one failed.
    Failed,
}

/// The machine's verdict on a folder: the worst of its last group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FolderVerdict {
    /// Nothing was analysed.
    #[default]
    Initial,
    /// Not known yet.
    Processing,
    /// All checks are passed.
    Success,
    /// A person has to decide.
    OperatorRequired,
    /// A check is not passed.
    Declined,
    /// An analysis ended without results.
    Failed,
}

/// Status and verdict of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct FolderState {
    /// How far its analyses are.
    pub status: FolderStatus,
    /// What the machine says of the last group.
    pub verdict: FolderVerdict,
}

impl FolderState {
    /// What follows from all analyses of a folder, in any order.
    ///
    /// Operators' decisions do not change it: they stand at their analyses.
    #[must_use]
    pub fn of(analyses: &[Progress]) -> Self {
        let Some(last) = analyses.iter().max_by_key(|analysis| (analysis.created, analysis.group)) else {
            return Self::default();
        };
        let in_state = |state| analyses.iter().any(|analysis| analysis.state == state);
        let status = if in_state(AnalysisState::Processing) {
            FolderStatus::Processing
        } else if in_state(AnalysisState::Failed) {
            FolderStatus::Failed
        } else {
            FolderStatus::Finished
        };
        let group = analyses.iter().filter(|analysis| analysis.group == last.group);
        let verdicts = group.map(Progress::verdict);
        let verdict = verdicts.clone().find(|verdict| *verdict == FolderVerdict::Processing);
        Self { status, verdict: verdict.or(verdicts.max()).unwrap_or_default() }
    }

    /// Whether the last running analysis has ended since `earlier`.
    #[must_use]
    pub fn has_completed_since(&self, earlier: Self) -> bool {
        earlier.status == FolderStatus::Processing && self.is_complete()
    }

    /// Whether nothing waits or runs any more.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        matches!(self.status, FolderStatus::Finished | FolderStatus::Failed)
    }
}

/// Stable names of a closed set of words, as stored.
macro_rules! names {
    ($name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        impl $name {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name, as stored.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text),+
                }
            }

            /// The one of a stable name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.name() == name)
            }
        }
    };
}
pub(super) use names;

names!(AnalysisState { Processing = "processing", Finished = "finished", Failed = "failed" });
names!(Resolution { Success = "success", OperatorRequired = "operator_required", Declined = "declined" });
names!(AnalysisStatus {
    Processing = "processing",
    Failed = "failed",
    Success = "success",
    OperatorRequired = "operator_required",
    Declined = "declined",
});
names!(FolderStatus { Initial = "initial", Processing = "processing", Finished = "finished", Failed = "failed" });
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
        let progress = |(group, state, resolution): &(u128, AnalysisState, Option<Resolution>)| {
            analysis(*group, *state, *resolution).progress()
        };
        let analyses: Vec<Progress> = analyses.iter().map(progress).collect();
        assert_eq!(FolderState::of(&analyses), FolderState { status, verdict });
    }

    #[test]
    fn a_folder_is_what_its_analyses_make_it() {
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
        let asks = [(1, Finished, Some(Success)), (1, Finished, Some(OperatorRequired))];
        check(&asks, FolderStatus::Finished, FolderVerdict::OperatorRequired);
        check(
            &[(1, Finished, Some(Declined)), (1, Failed, None)],
            FolderStatus::Failed,
            FolderVerdict::Failed,
        );
    }

    #[test]
    fn the_verdict_is_that_of_the_last_group() {
        let groups = [
            (1, AnalysisState::Finished, Some(Resolution::Declined)),
            (2, AnalysisState::Finished, Some(Resolution::Success)),
        ];
        check(&groups, FolderStatus::Finished, FolderVerdict::Success);
    }

    #[test]
    fn names_are_read_back() {
        for verdict in FolderVerdict::ALL {
            assert_eq!(FolderVerdict::named(verdict.name()), Some(*verdict));
        }
        assert_eq!(AnalysisStatus::named("other"), None);
    }
}
