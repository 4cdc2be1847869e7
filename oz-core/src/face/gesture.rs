//! Gestures of the head and face over time.
//!
//! A gesture is a departure from the subject's own neutral state: each signal is compared with its value in the calm
//! beginning of the recording, rises over a start level, and ends when it falls back.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Blendshapes, HeadPose, LocatedFace};
use crate::{Error, Result};

/// What a subject can be asked to do. Sides are the subject's own.
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
    /// Close both eyes and open them again.
    Eyes,
    /// Look to one side and then the other in one sweep.
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
            Error::InvalidValue { name: "gesture", detail: format!("`{text}` is none of {known}") }
        })
    }
}

/// What gestures are read from: one frame's signals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GestureSample {
    /// Presentation time of the frame.
    pub time: Duration,
    /// Head pose in degrees.
    pub pose: HeadPose,
    /// How closed both eyes are, 0..=1, when the estimator tells expressions.
    pub blink: Option<f32>,
    /// How much the mouth smiles, 0..=1, likewise.
    pub smile: Option<f32>,
}

impl GestureSample {
    /// Takes the signals from a located face.
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

/// A gesture that was made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GestureEvent {
    /// Which.
    pub gesture: Gesture,
    /// When it began.
    pub start: Duration,
    /// When it was fullest.
    pub peak: Duration,
    /// When it was over; the last frame if it was not.
    pub end: Duration,
    /// Departure from neutral at its fullest: degrees for turns, 0..=1 for expressions.
    pub extent: f32,
}

/// Levels of one signal, as departures from neutral.
struct Levels {
    /// A gesture has begun.
    start: f32,
    /// It counts as made.
    reached: f32,
    /// Longest that it may take.
    longest: Duration,
}

/// Turns: natural sway stays below 8 degrees; a turn on request passes 15. Turns and nods on request took up to 3 s; who
/// looks elsewhere for longer than 6 s has moved the camera.
const TURN: Levels = Levels { start: 8.0, reached: 15.0, longest: Duration::from_secs(6) };
/// Nods reach less far than turns.
const NOD: Levels = Levels { start: 6.0, reached: 11.0, longest: Duration::from_secs(6) };
/// The mesh is estimated from one side of a turned face, and its pitch then wanders by up to a third of the turn; a head
/// that is thrown back wanders to the side by a quarter. Within this many degrees neither does.
const UNCOUPLED: f32 = 10.0;
/// Share of the other angle that an angle must pass to count beyond that.
const NOD_OVER_TURN: f32 = 1.0;
const TURN_OVER_NOD: f32 = 0.4;
/// A blink lasts .1 to .4 s; eyes kept shut on request up to 2 s.
const BLINK: Levels = Levels { start: 0.15, reached: 0.3, longest: Duration::from_secs(2) };
/// Smiles saturate the coefficient.
const SMILE: Levels = Levels { start: 0.25, reached: 0.45, longest: Duration::from_secs(20) };
/// Expressions on a head that is turned further than this are not to be trusted.
const EXPRESSION_MAX_TURN: f32 = 25.0;
/// Nobody who looks at the camera is turned further than this: a recording that begins turned does not make the turn back
/// a gesture. Pitch has no such bound, since the height of the camera shifts it.
const NEUTRAL_MAX_YAW: f32 = 6.0;
/// A hand that holds a phone lowers it by up to this many degrees in ten seconds; the neutral pitch follows so far, and not
/// the nods themselves.
const NEUTRAL_MAX_DRIFT: f32 = 6.0;
/// How long the calm beginning is.
const NEUTRAL_SPAN: Duration = Duration::from_millis(700);
/// A scan has both turns within this time.
const SCAN_SPAN: Duration = Duration::from_secs(6);

/// Finds all gestures in a recording of one face, ordered by their start.
///
/// `samples` are in order of time. Fewer than three samples show no gesture.
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

/// The median pose of the calm beginning, its pitch moved towards what is usual in the whole recording.
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

