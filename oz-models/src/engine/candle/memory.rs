//! Assignment of buffers to shared memory: buffers that are not in use at the same time share a slot.

use std::collections::HashSet;

use super::plan::{Buffer, Output, Source, Step};

/// Drops the steps whose output is never read.
pub(super) fn drop_unused(steps: Vec<Step>, outputs: &[Output]) -> Vec<Step> {
    let mut needed: HashSet<Buffer> = outputs.iter().filter_map(|output| computed(output.source)).collect();
    let mut kept: Vec<_> = steps
        .into_iter()
        .rev()
        .filter(|step| {
            let used = needed.contains(&step.output);
            if used {
                needed.extend(step.inputs.iter().copied().filter_map(computed));
            }
            used
        })
        .collect();
    kept.reverse();
    kept
}

/// Assigns a slot to every buffer. Returns slot and length of every buffer, and the lengths of the slots.
///
/// `outputs` are never overwritten. A slot is freed only after the step that uses it last, so the output and
/// scratch of a step never share a slot with its inputs; [`Plan::run`](super::plan::Plan::run) relies on
/// that.
pub(super) fn share(
    steps: &[Step],
    outputs: &[Output],
    lengths: &[usize],
) -> (Vec<(usize, usize)>, Vec<usize>) {
    let mut last_use = vec![0; lengths.len()];
    for (time, step) in steps.iter().enumerate() {
        for buffer in
            step.inputs.iter().copied().filter_map(computed).chain([step.output]).chain(step.scratch)
        {
            last_use[buffer] = time;
        }
    }
    for buffer in outputs.iter().filter_map(|output| computed(output.source)) {
        last_use[buffer] = usize::MAX;
    }

    let mut buffers: Vec<_> = lengths.iter().map(|&length| (0, length)).collect();
    let mut slots: Vec<usize> = vec![];
    let mut free: Vec<usize> = vec![];
    for (time, step) in steps.iter().enumerate() {
        for buffer in [step.output].into_iter().chain(step.scratch) {
            let slot = take(&mut free, &mut slots, lengths[buffer]);
            buffers[buffer].0 = slot;
        }

        let mut done: Vec<_> = step.inputs.iter().copied().filter_map(computed).collect();
        done.extend([step.output].into_iter().chain(step.scratch));
        done.sort_unstable();
        done.dedup();
        free.extend(
            done.into_iter().filter(|&buffer| last_use[buffer] == time).map(|buffer| buffers[buffer].0),
        );
    }

    (buffers, slots)
}

fn computed(source: Source) -> Option<Buffer> {
    match source {
        Source::Buffer(buffer) => Some(buffer),
        _ => None,
    }
}

/// Takes the smallest free slot that is long enough; failing that, extends the longest free slot; failing
/// that, adds one.
fn take(free: &mut Vec<usize>, slots: &mut Vec<usize>, length: usize) -> usize {
    let fitting = (0..free.len()).filter(|&at| slots[free[at]] >= length).min_by_key(|&at| slots[free[at]]);
    let found = fitting.or_else(|| (0..free.len()).max_by_key(|&at| slots[free[at]]));
    let Some(found) = found else {
        slots.push(length);
        return slots.len() - 1;
    };

    let slot = free.swap_remove(found);
    slots[slot] = slots[slot].max(length);
    slot
}
