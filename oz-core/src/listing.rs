//! Sorting, slicing and filtering of lists.

use serde::{Deserialize, Serialize};

use crate::system::Timestamp;

/// Timestamp that a list is sorted by. Ties are broken by ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortKey {
    /// Creation time.
    #[default]
    Created,
    /// Time of the last change.
    Updated,
}

/// Sort order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sorting {
    /// Timestamp to sort by.
    pub key: SortKey,
    /// Latest first; IDs then descend as well.
    pub descending: bool,
}

/// A contiguous part of a sorted list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Number of records to skip.
    pub offset: u64,
    /// Maximum number of records to return.
    pub limit: u32,
    /// Sort order of the list.
    pub sorting: Sorting,
}

impl Default for Slice {
    /// The first 100 records by creation time.
    fn default() -> Self {
        Self { offset: 0, limit: 100, sorting: Sorting::default() }
    }
}

/// Filter on one field by included and excluded values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<T> {
    /// Accepted values; empty accepts any value.
    pub include: Vec<T>,
    /// Rejected values; takes precedence over `include`.
    pub exclude: Vec<T>,
}

impl<T> Default for Choice<T> {
    /// Accepts any value.
    fn default() -> Self {
        Self { include: Vec::new(), exclude: Vec::new() }
    }
}

impl<T: PartialEq> Choice<T> {
    /// Accepts exactly one value.
    #[must_use]
    pub fn only(value: T) -> Self {
        Self { include: vec![value], exclude: Vec::new() }
    }

    /// Whether the filter accepts a value.
    #[must_use]
    pub fn admits(&self, value: &T) -> bool {
        (self.include.is_empty() || self.include.contains(value)) && !self.exclude.contains(value)
    }
}

/// A closed time interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeRange {
    /// Inclusive lower bound; unbounded when absent.
    pub min: Option<Timestamp>,
    /// Inclusive upper bound; unbounded when absent.
    pub max: Option<Timestamp>,
}

impl TimeRange {
    /// Whether the interval contains `time`.
    #[must_use]
    pub fn admits(&self, time: Timestamp) -> bool {
        self.min.is_none_or(|min| min <= time) && self.max.is_none_or(|max| time <= max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_choice_admits_any_value_and_exclusion_takes_precedence() {
        assert!(Choice::default().admits(&3));

        let choice = Choice { include: vec![1, 2], exclude: vec![2] };
        assert_eq!([1, 2, 3].map(|value| choice.admits(&value)), [true, false, false]);
    }

    #[test]
    fn time_range_includes_both_bounds() {
        let at = Timestamp::from_secs;
        let range = TimeRange { min: Some(at(2)), max: Some(at(4)) };
        assert_eq!([1, 2, 4, 5].map(|second| range.admits(at(second))), [false, true, true, false]);
    }
}
