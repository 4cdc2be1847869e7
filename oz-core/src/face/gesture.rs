//! Gestures of head and face over time.
//!
//! A gesture is a departure from the subject's neutral state. Each signal is measured relative to its neutral
//! value; a gesture starts when the signal rises over a start level and ends when it falls below it again.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Blendshapes, HeadPose, LocatedFace};
use crate::{Error, Result};

/// Gesture that a subject can be requested to make. Sides are the subject's own. The text form is the
/// lowercase name.
///
/// ```
/// use oz_core::face::gesture::Gesture;
///
/// assert_eq!("smile".parse::<Gesture>()?, Gesture::Smile);
/// assert_eq!(Gesture::Eyes.to_string(), "eyes");
/// assert_eq!("wink".parse::<Gesture>().unwrap_err().code(), "input.invalid_value");
/// # Ok::<(), oz_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Gesture {
    /// Turn the head to the left.
    Left,
    /// Turn the head to the right.
    Right,
    /// Raise the head.
    Up,
    /// Lower the head.
    Down,
    /// Smile.
    Smile,
    /// Blink: close both eyes and open them again.
    Eyes,
    /// Turn the head to one side and then to the other.
    Scan,
}

impl Gesture {
    /// Every gesture.
    pub const ALL: [Self; 7] =
        [Self::Left, Self::Right, Self::Up, Self::Down, Self::Smile, Self::Eyes, Self::Scan];
}

impl fmt::Display for Gesture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Up => "up",
            Self::Down => "down",
            Self::Smile => "smile",
            Self::Eyes => "eyes",
            Self::Scan => "scan",
        })
    }
}

impl FromStr for Gesture {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|gesture| gesture.to_string() == text).ok_or_else(|| {
            let known = Self::ALL.map(|gesture| gesture.to_string()).join(", ");
            Error::InvalidValue { name: "gesture", detail: format!("must be one of {known}, not `{text}`") }
        })
    }
}

/// Signals of one frame from which gestures are derived.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GestureSample {
    /// Presentation time of the frame.
    pub time: Duration,
    /// Head pose in degrees.
    pub pose: HeadPose,
    /// Closure of both eyes, 0..=1; `None` if the estimator gives no expression.
    pub blink: Option<f32>,
    /// Smile, 0..=1; `None` if the estimator gives no expression.
    pub smile: Option<f32>,
}

impl GestureSample {
    /// Reads the signals of a located face.
    #[must_use]
    pub fn new(time: Duration, face: &LocatedFace) -> Self {
        let expression = face.mesh.blendshapes.as_ref();
        Self {
            time,
            pose: face.pose,
            blink: expression.map(Blendshapes::blink),
            smile: expression.map(Blendshapes::smile),
        }
    }
}

/// Gesture that the subject made. Times are presentation times.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GestureEvent {
    /// Kind of gesture.
    pub gesture: Gesture,
    /// Time at which it started.
    pub start: Duration,
    /// Time of its maximum.
    pub peak: Duration,
    /// Time at which it ended, or that of the last frame if it did not.
    pub end: Duration,
    /// Maximum departure from neutral: degrees for turns and nods, 0..=1 for expressions.
    pub extent: f32,
}

/// Levels of one kind of gesture, as departures from neutral.
struct Levels {
    /// Level from which a gesture starts.
    start: f32,
    /// Level that a gesture has to reach to count.
    reached: f32,
    /// Maximum duration.
    longest: Duration,
}

