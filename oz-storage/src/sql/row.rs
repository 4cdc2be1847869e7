//! Conversion between values and columns.

use std::borrow::Cow;
use std::time::Duration;

use oz_core::digest::Digest;
use oz_core::metadata::Metadata;
use oz_core::storage::BlobKey;
use oz_core::system::{Timestamp, Uuid};
use oz_core::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::types::Uuid as Stored;
use sqlx::{ColumnIndex, Decode, Row as _, Type};

use super::{Db, During as _, Row};

const READING: &str = "reading a record";

/// Column value of an ID.
pub(super) fn uuid(id: Uuid) -> Stored {
    Stored::from_u128(id.as_u128())
}

/// Column value of a time: microseconds since 1970.
pub(super) fn time(time: Timestamp) -> i64 {
    time.as_micros()
}

/// Column value of a duration: microseconds, saturating.
pub(super) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Column value of a number, saturating.
pub(super) fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// First character of an escape sequence.
const ESCAPE: char = '\u{1}';

/// Column value of a text. U+0000, which PostgreSQL does not support, and the escape character itself are
/// escaped. The encoding preserves equality and substring relations.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if !text.contains(['\0', ESCAPE]) {
        return text.into();
    }
    text.replace(ESCAPE, "\u{1}1").replace('\0', "\u{1}0").into()
}

fn unescaped(stored: String) -> String {
    if !stored.contains(ESCAPE) {
        return stored;
    }
    stored.replace("\u{1}0", "\0").replace("\u{1}1", "\u{1}")
}

/// Column value of a structured value: JSON text.
pub(super) fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::backend("writing a record", false, error))
}

/// Typed access to the columns of a row.
pub(super) trait Columns {
    /// Column value as decoded by the driver.
    fn get_value<'r, T: Decode<'r, Db> + Type<Db>>(&'r self, column: &str) -> Result<T>;

    fn id<T: From<Uuid>>(&self, column: &str) -> Result<T> {
        self.optional_id(column)?.ok_or_else(|| damaged(column))
    }

    fn optional_id<T: From<Uuid>>(&self, column: &str) -> Result<Option<T>> {
        let stored: Option<Stored> = self.get_value(column)?;
        Ok(stored.map(|stored| Uuid::from_u128(stored.as_u128()).into()))
    }

    fn text(&self, column: &str) -> Result<String> {
        self.get_value(column).map(unescaped)
    }

    fn optional_text(&self, column: &str) -> Result<Option<String>> {
        let stored: Option<String> = self.get_value(column)?;
        Ok(stored.map(unescaped))
    }

    fn flag(&self, column: &str) -> Result<bool> {
        self.get_value(column)
    }

    fn time(&self, column: &str) -> Result<Timestamp> {
        self.get_value(column).map(Timestamp::from_micros)
    }

    fn optional_time(&self, column: &str) -> Result<Option<Timestamp>> {
        let stored: Option<i64> = self.get_value(column)?;
        Ok(stored.map(Timestamp::from_micros))
    }

    fn duration(&self, column: &str) -> Result<Duration> {
        self.number(column).map(Duration::from_micros)
    }

    fn number<T: TryFrom<i64>>(&self, column: &str) -> Result<T> {
        T::try_from(self.get_value::<i64>(column)?).map_err(|_| damaged(column))
    }

    fn digest(&self, column: &str) -> Result<Digest> {
        let bytes: Vec<u8> = self.get_value(column)?;
        bytes.try_into().map(Digest::from_bytes).map_err(|_| damaged(column))
    }

    /// Value of an enumeration, parsed by `named`.
    fn word<T>(&self, column: &str, named: impl FnOnce(&str) -> Option<T>) -> Result<T> {
        named(self.get_value::<&str>(column)?).ok_or_else(|| damaged(column))
    }

    fn optional_word<T>(&self, column: &str, named: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>> {
        let word: Option<&str> = self.get_value(column)?;
        word.map(|word| named(word).ok_or_else(|| damaged(column))).transpose()
    }

    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T> {
        parsed(self.get_value(column)?)
    }

    fn optional_json<T: DeserializeOwned>(&self, column: &str) -> Result<Option<T>> {
        self.get_value::<Option<&str>>(column)?.map(parsed).transpose()
    }

    fn metadata(&self, column: &str) -> Result<Metadata> {
        self.json(column)
    }

    /// Key of a blob stored in two columns; `None` if one of them is NULL.
    fn optional_blob(&self, owner: &str, id: &str) -> Result<Option<BlobKey>> {
        let (owner, id) = (self.optional_id(owner)?, self.optional_id(id)?);
        Ok(owner.zip(id).map(|(owner, id)| BlobKey { owner, id }))
    }
}

impl Columns for Row
where
    for<'c> &'c str: ColumnIndex<Self>,
{
    fn get_value<'r, T: Decode<'r, Db> + Type<Db>>(&'r self, column: &str) -> Result<T> {
        self.try_get(column).during(READING)
    }
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::backend(READING, false, error))
}

fn damaged(column: &str) -> Error {
    Error::backend(READING, false, format!("column {column} has an invalid value"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_round_trips() {
        for original in ["", "plain", "a\0b", "\u{1}", "\u{1}0", "\u{1}1\0\0", "\0\u{1}\u{1}0"] {
            let stored = text(original);
            assert!(!stored.contains('\0'), "{original:?}");
            assert_eq!(unescaped(stored.into_owned()), original);
        }
    }
}
