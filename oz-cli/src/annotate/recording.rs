//! Annotated frames of a recording.

use std::collections::HashMap;
use std::path::Path;

use oz::core::analysis::FrameObservation;
use oz::core::media::port::FrameSource;
use oz::{AnalysisOutcome, Error, LivenessPolicy, Result};

use super::layout::Layout;
use super::{Annotation, draw_with};
use crate::output;

/// Maximum number of frames that are drawn, evenly spread over the recording.
const MAX_FRAMES: usize = 24;

/// Writes frames of a recording, evenly spread, as `frame-NNNNN.png`, all with the same size and layout.
/// `source` gives the recording once more, since an analysis keeps no pictures.
pub(crate) fn write_frames(
    folder: &Path,
    source: &mut dyn FrameSource,
    outcome: &AnalysisOutcome,
    policy: &LivenessPolicy,
) -> Result<()> {
    let failed = |source| Error::File { action: "write", path: folder.into(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;

    let observed = &outcome.recording.frames;
    let chosen: Vec<&FrameObservation> =
        observed.iter().step_by(observed.len().div_ceil(MAX_FRAMES).max(1)).collect();

    // A set of photos has frames of several sizes.
    let mut layouts = HashMap::new();
    while let Some(frame) = source.next_frame()? {
        let Some(observed) = chosen.iter().find(|observed| observed.index == frame.index) else { continue };
        let size = (frame.image.width(), frame.image.height());
        let layout = layouts.entry(size).or_insert_with(|| {
            Layout::new(size, chosen.iter().map(|seen| annotation(seen, outcome, policy)))
        });
        let drawn = draw_with(&frame.image, &annotation(observed, outcome, policy), layout);
        output::file(&folder.join(format!("frame-{:05}.png", frame.index)), &oz::media::encode_png(&drawn)?)?;
    }
    Ok(())
}

fn annotation<'a>(
    frame: &'a FrameObservation,
    outcome: &'a AnalysisOutcome,
    policy: &'a LivenessPolicy,
) -> Annotation<'a> {
    Annotation { faces: &frame.faces, liveness: &outcome.liveness, policy }
}