/// Natural sway stays below 8 degrees; requested turns exceed 15. Requested turns and nods take up to 3 s; a
/// departure of more than 6 s means that the camera moved.
const TURN: Levels = Levels { start: 8.0, reached: 15.0, longest: Duration::from_secs(6) };
/// Nods have a smaller extent than turns.
const NOD: Levels = Levels { start: 6.0, reached: 11.0, longest: Duration::from_secs(6) };
/// Angle in degrees within which yaw and pitch are independent. The mesh of a turned face is estimated from
/// one side, and its pitch deviates by up to a third of the turn; the yaw of a head that is thrown back
/// deviates by a quarter.
const UNCOUPLED: f32 = 10.0;
/// Minimum ratio of an angle to the other one at which it counts beyond that range.
const NOD_OVER_TURN: f32 = 1.0;
const TURN_OVER_NOD: f32 = 0.4;
/// A blink takes 0.1 to 0.4 s; eyes are kept closed on request for up to 2 s.
const BLINK: Levels = Levels { start: 0.15, reached: 0.3, longest: Duration::from_secs(2) };
/// A smile saturates the coefficient.
const SMILE: Levels = Levels { start: 0.25, reached: 0.45, longest: Duration::from_secs(20) };
/// Maximum turn and nod in degrees at which expressions are reliable.
const EXPRESSION_MAX_TURN: f32 = 25.0;
/// Maximum yaw in degrees of the neutral pose, since the subject faces the camera: in a recording that begins
/// with a turned head the turn back is no gesture. Pitch has no such bound, since it depends on the height of
/// the camera.
const NEUTRAL_MAX_YAW: f32 = 6.0;
/// Maximum correction in degrees of the neutral pitch. A hand-held phone sinks by up to this angle in ten
/// seconds; a larger correction would follow the nods.
const NEUTRAL_MAX_DRIFT: f32 = 6.0;
/// Length of the calm beginning of a recording.
const NEUTRAL_SPAN: Duration = Duration::from_millis(700);
/// Maximum duration of both turns of a scan.
const SCAN_SPAN: Duration = Duration::from_secs(6);

/// Finds all gestures in a recording of one face, ordered by start.
///
/// `samples` must be ordered by time. Fewer than three samples contain no gesture.
#[must_use]
pub fn find(samples: &[GestureSample]) -> Vec<GestureEvent> {
    if samples.len() < 3 {
        return Vec::new();
    }

    let neutral = neutral_pose(samples);
    let departure = |s: &GestureSample| (s.pose.yaw - neutral.yaw, s.pose.pitch - neutral.pitch);
    let turn = |s: &GestureSample| decoupled(departure(s)).0;
    let nod = |s: &GestureSample| decoupled(departure(s)).1;
    let facing = |s: &GestureSample| {
        let (yaw, pitch) = departure(s);
        (yaw.abs() < EXPRESSION_MAX_TURN && pitch.abs() < EXPRESSION_MAX_TURN).then_some(())
    };
    let blink_floor = low_quartile(samples.iter().filter_map(|s| s.blink));
    let smile_floor = low_quartile(samples.iter().filter_map(|s| s.smile));

    let mut events = Vec::new();
    let mut track = |gesture, levels: &Levels, signal: &dyn Fn(&GestureSample) -> Option<f32>| {
        events.extend(departures(samples, gesture, levels, signal));
    };
    track(Gesture::Left, &TURN, &|s| Some(turn(s)));
    track(Gesture::Right, &TURN, &|s| Some(-turn(s)));
    track(Gesture::Down, &NOD, &|s| Some(nod(s)));
    track(Gesture::Up, &NOD, &|s| Some(-nod(s)));
    track(Gesture::Eyes, &BLINK, &|s| facing(s).and(s.blink).map(|v| v - blink_floor));
    track(Gesture::Smile, &SMILE, &|s| facing(s).and(s.smile).map(|v| v - smile_floor));
    events.extend(scans(&events));
    events.sort_by_key(|event| (event.start, event.gesture));
    events
}

/// Median pose of the calm beginning, with the pitch moved towards the median of the whole recording.
fn neutral_pose(samples: &[GestureSample]) -> HeadPose {
    let end = samples[0].time + NEUTRAL_SPAN;
    let calm: Vec<_> = samples.iter().take_while(|s| s.time <= end).collect();
    let median_of = |angle: fn(&HeadPose) -> f32| quantile(calm.iter().map(|s| angle(&s.pose)), 0.5);
    let yaw = median_of(|p| p.yaw).clamp(-NEUTRAL_MAX_YAW, NEUTRAL_MAX_YAW);
    let (pitch, roll) = (median_of(|p| p.pitch), median_of(|p| p.roll));

    let facing = samples.iter().filter(|s| (s.pose.yaw - yaw).abs() < UNCOUPLED);
    let usual = quantile(facing.chain(calm.iter().copied()).map(|s| s.pose.pitch), 0.5);
    HeadPose { yaw, pitch: pitch + (usual - pitch).clamp(-NEUTRAL_MAX_DRIFT, NEUTRAL_MAX_DRIFT), roll }
}

