//! Error rates per group, and groups from linked items.

use std::collections::BTreeMap;

use super::{ErrorCurve, Trial, Trials};
use crate::Result;

/// Summary of the equal error rates of several groups of trials.
#[derive(Debug, Clone, PartialEq)]
pub struct EqualErrorSummary {
    /// Unweighted mean over the groups, 0..=1.
    pub mean: f64,
    /// Group with the highest rate; of equal ones the first by name.
    pub worst_group: String,
    /// Rate of the worst group, 0..=1.
    pub worst: f64,
}

/// Error curve of each group of trials, by name. A group that lacks trials of one class has an error in place
/// of a curve.
pub fn per_group<'a>(
    trials: impl IntoIterator<Item = (&'a str, Trial)>,
) -> BTreeMap<String, Result<ErrorCurve>> {
    let mut groups: BTreeMap<String, Vec<Trial>> = BTreeMap::new();
    for (group, trial) in trials {
        groups.entry(group.to_owned()).or_default().push(trial);
    }
    groups
        .into_iter()
        .map(|(name, trials)| (name, Trials::new(trials).map(|trials| trials.curve())))
        .collect()
}

impl EqualErrorSummary {
    /// Summarises the groups that have a curve; `None` when no group has one.
    #[must_use]
    pub fn of(groups: &BTreeMap<String, Result<ErrorCurve>>) -> Option<Self> {
        let rates = groups.iter().filter_map(|(name, curve)| Some((name, curve.as_ref().ok()?.eer().rate)));
        let (count, sum) = rates.clone().fold((0.0, 0.0), |(n, sum), (_, rate)| (n + 1.0, sum + rate));
        let (worst_group, worst) = rates.reduce(|worst, next| if next.1 > worst.1 { next } else { worst })?;
        Some(Self { mean: sum / count, worst_group: worst_group.clone(), worst })
    }
}

/// Connected components of `count` items: returns one component index per item, from 0 in order of first
/// appearance. Items that are linked, directly or through others, share an index.
///
/// Used to derive identities from mated pairs, since both pictures of such a pair show the same person.
///
/// # Panics
/// When a link contains an index of `count` or above.
#[must_use]
pub fn connected(count: usize, links: impl IntoIterator<Item = (usize, usize)>) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..count).collect();
    for (a, b) in links {
        let (a, b) = (root(&mut parent, a), root(&mut parent, b));
        parent[a.max(b)] = a.min(b);
    }

    let mut components = BTreeMap::new();
    (0..count)
        .map(|item| {
            let next = components.len();
            *components.entry(root(&mut parent, item)).or_insert(next)
        })
        .collect()
}

/// Representative of the component of `at`. Halves the path on the way, which shortens later walks.
fn root(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn trial(score: f64, target: bool) -> Trial {
        Trial { score, target, groups: [0, 0] }
    }

    #[test]
    fn summary_matches_a_count_by_hand() {
        let groups = per_group([
            ("a", trial(0.9, true)),
            ("a", trial(0.1, false)),
            ("b", trial(0.5, true)),
            ("b", trial(0.5, false)),
            ("c", trial(0.5, true)),
        ]);
        assert!(groups["c"].is_err(), "one class only");
        let summary = EqualErrorSummary::of(&groups).unwrap();
        assert_eq!(summary, EqualErrorSummary { mean: 0.25, worst_group: "b".into(), worst: 0.5 });
        assert_eq!(EqualErrorSummary::of(&BTreeMap::new()), None);
    }

    #[test]
    fn links_are_transitive() {
        assert_eq!(connected(6, [(0, 1), (4, 5), (1, 4)]), [0, 0, 1, 2, 0, 0]);
        assert_eq!(connected(3, []), [0, 1, 2]);
    }

    proptest! {
        #[test]
        fn linked_items_share_a_component(links in prop::collection::vec((0usize..20, 0usize..20), 0..30)) {
            let numbers = connected(20, links.clone());
            prop_assert!(links.iter().all(|(a, b)| numbers[*a] == numbers[*b]));
            let mut backward = links;
            backward.reverse();
            prop_assert_eq!(connected(20, backward), numbers);
        }
    }
}
