//! From decoding order to presentation order.

use std::collections::BTreeMap;

use super::picture::Picture;

/// Pictures that may wait; the standards allow 16, and a file whose times make no sense shall not hold more.
const DEPTH: usize = 16;

/// Holds pictures back until no sample that is still to come can be shown before them.
///
/// The container knows the times of all samples, so nothing waits longer than it must.
#[derive(Debug)]
pub(super) struct Reorder {
    /// Earliest time among the samples from this one on.
    earliest: Vec<i64>,
    waiting: BTreeMap<(i64, usize), Picture>,
    arrived: usize,
}

impl Reorder {
    /// `times` are those of all samples in decoding order.
    pub(super) fn new(times: impl DoubleEndedIterator<Item = i64>) -> Self {
        let mut earliest: Vec<i64> = times
            .rev()
            .scan(i64::MAX, |least, time| {
                *least = time.min(*least);
                Some(*least)
            })
            .collect();
        earliest.reverse();
        Self { earliest, waiting: BTreeMap::new(), arrived: 0 }
    }

    /// Takes in a picture.
    pub(super) fn push(&mut self, time: i64, picture: Picture) {
        self.waiting.insert((time, self.arrived), picture);
        self.arrived += 1;
    }

    /// The next picture to show, when all samples before number `next` are decoded.
    pub(super) fn pop(&mut self, next: usize) -> Option<(i64, Picture)> {
        let (&(time, _), _) = self.waiting.first_key_value()?;
        let in_order = self.earliest.get(next).is_none_or(|&earliest| time <= earliest);
        if in_order || self.waiting.len() > DEPTH {
            return self.waiting.pop_first().map(|((time, _), picture)| (time, picture));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::color::ColorHint;
    use crate::video::picture::Plane;

    fn order(times: &[i64]) -> Vec<i64> {
        let plane = || Plane::bytes(vec![0], 1);
        let picture = Picture {
            width: 1,
            height: 1,
            depth: 8,
            shift_x: 0,
            shift_y: 0,
            planes: [plane(), plane(), plane()],
            color: ColorHint::default(),
        };
        let mut reorder = Reorder::new(times.iter().copied());
        let mut shown = Vec::new();
        for (at, &time) in times.iter().enumerate() {
            reorder.push(time, picture.clone());
            shown.extend(std::iter::from_fn(|| reorder.pop(at + 1)).map(|(time, _)| time));
        }
        shown
    }

    #[test]
    fn pictures_coded_ahead_wait_for_those_shown_first() {
        assert_eq!(order(&[0, 4, 2, 1, 3, 8, 6]), [0, 1, 2, 3, 4, 6, 8]);
    }

    #[test]
    fn equal_times_keep_their_order_and_all_come_out() {
        assert_eq!(order(&[0, 0, 1, 1]), [0, 0, 1, 1]);
    }

    #[test]
    fn times_that_make_no_sense_hold_no_more_than_the_depth() {
        let backwards: Vec<i64> = (0..40).rev().collect();
        assert_eq!(order(&backwards).len(), 40);
    }
}