/// Turn and nod in degrees, each zero where it may be an artefact of the other.
fn decoupled((turn, nod): (f32, f32)) -> (f32, f32) {
    let kept = |angle: f32, other: f32, min_ratio: f32| {
        let independent = other.abs() < UNCOUPLED || angle.abs() > min_ratio * other.abs();
        if independent { angle } else { 0.0 }
    };
    (kept(turn, nod, TURN_OVER_NOD), kept(nod, turn, NOD_OVER_TURN))
}

fn low_quartile(values: impl Iterator<Item = f32>) -> f32 {
    quantile(values, 0.25)
}

fn quantile(values: impl Iterator<Item = f32>, share: f32) -> f32 {
    let mut sorted: Vec<f32> = values.collect();
    sorted.sort_by(f32::total_cmp);
    sorted.get((sorted.len() as f32 * share) as usize).copied().unwrap_or(0.0)
}

/// Stretches in which a signal is above the start level, reaches the required level and does not take too
/// long.
fn departures(
    samples: &[GestureSample],
    gesture: Gesture,
    levels: &Levels,
    signal: &dyn Fn(&GestureSample) -> Option<f32>,
) -> Vec<GestureEvent> {
    let mut events = Vec::new();
    let mut current: Option<GestureEvent> = None;

    for sample in samples {
        let value = signal(sample).unwrap_or(0.0);
        if value < levels.start {
            events.extend(current.take().map(|event| GestureEvent { end: sample.time, ..event }));
            continue;
        }

        let event = current.get_or_insert(GestureEvent {
            gesture,
            start: sample.time,
            peak: sample.time,
            end: sample.time,
            extent: value,
        });
        event.end = sample.time;
        if value > event.extent {
            (event.peak, event.extent) = (sample.time, value);
        }
    }

    events.extend(current);
    events.retain(|event| event.extent >= levels.reached && event.end - event.start <= levels.longest);
    events
}

/// Scans: pairs of successive turns to opposite sides.
fn scans(events: &[GestureEvent]) -> Vec<GestureEvent> {
    let mut turns: Vec<_> =
        events.iter().filter(|event| matches!(event.gesture, Gesture::Left | Gesture::Right)).collect();
    turns.sort_by_key(|event| event.start);

    turns
        .windows(2)
        .filter(|pair| pair[0].gesture != pair[1].gesture && pair[1].end - pair[0].start <= SCAN_SPAN)
        .map(|pair| GestureEvent {
            gesture: Gesture::Scan,
            start: pair[0].start,
            peak: pair[1].start,
            end: pair[1].end,
            extent: pair[0].extent.min(pair[1].extent),
        })
        .collect()
}

/// Result of [`check_sequence`].
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceCheck {
    /// Event that answers each requested gesture, if any.
    pub answers: Vec<Option<GestureEvent>>,
    /// Requested gestures that were made, but out of order.
    pub out_of_order: Vec<Gesture>,
}

impl SequenceCheck {
    /// Whether every requested gesture was made, in order.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.answers.iter().all(Option::is_some)
    }
}

