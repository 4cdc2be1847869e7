//! Panic isolation for third-party decoders.

use std::panic::{AssertUnwindSafe, catch_unwind};

use oz_core::{Error, Result};

/// Runs `work` of the decoder `name` and turns a panic into `media.corrupt`, as damaged input causes it.
///
/// The caller must drop the decoder after an error, because a panic may leave it in an inconsistent state.
/// The panic hook of the process is not replaced, so the panic is still reported on standard error.
pub(crate) fn guarded<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(Error::corrupt(format!("the {name} decoder failed on damaged data"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panic_becomes_an_error() {
        let result = guarded("test", || -> Result<()> { panic!("expected in this test") });
        assert_eq!(result.unwrap_err().code(), "media.corrupt");
    }
}
