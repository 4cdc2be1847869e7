//! Natural order of names: runs of digits are compared as numbers.

use std::cmp::Ordering;

/// Compares two names in natural order: runs of digits by value, so that `frame_2` comes before `frame_10`,
/// and everything else byte by byte.
pub fn compare(left: &[u8], right: &[u8]) -> Ordering {
    let (mut left_rest, mut right_rest) = (left, right);
    loop {
        match (left_rest.first(), right_rest.first()) {
            (Some(a), Some(b)) if a.is_ascii_digit() && b.is_ascii_digit() => {
                let (a, b) = (take_digits(&mut left_rest), take_digits(&mut right_rest));
                let by_value = a.len().cmp(&b.len()).then_with(|| a.cmp(b));
                if by_value.is_ne() {
                    return by_value;
                }
            }
            (Some(a), Some(b)) if a == b => (left_rest, right_rest) = (&left_rest[1..], &right_rest[1..]),
            // Names that differ only in leading zeros still need a total order.
            (None, None) => return left.cmp(right),
            (a, b) => return a.cmp(&b),
        }
    }
}

/// Consumes the leading digits of `rest` and returns them without leading zeros.
fn take_digits<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, after) = rest.split_at(count);
    *rest = after;
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    &digits[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_value() {
        let mut names = ["frame_10.png", "frame_2.png", "b/1.png", "frame_02.png", "frame_1.png", "b/11.png"];
        names.sort_by(|a, b| compare(a.as_bytes(), b.as_bytes()));
        assert_eq!(
            names,
            ["b/1.png", "b/11.png", "frame_1.png", "frame_02.png", "frame_2.png", "frame_10.png"]
        );
    }

    #[test]
    fn numbers_may_exceed_any_integer_type() {
        let long = format!("9{}", "0".repeat(60));
        assert_eq!(compare(long.as_bytes(), b"10"), Ordering::Greater);
    }
}
