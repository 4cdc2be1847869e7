//! Progress bars.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use oz::core::analysis::Progress;

/// Bar for the frames of one recording. Hidden unless standard error is a terminal.
pub(crate) struct FrameProgress(ProgressBar);

impl FrameProgress {
    pub(crate) fn new(name: &str) -> Self {
        Self(step_bar(name))
    }

    pub(crate) fn show(&self, progress: Progress) {
        if let Some(total) = progress.total.filter(|_| self.0.length().is_none()) {
            self.0.set_length(total);
            self.0.set_style(style("{msg}  {wide_bar}  {pos}/{len} frames  {eta}"));
        }
        self.0.set_position(progress.frames);
    }
}

impl Drop for FrameProgress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Bar for a known number of items.
pub(crate) struct CountProgress(ProgressBar);

impl CountProgress {
    /// Starts at `done` of `total`.
    pub(crate) fn new(name: &str, total: usize, done: usize) -> Self {
        let bar = step_bar(name);
        bar.set_length(total as u64);
        bar.set_style(style("{msg}  {wide_bar}  {pos}/{len}  {per_sec}  {eta}"));
        bar.set_position(done as u64);
        bar.reset_eta();
        Self(bar)
    }

    pub(crate) fn step(&self) {
        self.0.inc(1);
    }
}

impl Drop for CountProgress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Bar for the current variant of an evaluation.
#[derive(Default)]
pub(crate) struct VariantProgress(Option<(String, CountProgress)>);

impl VariantProgress {
    pub(crate) fn show(&mut self, progress: oz_evaluation::RunProgress<'_>) {
        if self.0.as_ref().is_none_or(|(variant, _)| variant != progress.variant) {
            let bar = CountProgress::new(progress.variant, progress.total, progress.done);
            self.0 = Some((progress.variant.to_owned(), bar));
        } else if let Some((_, bar)) = &self.0 {
            bar.0.set_position(progress.done as u64);
        }
    }
}

/// Spinner with a message. Hidden unless standard error is a terminal.
pub(crate) fn step_bar(name: &str) -> ProgressBar {
    let bar =
        if std::io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    bar.set_message(name.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_valid() {
        CountProgress::new("files", 2, 1).step();
        let progress = FrameProgress::new("video");
        progress.show(Progress { frames: 1, total: Some(2), time: Duration::ZERO });
    }
}
