//! Filters, sorting and paging of lists, from the query string.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use oz_core::listing::{Choice, Slice, SortKey, Sorting, TimeRange};
use oz_core::metadata::MetadataCondition;
use oz_core::system::Timestamp;

use crate::config::ListConfig;
use crate::{ApiError, ServiceState};

/// Query string of a list request. Unknown parameters are ignored.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    pairs: Vec<(String, String)>,
    config: ListConfig,
}

impl FromRequestParts<ServiceState> for ListQuery {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> Result<Self, ApiError> {
        Ok(Self::new(parts.uri.query().unwrap_or_default(), state.config().lists.clone()))
    }
}

impl ListQuery {
    /// Parses a query string, without the question mark.
    #[must_use]
    pub fn new(text: &str, config: ListConfig) -> Self {
        let pairs = form_urlencoded::parse(text.as_bytes());
        Self { pairs: pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect(), config }
    }

    /// Page and order, from `offset`, `limit` and `sorting`.
    ///
    /// # Errors
    /// Code 4 for an invalid number, a limit above the configured maximum, or an unknown order.
    pub fn slice(&self) -> Result<Slice, ApiError> {
        let max = self.config.max_limit;
        let limit = self.number("limit")?.unwrap_or(self.config.default_limit.into());
        let limit = u32::try_from(limit).ok().filter(|limit| *limit <= max);
        let limit =
            limit.ok_or_else(|| ApiError::invalid_value("limit", format!("must be at most {max}")))?;

        Ok(Slice { offset: self.number("offset")?.unwrap_or(0), limit, sorting: self.sorting()? })
    }

    fn sorting(&self) -> Result<Sorting, ApiError> {
        let Some(text) = self.text("sorting") else { return Ok(Sorting::default()) };
        let wrong = || {
            let orders = "time_created{asc}, time_created{desc}, time_updated{asc}, time_updated{desc}";
            ApiError::invalid_value("sorting", format!("must be one of {orders}"))
        };

        let lower = text.to_ascii_lowercase();
        let (key, direction) = lower.trim_end_matches('}').split_once('{').unwrap_or((lower.as_str(), "asc"));
        let key = match key {
            "time_created" => SortKey::Created,
            "time_updated" => SortKey::Updated,
            _ => return Err(wrong()),
        };
        match direction {
            "asc" => Ok(Sorting { key, descending: false }),
            "desc" => Ok(Sorting { key, descending: true }),
            _ => Err(wrong()),
        }
    }

    fn number(&self, name: &str) -> Result<Option<u64>, ApiError> {
        let wrong = |_| ApiError::invalid_value(name, "must be a non-negative integer");
        // SQL integers are signed: storage counts with 63 bits.
        let number = self.text(name).map(|text| text.parse::<u64>().map_err(wrong)).transpose()?;
        Ok(number.map(|number| number.min(i64::MAX as u64)))
    }

    /// First non-empty value of a parameter.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        let (_, value) = self.pairs.iter().find(|(own, value)| own == name && !value.is_empty())?;
        Some(value)
    }

    /// All non-empty values of a parameter.
    fn values(&self, name: &str) -> Vec<&str> {
        let own = self.pairs.iter().filter(|(own, value)| own == name && !value.is_empty());
        own.map(|(_, value)| value.as_str()).collect()
    }

    /// Whether a flag is set: `true`, `1`, or present without a value. Absent flags are false.
    ///
    /// # Errors
    /// Code 4 for any value other than `true`, `1`, `false` and `0`.
    pub fn flag(&self, name: &str) -> Result<bool, ApiError> {
        let value =
            self.pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.to_ascii_lowercase());
        match value.as_deref() {
            None | Some("false" | "0") => Ok(false),
            Some("" | "true" | "1") => Ok(true),
            Some(_) => Err(ApiError::invalid_value(name, "must be true or false")),
        }
    }

    /// Total number of records, from `count`; `None`, without counting, if the request sets `total_omit`.
    ///
    /// # Errors
    /// As [`ListQuery::flag`]; errors of `count`.
    pub async fn total(
        &self,
        count: impl Future<Output = oz_core::Result<u64>>,
    ) -> Result<Option<u64>, ApiError> {
        if self.flag("total_omit")? { Ok(None) } else { Ok(Some(count.await?)) }
    }

    /// Values to include and exclude, from the comma-separated parameters `name` and `name.exclude`.
    ///
    /// # Errors
    /// Code 4 for a value that cannot be parsed.
    pub fn choice<T: FromStr>(&self, name: &str) -> Result<Choice<T>, ApiError> {
        self.choice_by(&[name], |text| text.parse().ok())
    }

    /// As [`ListQuery::choice`], for a parameter with several names, with values parsed by `read`.
    ///
    /// # Errors
    /// Code 4 for a value that `read` rejects.
    pub fn choice_by<T>(
        &self,
        names: &[&str],
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Choice<T>, ApiError> {
        let mut choice = Choice::default();
        for name in names {
            choice.include.extend(self.alternatives(name, &read)?);
            choice.exclude.extend(self.alternatives(&format!("{name}.exclude"), &read)?);
        }
        Ok(choice)
    }

    fn alternatives<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, ApiError> {
        let parts = self.values(name).into_iter().flat_map(|value| value.split(',')).map(str::trim);
        let wrong = |part: &str| ApiError::invalid_value(name, format!("unknown value `{}`", short(part)));
        parts.filter(|part| !part.is_empty()).map(|part| read(part).ok_or_else(|| wrong(part))).collect()
    }

    /// Time range, from `name.min` and `name.max` in UNIX seconds, both inclusive.
    ///
    /// # Errors
    /// Code 4 for a value that is not a finite number.
    pub fn times(&self, name: &str) -> Result<TimeRange, ApiError> {
        Ok(TimeRange { min: self.time(&format!("{name}.min"))?, max: self.time(&format!("{name}.max"))? })
    }

    fn time(&self, name: &str) -> Result<Option<Timestamp>, ApiError> {
        let wrong = || ApiError::invalid_value(name, "must be a UNIX time in seconds");
        let Some(text) = self.text(name) else { return Ok(None) };
        let seconds: f64 = text.parse().map_err(|_| wrong())?;
        if !seconds.is_finite() {
            return Err(wrong());
        }
        // The cast saturates.
        Ok(Some(Timestamp::from_micros((seconds * 1e6).round() as i64)))
    }

    /// Conditions on attributes, from `meta_data=path==value` and `meta_data=path!=value`; all must hold.
    ///
    /// # Errors
    /// Code 4 for a condition of any other form.
    pub fn metadata(&self) -> Result<Vec<MetadataCondition>, ApiError> {
        let wrong = || ApiError::invalid_value("meta_data", "must be key==value or key!=value");
        self.values("meta_data").into_iter().map(|text| condition(text).ok_or_else(wrong)).collect()
    }
}

