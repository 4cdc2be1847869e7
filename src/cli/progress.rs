//! Progress on a terminal.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use oz::core::analysis::Progress;

/// A bar for one recording; invisible unless standard error is a terminal, and for pictures, which are quick.
pub(super) struct FrameProgress(ProgressBar);

impl FrameProgress {
    pub(super) fn new(name: &str) -> Self {
        Self(step_bar(name))
    }

    pub(super) fn show(&self, progress: Progress) {
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

/// A line that says which step of a longer work is being done.
pub(super) fn step_bar(name: &str) -> ProgressBar {
    let bar =
        if std::io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    bar.set_message(name.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the template is a constant that tests cover")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_valid() {
        let progress = FrameProgress::new("video");
        progress.show(Progress { frames: 1, total: Some(2), time: Duration::ZERO });
    }
}