/// Turn and nod, each zero where it may be an effect of the other.
fn decoupled((turn, nod): (f32, f32)) -> (f32, f32) {
    let stands =
        |angle: f32, other: f32, share: f32| other.abs() < UNCOUPLED || angle.abs() > share * other.abs();
    let kept = |angle, other, share| if stands(angle, other, share) { angle } else { 0.0 };
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

/// Every stretch in which a signal rises over its start level and reaches far enough.
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

/// A turn to one side followed closely by one to the other.
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

/// Whether gestures were made in the order in which they were asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceCheck {
    /// For each gesture asked for, the event that answers it.
    pub answers: Vec<Option<GestureEvent>>,
    /// Gestures that were asked for, and made, but out of order.
    pub out_of_order: Vec<Gesture>,
}

impl SequenceCheck {
    /// Whether every gesture was made, in order.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.answers.iter().all(Option::is_some)
    }
}

/// Looks for `asked`, in order, among what was `seen`.
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

    /// A recording at 30 frames a second whose signals follow `at(seconds)`.
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

    /// A smooth bump of height 1 in the second after `start`.
    fn bump(time: f32, start: f32) -> f32 {
        let phase = (time - start).clamp(0.0, 1.0);
        (phase * std::f32::consts::PI).sin()
    }

    fn names(events: &[GestureEvent]) -> Vec<String> {
        events.iter().map(|event| event.gesture.to_string()).collect()
    }

    #[test]
    fn turns_are_named_by_the_subjects_side_and_timed() {
        let events = find(&recording(6.0, |t| (35.0 * bump(t, 1.0) - 30.0 * bump(t, 4.0), 0.0, 0.0, 0.0)));
        assert_eq!(names(&events), ["left", "scan", "right"]);
        assert!((events[0].peak.as_secs_f32() - 1.5).abs() < 0.1, "{events:?}");
    }

    #[test]
    fn a_pitch_offset_is_no_gesture() {
        assert!(find(&recording(3.0, |_| (2.0, 18.0, 0.0, 0.0))).is_empty());
    }

    #[test]
    fn a_pitch_that_follows_the_turn_is_no_nod() {
        // As the phone recordings have it: 55 degrees of turn drag the pitch by 14, then comes a nod.
        let events = find(&recording(6.0, |t| {
            (55.0 * bump(t, 1.0), -14.0 * bump(t, 1.0) - 40.0 * bump(t, 4.0), 0.0, 0.0)
        }));
        assert_eq!(names(&events), ["left", "up"]);
        assert!(events[1].start.as_secs_f32() > 4.0, "{events:?}");
    }

    #[test]
    fn a_recording_that_begins_turned_has_its_neutral_at_the_camera() {
        let events = find(&recording(4.0, |t| (-14.0 * (1.0 - t.min(1.0)), 0.0, 0.0, 0.0)));
        assert!(events.iter().all(|event| event.gesture != Gesture::Left), "{events:?}");
    }

    #[test]
    fn a_camera_that_sinks_makes_no_nods() {
        assert!(find(&recording(10.0, |t| (0.0, -6.0 + 1.2 * t, 0.0, 0.0))).is_empty());
    }

    #[test]
    fn a_nod_that_is_held_for_most_of_the_recording_is_one() {
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
    fn expressions_of_a_turned_head_do_not_count() {
        let events = find(&recording(4.0, |t| (60.0 * bump(t, 1.0), 0.0, 0.8 * bump(t * 4.0, 5.6), 0.0)));
        assert_eq!(names(&events), ["left"]);
    }

    #[test]
    fn the_order_matters() {
        let events = find(&recording(6.0, |t| (35.0 * bump(t, 1.0) - 30.0 * bump(t, 4.0), 0.0, 0.0, 0.0)));
        assert!(check_sequence(&[Gesture::Left, Gesture::Right], &events).is_complete());
        let wrong = check_sequence(&[Gesture::Right, Gesture::Left], &events);
        assert!(!wrong.is_complete());
        assert_eq!(wrong.out_of_order, [Gesture::Left]);
        assert!(check_sequence(&[Gesture::Smile], &events).out_of_order.is_empty());
    }

    #[test]
    fn names_are_read_back() {
        for gesture in Gesture::ALL {
            assert_eq!(gesture.to_string().parse::<Gesture>().unwrap(), gesture);
        }
        assert_eq!("wink".parse::<Gesture>().unwrap_err().code(), "input.invalid_value");
    }
}