/// Splits a condition at its first operator.
fn condition(text: &str) -> Option<MetadataCondition> {
    let at = [text.find("=="), text.find("!=")].into_iter().flatten().min()?;
    let (path, value) = (&text[..at], &text[at + 2..]);
    let negated = text[at..].starts_with('!');
    (!path.is_empty()).then(|| MetadataCondition { path: path.into(), value: value.into(), negated })
}

fn short(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> ListQuery {
        ListQuery::new(text, ListConfig::default())
    }

    #[test]
    fn default_page_is_the_first_hundred() {
        assert_eq!(query("").slice().unwrap(), Slice::default());
        assert_eq!(query("x=1&limit=&sorting=").slice().unwrap(), Slice::default());
    }

    #[test]
    fn sorting_is_parsed_raw_and_percent_encoded() {
        let descending = Sorting { key: SortKey::Created, descending: true };
        for text in
            ["sorting=time_created{desc}", "sorting=time_created%7Bdesc%7D", "sorting=TIME_CREATED%7bDESC%7d"]
        {
            assert_eq!(query(text).slice().unwrap().sorting, descending, "{text}");
        }
        let updated = query("sorting=time_updated{asc}").slice().unwrap().sorting;
        assert_eq!(updated, Sorting { key: SortKey::Updated, descending: false });
        assert!(
            query("sorting=name{asc}").slice().is_err() && query("sorting=time_created{up}").slice().is_err()
        );
    }

    #[test]
    fn limits_are_bounded() {
        let slice = query("offset=7&limit=0").slice().unwrap();
        assert_eq!((slice.offset, slice.limit), (7, 0));
        for text in ["limit=1001", "limit=-1", "limit=x", "offset=-3", "limit=4294967396"] {
            assert_eq!(query(text).slice().unwrap_err().number as u8, 4, "{text}");
        }
    }

    #[test]
    fn comma_separated_and_repeated_values_are_alternatives() {
        let choice: Choice<u8> = query("a=1,2&a=3&a.exclude=4,,5").choice("a").unwrap();
        assert_eq!((choice.include, choice.exclude), (vec![1, 2, 3], vec![4, 5]));
        assert!(query("a=1,x").choice::<u8>("a").is_err());
    }

    #[test]
    fn times_are_fractional_seconds() {
        let range = query("t.min=1767225610.25&t.max=2e9").times("t").unwrap();
        assert_eq!(range.min, Some(Timestamp::from_micros(1_767_225_610_250_000)));
        assert_eq!(range.max, Some(Timestamp::from_secs(2_000_000_000)));
        assert!(query("t.min=NaN").times("t").is_err() && query("t.max=soon").times("t").is_err());
    }

    #[test]
    fn metadata_conditions_accept_any_text() {
        let conditions = query("meta_data=transaction_id==T-778&meta_data=a.b!=x==y,z").metadata().unwrap();
        let expect = |path: &str, value: &str, negated| MetadataCondition {
            path: path.into(),
            value: value.into(),
            negated,
        };
        assert_eq!(conditions, [expect("transaction_id", "T-778", false), expect("a.b", "x==y,z", true)]);
        assert!(query("meta_data=a=1").metadata().is_err() && query("meta_data===1").metadata().is_err());
    }

    #[test]
    fn flag_is_true_if_present_without_a_value() {
        let flag = |text: &str| query(text).flag("total_omit");
        assert!(flag("total_omit=true").unwrap() && flag("total_omit").unwrap());
        assert!(!flag("total_omit=False").unwrap() && !flag("").unwrap());
        assert!(flag("total_omit=2").is_err());
    }
}
