//! Parts of files: RFC 9110, section 14, one range at a time.

/// What of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it.
    Whole,
    /// These bytes, both ends included.
    Part {
        /// The first.
        first: u64,
        /// The last.
        last: u64,
    },
    /// What is not there.
    Nowhere,
}

/// Reads the header `Range`. What is no range of bytes, or more than one, is answered with the whole, as the RFC allows.
pub(super) fn wanted(header: Option<&str>, size: u64) -> Wanted {
    let range = header.and_then(|text| text.trim().strip_prefix("bytes=")).filter(|text| !text.contains(','));
    let Some((first, last)) = range.and_then(|text| text.split_once('-')) else { return Wanted::Whole };
    match (number(first), number(last)) {
        (Bound::Absent, Bound::At(0)) => Wanted::Nowhere,
        (Bound::Absent, Bound::At(length)) => part(size.saturating_sub(length), u64::MAX, size),
        (Bound::At(first), Bound::Absent) => part(first, u64::MAX, size),
        (Bound::At(first), Bound::At(last)) if first <= last => part(first, last, size),
        _ => Wanted::Whole,
    }
}

fn part(first: u64, last: u64, size: u64) -> Wanted {
    if first >= size { Wanted::Nowhere } else { Wanted::Part { first, last: last.min(size - 1) } }
}

enum Bound {
    Absent,
    At(u64),
    Wrong,
}

fn number(text: &str) -> Bound {
    match text.trim() {
        "" => Bound::Absent,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Bound::At(digits.parse().unwrap_or(u64::MAX))
        }
        _ => Bound::Wrong,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, expected: Wanted) {
        assert_eq!(wanted(Some(header), 10), expected, "{header}");
    }

    #[test]
    fn a_range_is_cut_to_the_file() {
        let part = |first, last| Wanted::Part { first, last };
        check("bytes=0-3", part(0, 3));
        check("bytes=4-", part(4, 9));
        check("bytes=-4", part(6, 9));
        check("bytes=-40", part(0, 9));
        check("bytes=2-99", part(2, 9));
        check("bytes=9-99999999999999999999999", part(9, 9));
    }

    #[test]
    fn what_is_not_there_is_said_and_nonsense_is_passed_over() {
        check("bytes=10-", Wanted::Nowhere);
        check("bytes=-0", Wanted::Nowhere);
        for header in ["bytes=5-2", "bytes=a-b", "bytes=1-2,4-5", "items=0-1", "bytes=-", "bytes=+1-2", ""] {
            check(header, Wanted::Whole);
        }
        assert_eq!(wanted(None, 10), Wanted::Whole);
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Nowhere);
    }
}
