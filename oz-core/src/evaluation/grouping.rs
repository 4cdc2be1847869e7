//! One table row for each group.

use std::collections::BTreeMap;

use super::{ErrorCurve, Trial, Trials};
use crate::Result;

/// Equal error rates of several groups of trials.
#[derive(Debug, Clone, PartialEq)]
pub struct EqualErrorSummary {
    /// Mean over the groups, each counting the same, 0..=1.
    pub mean: f64,
    /// The group that does worst; of equals the first by name.
    pub worst_group: String,
    /// Its rate, 0..=1.
    pub worst: f64,
}

/// The curve of each group of trials. A group in which a class has no trial has an error in place of a curve.
pub fn per_group<'a>(
    trials: impl IntoIterator<Item = (&'a str, Trial)>,
) -> BTreeMap<String, Result<ErrorCurve>> {
    let mut groups: BTreeMap<String, Vec<Trial>> = BTreeMap::new();
    for (group, trial) in trials {
        groups.entry(group.to_owned()).or_default().push(trial);
    }
    let curve = |trials| Ok(Trials::new(trials)?.curve());
    groups.into_iter().map(|(name, trials)| (name, curve(trials))).collect()
}

impl EqualErrorSummary {
    /// Sums up the groups that have a curve; absent when none has.
    #[must_use]
    pub fn of(groups: &BTreeMap<String, Result<ErrorCurve>>) -> Option<Self> {
        let rates = groups.iter().filter_map(|(name, curve)| Some((name, curve.as_ref().ok()?.eer().rate)));
        let (count, sum) = rates.clone().fold((0.0, 0.0), |(n, sum), (_, rate)| (n + 1.0, sum + rate));
        let (worst_group, worst) = rates.reduce(|worst, next| if next.1 > worst.1 { next } else { worst })?;
        Some(Self { mean: sum / count, worst_group: worst_group.clone(), worst })
    }
}

/// Numbers for `count` things of which some are known to be the same: linked ones, over however many links, get the same
/// number, others different ones; numbers run from 0 in order of first appearance.
///
/// This is how identities are told from pairs: pictures of a mated pair show one person.
#[must_use]
pub fn connected(count: usize, links: impl IntoIterator<Item = (usize, usize)>) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..count).collect();
    for (a, b) in links {
        let (a, b) = (root(&mut parent, a), root(&mut parent, b));
        parent[a.max(b)] = a.min(b);
    }
    let mut numbers = BTreeMap::new();
    let mut number = |thing| {
        let next = numbers.len();
        *numbers.entry(root(&mut parent, thing)).or_insert(next)
    };
    (0..count).map(&mut number).collect()
}

/// What stands for all that is linked; paths are halved on the way, so that the next walk is shorter.
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
    fn groups_are_summed_up_as_by_hand() {
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
    fn links_join_over_any_number_of_steps() {
        assert_eq!(connected(6, [(0, 1), (4, 5), (1, 4)]), [0, 0, 1, 2, 0, 0]);
        assert_eq!(connected(3, []), [0, 1, 2]);
    }

    proptest! {
        #[test]
        fn linked_things_share_a_number(links in prop::collection::vec((0usize..20, 0usize..20), 0..30)) {
            let numbers = connected(20, links.clone());
            prop_assert!(links.iter().all(|(a, b)| numbers[*a] == numbers[*b]));
            let mut backward = links;
            backward.reverse();
            prop_assert_eq!(connected(20, backward), numbers);
        }
    }
}
