//! Summary of all steps.

/// Numbers of tests by result.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    /// Adds the numbers in a line of the test runner: `test result: ok. 4 passed; 0 failed; 1 ignored; …`.
    pub(crate) fn add_line(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else { return };
        for part in counts.split(['.', ';']) {
            let mut words = part.split_whitespace();
            let Some(Ok(count)) = words.next().map(str::parse::<u64>) else { continue };
            match words.next() {
                Some("passed") => self.passed += count,
                Some("failed") => self.failed += count,
                Some("ignored") => self.skipped += count,
                _ => {}
            }
        }
    }
}

/// Results of all steps, printed at the end.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) tally: Tally,
    /// Names of steps that failed.
    pub(crate) failed: Vec<String>,
    /// Skipped tests and checks, with the reason.
    pub(crate) skipped: Vec<String>,
    /// Steps and the seconds they took.
    pub(crate) steps: Vec<(String, u64)>,
}

impl Report {
    pub(crate) fn is_good(&self) -> bool {
        self.failed.is_empty() && self.tally.failed == 0
    }

    /// Prints the summary. The last line contains only the numbers of tests.
    pub(crate) fn print(&self) {
        println!("\n== summary");
        for (step, seconds) in &self.steps {
            println!("{seconds:>5} s  {step}");
        }
        match self.skipped.as_slice() {
            [] => println!("nothing was skipped"),
            all => all.iter().for_each(|what| println!("skipped: {what}")),
        }
        self.failed.iter().for_each(|step| println!("FAILED: {step}"));
        let Tally { passed, failed, skipped } = self.tally;
        println!("{passed} passed, {failed} failed, {skipped} skipped");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_all_test_programs_are_added() {
        let mut tally = Tally::default();
        tally.add_line(
            "test result: ok. 4 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.09s",
        );
        tally.add_line("test result: FAILED. 16 passed; 2 failed; 0 ignored; 0 measured; 27 filtered out");
        tally.add_line("test some_test ... ok");
        assert_eq!(tally, Tally { passed: 20, failed: 2, skipped: 1 });
    }

    #[test]
    fn failed_step_fails_the_report() {
        let mut report = Report::default();
        assert!(report.is_good());
        report.failed.push("clippy".into());
        assert!(!report.is_good());
    }
}
