//! Parallel processing of units by a loaded variant.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use oz::core::media::MediaKind;
use oz::{Frame, Media, Oz};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::manifest::Unit;
use crate::run::RunProgress;
use crate::variant::Loaded;
use crate::work::{Outcome, Work};
use crate::{Error, Result};

/// Parallelism and size of a run.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Number of files processed in parallel; `None` for the number of cores divided by the threads of a
    /// model.
    pub jobs: Option<usize>,
    /// Maximum number of files to process in this run, for each variant.
    pub limit: usize,
}

impl Default for Effort {
    /// All files, on all cores.
    fn default() -> Self {
        Self { jobs: None, limit: usize::MAX }
    }
}

impl Effort {
    fn workers(self, loaded: &Loaded, units: usize) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        self.jobs.unwrap_or(cores / loaded.threads).clamp(1, units.max(1))
    }
}

/// Processes the units that have no outcome in the work file, up to the limit, and returns the number left.
///
/// An error of the input is an outcome. Any other error ends the run; the outcomes before it are kept.
pub(crate) fn resume<A, S>(
    loaded: &Loaded,
    units: &[&Unit],
    effort: Effort,
    work: &mut Work<A, S>,
    answer: impl Fn(&Oz, &Unit) -> Result<A> + Sync,
    on_progress: &mut dyn FnMut(RunProgress<'_>),
) -> Result<usize>
where
    A: Clone + Serialize + DeserializeOwned + Send,
    S: Clone + Serialize + DeserializeOwned,
{
    let open: Vec<usize> =
        (0..units.len()).filter(|unit| work.outcome(&loaded.name, *unit).is_none()).collect();
    let selected = &open[..open.len().min(effort.limit)];

    let done = units.len() - open.len();
    let mut progress = RunProgress { variant: &loaded.name, total: units.len(), done };
    on_progress(progress);

    process(loaded, units, selected, effort, answer, |unit, outcome| {
        progress.done += 1;
        on_progress(progress);
        work.add(&loaded.name, unit, outcome)
    })?;
    Ok(open.len() - selected.len())
}

/// Processes all units without a work file.
pub(crate) fn outcomes<A: Clone + Serialize + DeserializeOwned + Send>(
    loaded: &Loaded,
    units: &[&Unit],
    effort: Effort,
    answer: impl Fn(&Oz, &Unit) -> Result<A> + Sync,
) -> Result<Vec<Outcome<A>>> {
    let mut outcomes: Vec<Option<Outcome<A>>> = vec![None; units.len()];
    let all: Vec<usize> = (0..units.len()).collect();
    process(loaded, units, &all, effort, answer, |unit, outcome| {
        outcomes[unit] = Some(outcome);
        Ok(())
    })?;
    Ok(outcomes.into_iter().map(|outcome| outcome.expect("every unit was processed")).collect())
}

/// Processes the selected units in parallel and passes each outcome to `keep` on the calling thread.
fn process<A: Send>(
    loaded: &Loaded,
    units: &[&Unit],
    selected: &[usize],
    effort: Effort,
    answer: impl Fn(&Oz, &Unit) -> Result<A> + Sync,
    mut keep: impl FnMut(usize, Outcome<A>) -> Result<()>,
) -> Result<()> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (sender, receiver) = mpsc::channel();

    std::thread::scope(|scope| {
        for _ in 0..effort.workers(loaded, selected.len()) {
            let (sender, answer, next, stop) = (sender.clone(), &answer, &next, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let Some(unit) = selected.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                    // The receiver stops at the first error; later answers are discarded.
                    let _ = sender.send((*unit, answer(&loaded.oz, units[*unit])));
                }
            });
        }
        drop(sender);

        let kept = receiver.iter().try_for_each(|(unit, answered)| match answered {
            Ok(answer) => keep(unit, Outcome::Answer(answer)),
            Err(error) if error.is_input() => keep(unit, Outcome::Failure(error.code().into())),
            Err(error) => Err(error),
        });
        stop.store(true, Ordering::Relaxed);
        kept
    })
}

/// Media of a unit: a single file as it is; a folder or several files as a shot set in the order of the
/// names.
pub(crate) fn media(oz: &Oz, unit: &Unit) -> Result<Media> {
    if let [file] = unit.files.as_slice()
        && !file.is_dir()
    {
        return Ok(Media::from(file));
    }

    let mut files = Vec::new();
    for file in &unit.files {
        if file.is_dir() { files.extend(files_in(file)?) } else { files.push(file.clone()) }
    }
    let frame = |(index, file): (usize, &PathBuf)| -> Result<Frame> {
        let time = oz::media::ShotSetDecoder::SPACING * index as u32;
        Ok(Frame { image: oz.decode(file)?, time, index: index as u64 })
    };
    let frames = files.iter().enumerate().map(frame).collect::<Result<Vec<_>>>()?;

    if frames.is_empty() {
        return Err(oz::core::Error::MediaNoFrames.into());
    }
    Ok(Media::Frames(MediaKind::ShotSet, frames))
}

/// Files of a folder in natural order, without hidden files and subfolders.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |source| Error::file("read", folder, source);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.is_file() && !hidden {
            files.push(path);
        }
    }

    let name = |path: &PathBuf| path.as_os_str().as_encoded_bytes().to_vec();
    files.sort_by(|a, b| oz::media::natural_order(&name(a), &name(b)));
    Ok(files)
}
