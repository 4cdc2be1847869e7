//! A wall round third-party decoders: a panic inside becomes an error outside.

use std::panic::{AssertUnwindSafe, catch_unwind};

use oz_core::{Error, Result};

/// Runs `work` of the decoder `name`; a panic is `media.corrupt`, because only damaged input brings one about.
///
/// Whoever calls drops the decoder after an error, so nothing sees its half-changed state. The panic hook of the process
/// is left alone and prints as it always does.
pub(crate) fn guarded<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Error::corrupt(format!("the {name} decoder gave up on damaged data"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error() {
        let result = guarded("test", || -> Result<()> { panic!("expected in this test") });
        assert_eq!(result.unwrap_err().code(), "media.corrupt");
    }
}
