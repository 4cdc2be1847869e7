//! Errors of the driver, mapped to errors of the ports.

use oz_core::{Error, Result};
use sqlx::Error as Driver;
use sqlx::error::{DatabaseError, ErrorKind};

/// Error reported by the driver, without SQL and without values.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct DriverError(String);

/// Maps a result of the driver to a result of a port.
pub(super) trait During<T> {
    /// Maps every error. `operation` describes the failed operation.
    fn during(self, operation: &'static str) -> Result<T>;

    /// Like [`During::during`], but maps the violation of a unique constraint to `conflict`.
    fn unless_taken(self, operation: &'static str, conflict: impl FnOnce() -> Error) -> Result<T>;
}

impl<T> During<T> for std::result::Result<T, Driver> {
    fn during(self, operation: &'static str) -> Result<T> {
        self.map_err(|error| translated(operation, &error))
    }

    fn unless_taken(self, operation: &'static str, conflict: impl FnOnce() -> Error) -> Result<T> {
        self.map_err(|error| match kind(&error) {
            Some(ErrorKind::UniqueViolation) => conflict(),
            _ => translated(operation, &error),
        })
    }
}

/// Whether a foreign key refers to a missing record.
pub(super) fn lacks_parent(error: &Driver) -> bool {
    matches!(kind(error), Some(ErrorKind::ForeignKeyViolation))
}

fn kind(error: &Driver) -> Option<ErrorKind> {
    error.as_database_error().map(DatabaseError::kind)
}

fn translated(operation: &str, error: &Driver) -> Error {
    if kind(error).is_some_and(|kind| matches!(kind, ErrorKind::UniqueViolation)) {
        return Error::Conflict { what: operation.into() };
    }
    match error.as_database_error().and_then(DatabaseError::code).as_deref() {
        // PostgreSQL: program limit exceeded, here the size of an index entry.
        Some("54000") => {
            Error::InvalidValue { name: "text", detail: "exceeds the size the database can index".into() }
        }
        _ => Error::backend(operation, is_retryable(error), DriverError(text(error))),
    }
}

/// Whether the same call may succeed later: a lock was held, or a connection or resource was unavailable.
fn is_retryable(error: &Driver) -> bool {
    match error {
        Driver::Io(_) | Driver::PoolTimedOut | Driver::WorkerCrashed | Driver::BeginFailed => true,
        Driver::Database(error) => error.code().is_some_and(|code| is_transient(&code)),
        _ => false,
    }
}

/// Whether an error code is transient. SQLite has numbers with the primary code in the low byte; PostgreSQL
/// has SQLSTATE codes of five characters, of which the first two are the class.
fn is_transient(code: &str) -> bool {
    const BUSY_LOCKED_IO_FULL: [u32; 4] = [5, 6, 10, 13];
    if code.len() == 5 && !code.starts_with("SQLITE") {
        let class = &code[..2];
        return matches!(class, "08" | "40" | "53" | "58") || code.starts_with("57P") || code == "55P03";
    }
    code.parse::<u32>().is_ok_and(|number| BUSY_LOCKED_IO_FULL.contains(&(number & 0xff)))
}

fn text(error: &Driver) -> String {
    match error {
        Driver::Database(error) => described(error.as_ref()),
        Driver::Configuration(_) => "the connection settings are not valid".into(),
        other => other.to_string(),
    }
}

/// Describes an error of the database. Messages about data and statements (classes 22, 23 and 42) may quote
/// them, so only their code and constraint are shown.
fn described(error: &dyn DatabaseError) -> String {
    let code = error.code().unwrap_or_default();
    let quotes = ["22", "23", "42"].into_iter().any(|class| code.len() == 5 && code.starts_with(class));
    match error.constraint() {
        Some(constraint) => format!("code {code}, constraint {constraint}"),
        None if quotes => format!("code {code}"),
        None => format!("code {code}: {}", error.message()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_transient_codes_are_retryable() {
        for code in ["5", "517", "6", "13", "40001", "40P01", "53300", "57P01", "08006", "55P03"] {
            assert!(is_transient(code), "{code}");
        }
        for code in ["1", "19", "2067", "11", "23505", "42P01", "28P01", ""] {
            assert!(!is_transient(code), "{code}");
        }
    }

    #[test]
    fn exhausted_pool_is_retryable() {
        let error = std::result::Result::<(), _>::Err(Driver::PoolTimedOut).during("reading").unwrap_err();
        assert!(error.is_retryable());
        assert_eq!(error.code(), "storage.backend");
    }
}
