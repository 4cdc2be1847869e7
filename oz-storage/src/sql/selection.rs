//! Queries with conditions that depend on the request.

use std::fmt::Display;

use oz_core::Result;
use oz_core::account::Scope;
use oz_core::listing::{Choice, Slice, SortKey, TimeRange};
use sqlx::{Encode, QueryBuilder, Type};

use super::{Columns as _, Connection, Db, During as _, Row, count, text as stored, time, uuid};

/// SELECT statement to which conditions are added; all of them must hold. Values are always bound as
/// parameters, never written into the text.
pub(super) struct Selection(QueryBuilder<Db>);

impl Selection {
    /// Starts a query. `select` must end with the tables.
    pub(super) fn new(select: &'static str) -> Self {
        let mut query = QueryBuilder::new(select);
        query.push(" WHERE TRUE");
        Self(query)
    }

    /// Adds a condition. Its values are bound afterwards.
    pub(super) fn and(&mut self, condition: impl Display) -> &mut Self {
        self.0.push(" AND ").push(condition);
        self
    }

    /// Appends SQL text.
    pub(super) fn push(&mut self, sql: impl Display) -> &mut Self {
        self.0.push(sql);
        self
    }

    /// Appends a parameter with a value.
    pub(super) fn bind<'t, T: Encode<'t, Db> + Type<Db>>(&mut self, value: T) -> &mut Self {
        self.0.push_bind(value);
        self
    }

    /// Restricts `column` to the included and not excluded values. NULL is never included and never excluded.
    pub(super) fn choice<'t, T, V>(
        &mut self,
        column: &'static str,
        choice: &Choice<T>,
        value: impl Fn(&T) -> V,
    ) -> &mut Self
    where
        V: Encode<'t, Db> + Type<Db>,
    {
        if !choice.include.is_empty() {
            self.and(column).push(" IN ").list(choice.include.iter().map(&value));
        }
        if !choice.exclude.is_empty() {
            self.and(format_args!("({column} IS NULL OR {column} NOT IN "));
            self.list(choice.exclude.iter().map(&value)).push(")");
        }
        self
    }

    /// Appends parameters in parentheses. `values` must not be empty.
    pub(super) fn list<'t, V>(&mut self, values: impl Iterator<Item = V>) -> &mut Self
    where
        V: Encode<'t, Db> + Type<Db>,
    {
        self.0.push("(");
        let mut list = self.0.separated(", ");
        for value in values {
            list.push_bind(value);
        }
        self.push(")")
    }

    /// Restricts `column` to a time range, bounds included.
    pub(super) fn range(&mut self, column: &'static str, range: &TimeRange) -> &mut Self {
        for (bound, sign) in [(range.min, ">="), (range.max, "<=")] {
            if let Some(bound) = bound {
                self.and(column).push(format_args!(" {sign} ")).bind(time(bound));
            }
        }
        self
    }

    /// Restricts records to a scope. Without a column for the owner, only the company is compared.
    pub(super) fn scope(
        &mut self,
        scope: &Scope,
        company: &'static str,
        owner: Option<&'static str>,
    ) -> &mut Self {
        let (own_company, own_user) = match *scope {
            Scope::Everything => return self,
            Scope::Nothing => return self.and("FALSE"),
            Scope::Company(own) => (own, None),
            Scope::Owner(own, user) => (own, Some(user)),
        };
        self.and(company).push(" = ").bind(uuid(own_company.uuid()));
        if let Some((column, user)) = owner.zip(own_user) {
            self.and(column).push(" = ").bind(uuid(user.uuid()));
        }
        self
    }

    /// Restricts a lower-case `column` to values that contain the text, ignoring case.
    pub(super) fn contains_text(&mut self, column: &'static str, text: Option<&str>) -> &mut Self {
        let Some(text) = text else { return self };
        let literal =
            stored(&text.to_lowercase()).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        self.and(column).push(" LIKE ").bind(format!("%{literal}%")).push(" ESCAPE '\\'")
    }

    /// Sorts the records and limits them to a slice. `table` is the prefix of the columns: empty, or a table
    /// with a dot.
    pub(super) fn slice(&mut self, table: &'static str, slice: &Slice) -> &mut Self {
        let key = match slice.sorting.key {
            SortKey::Created => "created",
            SortKey::Updated => "updated",
        };
        self.ordered(&format!("{table}{key}"), &format!("{table}id"), slice)
    }

    /// Like `slice`, with explicit sort columns.
    pub(super) fn ordered(&mut self, key: &str, id: &str, slice: &Slice) -> &mut Self {
        let direction = if slice.sorting.descending { "DESC" } else { "ASC" };
        self.push(format_args!(" ORDER BY {key} {direction}, {id} {direction} LIMIT "));
        self.bind(i64::from(slice.limit)).push(" OFFSET ").bind(count(slice.offset))
    }

    /// Runs the query and returns all rows.
    pub(super) async fn rows(
        mut self,
        connection: &mut Connection,
        operation: &'static str,
    ) -> Result<Vec<Row>> {
        self.0.build().fetch_all(connection).await.during(operation)
    }

    /// Runs the query and converts every row.
    pub(super) async fn records<T>(
        self,
        connection: &mut Connection,
        operation: &'static str,
        record: impl Fn(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.rows(connection, operation).await?.iter().map(record).collect()
    }

    /// Runs the query and converts the first row.
    pub(super) async fn first<T>(
        mut self,
        connection: &mut Connection,
        operation: &'static str,
        record: impl Fn(&Row) -> Result<T>,
    ) -> Result<Option<T>> {
        let row = self.0.build().fetch_optional(connection).await.during(operation)?;
        row.as_ref().map(record).transpose()
    }

    /// Runs a query with one row and returns its column `count`.
    pub(super) async fn count(mut self, connection: &mut Connection, operation: &'static str) -> Result<u64> {
        self.0.build().fetch_one(connection).await.during(operation)?.number("count")
    }
}
