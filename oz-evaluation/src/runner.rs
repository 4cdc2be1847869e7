//! Shows units to the models, on all cores, and keeps what they answer.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use crate::{Error, Result};
use oz::core::media::MediaKind;
use oz::{Frame, Media, Oz};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::manifest::Unit;
use crate::run::Progress;
use crate::variant::Loaded;
use crate::work::{Outcome, Work};

/// How much is done at once, and in this run.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Units at the same time; as many as there are cores if not given.
    pub jobs: Option<usize>,
    /// Units in this run.
    pub limit: usize,
}

impl Effort {
    fn workers(self, loaded: &Loaded, units: usize) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        self.jobs.unwrap_or(cores / loaded.threads).clamp(1, units.max(1))
    }
}

/// Asks about every unit that has no outcome yet. Media that cannot be answered are outcomes; any other error ends the run,
/// and what was answered before stays in the work file.
///
/// Gives the number of units that are left for another run.
pub(crate) fn answer_all<A, S>(
    loaded: &Loaded,
    units: &[&Unit],
    effort: Effort,
    work: &mut Work<A, S>,
    answer: impl Fn(&Oz, &Unit) -> Result<A> + Sync,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Result<usize>
where
    A: Clone + Serialize + DeserializeOwned + Send,
    S: Clone + Serialize + DeserializeOwned,
{
    let open: Vec<usize> =
        (0..units.len()).filter(|unit| work.outcome(&loaded.name, *unit).is_none()).collect();
    let now = &open[..open.len().min(effort.limit)];
    let mut progress = Progress { variant: &loaded.name, total: units.len(), done: units.len() - open.len() };
    on_progress(progress);

    ask(loaded, units, now, effort, answer, |unit, outcome| {
        progress.done += 1;
        on_progress(progress);
        work.add(&loaded.name, unit, outcome)
    })?;
    Ok(open.len() - now.len())
}

/// Asks about every unit without a work file.
pub(crate) fn answers<A: Clone + Serialize + DeserializeOwned + Send>(
    loaded: &Loaded,
    units: &[&Unit],
    effort: Effort,
    answer: impl Fn(&Oz, &Unit) -> Result<A> + Sync,
) -> Result<Vec<Outcome<A>>> {
    let mut outcomes: Vec<Option<Outcome<A>>> = vec![None; units.len()];
    let all: Vec<usize> = (0..units.len()).collect();
    ask(loaded, units, &all, effort, answer, |unit, outcome| {
        outcomes[unit] = Some(outcome);
        Ok(())
    })?;
    Ok(outcomes.into_iter().map(|outcome| outcome.expect("every unit was asked about")).collect())
}

/// Asks about some units, as many at a time as there is room for, and hands on what becomes of each.
fn ask<A: Send>(
    loaded: &Loaded,
    units: &[&Unit],
    now: &[usize],
    effort: Effort,
    answer: impl Fn(&Oz, &Unit) -> Result<A> + Sync,
    mut keep: impl FnMut(usize, Outcome<A>) -> Result<()>,
) -> Result<()> {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..effort.workers(loaded, now.len()) {
            let (sender, answer, next, stop) = (sender.clone(), &answer, &next, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let Some(unit) = now.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                    // Nobody listens any more when another unit ended the run.
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

/// What a unit shows: a file as it is, a folder or several files as a shot set in the order of names.
pub(crate) fn media(oz: &Oz, unit: &Unit) -> Result<Media> {
    if let [file] = unit.files.as_slice()
        && !file.is_dir()
    {
        return Ok(Media::from(file));
    }
    let mut files = Vec::new();
    for file in &unit.files {
        if file.is_dir() { files.extend(pictures_in(file)?) } else { files.push(file.clone()) }
    }
    let frame = |(index, file): (usize, &std::path::PathBuf)| -> Result<Frame> {
        let time = oz::media::ShotSetDecoder::SPACING * index as u32;
        Ok(Frame { image: oz.decode(file)?, time, index: index as u64 })
    };
    let frames = files.iter().enumerate().map(frame).collect::<Result<Vec<_>>>()?;
    if frames.is_empty() {
        return Err(oz::core::Error::MediaNoFrames.into());
    }
    Ok(Media::Frames(MediaKind::ShotSet, frames))
}

fn pictures_in(folder: &std::path::Path) -> Result<Vec<std::path::PathBuf>> {
    let unreadable = |source| Error::file("read", folder, source);
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if path.is_file() && !hidden {
            files.push(path);
        }
    }
    let name = |path: &std::path::PathBuf| path.as_os_str().as_encoded_bytes().to_vec();
    files.sort_by(|a, b| oz::media::natural_order(&name(a), &name(b)));
    Ok(files)
}
