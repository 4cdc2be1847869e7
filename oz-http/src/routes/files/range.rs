//! Byte ranges: RFC 9110, section 14, limited to one range per request.

/// The requested part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByteRange {
    /// The whole file.
    Whole,
    /// A range of bytes.
    Part {
        /// Offset of the first byte.
        first: u64,
        /// Offset of the last byte, inclusive.
        last: u64,
    },
    /// A range outside the file.
    Unsatisfiable,
}

/// Parses the header `Range`. Malformed and multiple ranges select the whole file, as the RFC allows.
pub(super) fn parse_range(header: Option<&str>, size: u64) -> ByteRange {
    let range = header.and_then(|text| text.trim().strip_prefix("bytes=")).filter(|text| !text.contains(','));
    let Some((first, last)) = range.and_then(|text| text.split_once('-')) else { return ByteRange::Whole };

    match (parse_bound(first), parse_bound(last)) {
        (Bound::Absent, Bound::At(0)) => ByteRange::Unsatisfiable,
        (Bound::Absent, Bound::At(length)) => clamp(size.saturating_sub(length), u64::MAX, size),
        (Bound::At(first), Bound::Absent) => clamp(first, u64::MAX, size),
        (Bound::At(first), Bound::At(last)) if first <= last => clamp(first, last, size),
        _ => ByteRange::Whole,
    }
}

fn clamp(first: u64, last: u64, size: u64) -> ByteRange {
    if first >= size { ByteRange::Unsatisfiable } else { ByteRange::Part { first, last: last.min(size - 1) } }
}

enum Bound {
    Absent,
    At(u64),
    Malformed,
}

fn parse_bound(text: &str) -> Bound {
    match text.trim() {
        "" => Bound::Absent,
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Bound::At(digits.parse().unwrap_or(u64::MAX))
        }
        _ => Bound::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, expected: ByteRange) {
        assert_eq!(parse_range(Some(header), 10), expected, "{header}");
    }

    #[test]
    fn range_is_clamped_to_the_file() {
        let part = |first, last| ByteRange::Part { first, last };
        check("bytes=0-3", part(0, 3));
        check("bytes=4-", part(4, 9));
        check("bytes=-4", part(6, 9));
        check("bytes=-40", part(0, 9));
        check("bytes=2-99", part(2, 9));
        check("bytes=9-99999999999999999999999", part(9, 9));
    }

    #[test]
    fn range_outside_the_file_is_unsatisfiable_and_malformed_range_is_ignored() {
        check("bytes=10-", ByteRange::Unsatisfiable);
        check("bytes=-0", ByteRange::Unsatisfiable);
        for header in ["bytes=5-2", "bytes=a-b", "bytes=1-2,4-5", "items=0-1", "bytes=-", "bytes=+1-2", ""] {
            check(header, ByteRange::Whole);
        }
        assert_eq!(parse_range(None, 10), ByteRange::Whole);
        assert_eq!(parse_range(Some("bytes=0-"), 0), ByteRange::Unsatisfiable);
    }
}
