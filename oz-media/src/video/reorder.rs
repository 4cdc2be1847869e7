//! Reordering from decoding order to presentation order.

use std::collections::BTreeMap;

use super::picture::Picture;

/// Maximum number of waiting pictures: the standards allow 16, and inconsistent times must not exceed that.
const DEPTH: usize = 16;

/// Holds pictures back until no later sample can precede them in presentation order.
///
/// The times of all samples are known from the container, so no picture waits longer than necessary.
#[derive(Debug)]
pub(super) struct Reorder {
    /// For each sample, the earliest time among itself and all later samples.
    earliest: Vec<i64>,
    /// Waiting pictures by time, then by arrival.
    waiting: BTreeMap<(i64, usize), Picture>,
    arrived: usize,
}

impl Reorder {
    /// `times` are the presentation times of all samples in decoding order.
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

    /// Adds a decoded picture.
    pub(super) fn push(&mut self, time: i64, picture: Picture) {
        self.waiting.insert((time, self.arrived), picture);
        self.arrived += 1;
    }

    /// Next picture in presentation order, once all samples before index `next` are decoded.
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
    fn pictures_are_returned_in_presentation_order() {
        assert_eq!(order(&[0, 4, 2, 1, 3, 8, 6]), [0, 1, 2, 3, 4, 6, 8]);
    }

    #[test]
    fn pictures_of_equal_time_keep_their_order() {
        assert_eq!(order(&[0, 0, 1, 1]), [0, 0, 1, 1]);
    }

    #[test]
    fn descending_times_lose_no_picture() {
        let backwards: Vec<i64> = (0..40).rev().collect();
        assert_eq!(order(&backwards).len(), 40);
    }
}
