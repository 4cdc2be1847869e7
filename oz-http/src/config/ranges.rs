//! Ranges of the settings. A value outside them would switch a check off, delete everything or stop the
//! service.

use oz_core::face::Threshold;
use oz_core::{Error, Result};

use super::{Period, ServiceConfig};

/// Largest number of workers of one process.
pub const MAX_WORKERS: usize = 1_024;

impl ServiceConfig {
    /// Ensures that every value is in its range.
    ///
    /// # Errors
    /// `input.invalid_value`, with the key of the setting.
    pub fn ensure_valid(&self) -> Result<()> {
        let spoofing = self.analyses.spoofing_threshold;
        ensure(
            (0.0..=1.0).contains(&spoofing),
            "service.api.analyses.spoofing_threshold",
            "must be between 0 and 1",
        )?;
        Threshold::new(self.analyses.threshold_min, self.analyses.threshold_max)?;

        let (sessions, work, lists) = (&self.sessions, &self.work, &self.lists);
        ensure_positive(sessions.ttl, "service.api.sessions.ttl")?;
        ensure_positive(sessions.long_ttl, "service.api.sessions.long_ttl")?;
        ensure_positive(work.poll, "service.api.work.poll")?;
        ensure_positive(work.lease, "service.api.work.lease")?;
        ensure_positive(work.examination_timeout, "service.api.work.examination_timeout")?;
        ensure(work.max_attempts > 0, "service.api.work.max_attempts", "must be at least 1")?;
        ensure(
            work.workers.is_none_or(|workers| workers <= MAX_WORKERS),
            "service.api.work.workers",
            "must be at most 1024",
        )?;
        ensure(lists.default_limit > 0, "service.api.lists.default_limit", "must be at least 1")?;
        ensure(lists.max_limit > 0, "service.api.lists.max_limit", "must be at least 1")?;

        // Zero would delete every record at the next run.
        let retention = &self.retention;
        ensure_kept(retention.folders, "service.api.retention.folders")?;
        ensure_kept(retention.media, "service.api.retention.media")?;
        ensure_kept(retention.event_sessions, "service.api.retention.event_sessions")
    }
}

fn ensure(is_valid: bool, name: &'static str, detail: &str) -> Result<()> {
    if is_valid { Ok(()) } else { Err(Error::InvalidValue { name, detail: detail.into() }) }
}

fn ensure_positive(period: Period, name: &'static str) -> Result<()> {
    ensure(!period.get().is_zero(), name, "must be longer than 0")
}

fn ensure_kept(period: Option<Period>, name: &'static str) -> Result<()> {
    let is_kept = period.is_none_or(|period| !period.get().is_zero());
    ensure(is_kept, name, "must be longer than 0, or `never`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid() {
        ServiceConfig::default().ensure_valid().unwrap();
    }

    #[test]
    fn values_that_switch_something_off_are_refused() {
        let refused = |change: fn(&mut ServiceConfig)| {
            let mut config = ServiceConfig::default();
            change(&mut config);
            assert_eq!(config.ensure_valid().unwrap_err().code(), "input.invalid_value");
        };
        refused(|config| config.analyses.spoofing_threshold = 7.0);
        refused(|config| config.analyses.spoofing_threshold = f64::NAN);
        refused(|config| config.analyses.threshold_min = 0.95);
        refused(|config| config.sessions.ttl = Period::secs(0));
        refused(|config| config.work.poll = Period::secs(0));
        refused(|config| config.work.workers = Some(1_000_000));
        refused(|config| config.lists.max_limit = 0);
        refused(|config| config.retention.folders = Some(Period::secs(0)));
    }
}