/// Matches the requested gestures `asked`, in order, with the events `seen`, ordered by start.
#[must_use]
pub fn check_sequence(asked: &[Gesture], seen: &[GestureEvent]) -> SequenceCheck {
    let mut from = Duration::ZERO;
    let answers: Vec<_> = asked
        .iter()
        .map(|&gesture| {
            let answer = seen.iter().find(|event| event.gesture == gesture && event.peak >= from).copied();
            from = answer.map_or(from, |event| event.peak);
            answer
        })
        .collect();

    let missing = asked.iter().zip(&answers).filter(|(_, answer)| answer.is_none());
    let out_of_order = missing
        .map(|(gesture, _)| *gesture)
        .filter(|gesture| seen.iter().any(|event| event.gesture == *gesture))
        .collect();
    SequenceCheck { answers, out_of_order }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A recording at 30 frames per second whose signals are `at(seconds)`: yaw, pitch, blink and smile.
    fn recording(seconds: f32, at: impl Fn(f32) -> (f32, f32, f32, f32)) -> Vec<GestureSample> {
        (0..(seconds * 30.0) as u32)
            .map(|frame| {
                let time = frame as f32 / 30.0;
                let (yaw, pitch, blink, smile) = at(time);
                GestureSample {
                    time: Duration::from_secs_f32(time),
                    pose: HeadPose { yaw, pitch, roll: 0.0 },
                    blink: Some(blink),
                    smile: Some(smile),
                }
            })
            .collect()
    }

    /// A smooth bump of height 1 and one second from `start`.
    fn bump(time: f32, start: f32) -> f32 {
        let phase = (time - start).clamp(0.0, 1.0);
        (phase * std::f32::consts::PI).sin()
    }

    fn names(events: &[GestureEvent]) -> Vec<String> {
        events.iter().map(|event| event.gesture.to_string()).collect()
    }

    #[test]
    fn turns_have_the_subjects_side_and_times() {
        let events = find(&recording(6.0, |t| (35.0 * bump(t, 1.0) - 30.0 * bump(t, 4.0), 0.0, 0.0, 0.0)));
        assert_eq!(names(&events), ["left", "scan", "right"]);
        assert!((events[0].peak.as_secs_f32() - 1.5).abs() < 0.1, "{events:?}");
    }

    #[test]
    fn pitch_offset_is_no_gesture() {
        assert!(find(&recording(3.0, |_| (2.0, 18.0, 0.0, 0.0))).is_empty());
    }

    #[test]
    fn pitch_that_follows_a_turn_is_no_nod() {
        // As in phone recordings: a turn of 55 degrees shifts the pitch by 14, and a nod follows.
        let events = find(&recording(6.0, |t| {
            (55.0 * bump(t, 1.0), -14.0 * bump(t, 1.0) - 40.0 * bump(t, 4.0), 0.0, 0.0)
        }));
        assert_eq!(names(&events), ["left", "up"]);
        assert!(events[1].start.as_secs_f32() > 4.0, "{events:?}");
    }

    #[test]
    fn turn_back_to_the_camera_is_no_gesture() {
        let events = find(&recording(4.0, |t| (-14.0 * (1.0 - t.min(1.0)), 0.0, 0.0, 0.0)));
        assert!(events.iter().all(|event| event.gesture != Gesture::Left), "{events:?}");
    }

    #[test]
    fn sinking_camera_makes_no_nod() {
        assert!(find(&recording(10.0, |t| (0.0, -6.0 + 1.2 * t, 0.0, 0.0))).is_empty());
    }

    #[test]
    fn long_nod_is_found() {
        let events = find(&recording(5.0, |t| (0.0, if t > 1.0 { 25.0 } else { 0.0 }, 0.0, 0.0)));
        assert_eq!(names(&events), ["down"]);
    }

    #[test]
    fn nods_blinks_and_smiles_are_found() {
        let events = find(&recording(8.0, |t| {
            (0.0, 20.0 * bump(t, 1.0) - 20.0 * bump(t, 3.0), 0.6 * bump(t * 3.0, 16.0), 0.9 * bump(t, 7.0))
        }));
        assert_eq!(names(&events), ["down", "up", "eyes", "smile"]);
    }

    #[test]
    fn expressions_of_a_turned_head_are_ignored() {
        let events = find(&recording(4.0, |t| (60.0 * bump(t, 1.0), 0.0, 0.8 * bump(t * 4.0, 5.6), 0.0)));
        assert_eq!(names(&events), ["left"]);
    }

    #[test]
    fn sequence_is_checked_in_order() {
        let events = find(&recording(6.0, |t| (35.0 * bump(t, 1.0) - 30.0 * bump(t, 4.0), 0.0, 0.0, 0.0)));
        assert!(check_sequence(&[Gesture::Left, Gesture::Right], &events).is_complete());
        let wrong = check_sequence(&[Gesture::Right, Gesture::Left], &events);
        assert!(!wrong.is_complete());
        assert_eq!(wrong.out_of_order, [Gesture::Left]);
        assert!(check_sequence(&[Gesture::Smile], &events).out_of_order.is_empty());
    }

    #[test]
    fn names_round_trip() {
        for gesture in Gesture::ALL {
            assert_eq!(gesture.to_string().parse::<Gesture>().unwrap(), gesture);
        }
        assert_eq!("wink".parse::<Gesture>().unwrap_err().code(), "input.invalid_value");
    }
}
