//! Which part of a list, in which order.

use serde::{Deserialize, Serialize};

use crate::system::Timestamp;

/// Which time a list is ordered by; equal times are ordered by id, ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortKey {
    /// When the record was created.
    #[default]
    Created,
    /// When it was changed last.
    Updated,
}

/// An order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sorting {
    /// By which time.
    pub key: SortKey,
    /// Latest first; ids then descend as well.
    pub descending: bool,
}

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Records to pass over.
    pub offset: u64,
    /// Most records to give.
    pub limit: u32,
    /// In which order.
    pub sorting: Sorting,
}

impl Default for Slice {
    /// The first 100, by creation.
    fn default() -> Self {
        Self { offset: 0, limit: 100, sorting: Sorting::default() }
    }
}

/// Wanted and unwanted values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<T> {
    /// One of these; any value when empty.
    pub include: Vec<T>,
    /// None of these.
    pub exclude: Vec<T>,
}

impl<T> Default for Choice<T> {
    /// Any value.
    fn default() -> Self {
        Self { include: Vec::new(), exclude: Vec::new() }
    }
}

impl<T: PartialEq> Choice<T> {
    /// Only this value.
    #[must_use]
    pub fn only(value: T) -> Self {
        Self { include: vec![value], exclude: Vec::new() }
    }

    /// Whether a value is wanted.
    #[must_use]
    pub fn admits(&self, value: &T) -> bool {
        (self.include.is_empty() || self.include.contains(value)) && !self.exclude.contains(value)
    }
}

/// A stretch of time, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeRange {
    /// Not before.
    pub min: Option<Timestamp>,
    /// Not after.
    pub max: Option<Timestamp>,
}

impl TimeRange {
    /// Whether a time lies in it.
    #[must_use]
    pub fn admits(&self, time: Timestamp) -> bool {
        self.min.is_none_or(|min| min <= time) && self.max.is_none_or(|max| time <= max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_without_wishes_admits_all() {
        assert!(Choice::default().admits(&3));
        let choice = Choice { include: vec![1, 2], exclude: vec![2] };
        assert_eq!([1, 2, 3].map(|value| choice.admits(&value)), [true, false, false]);
    }

    #[test]
    fn both_ends_of_a_range_belong_to_it() {
        let at = Timestamp::from_secs;
        let range = TimeRange { min: Some(at(2)), max: Some(at(4)) };
        assert_eq!([1, 2, 4, 5].map(|second| range.admits(at(second))), [false, true, true, false]);
    }
}
