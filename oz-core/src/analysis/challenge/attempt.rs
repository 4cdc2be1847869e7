//! Check of a recording against its challenge.

use std::time::Duration;

use super::{Challenge, ChallengeOutcome, GestureAnswer, Refusal};
use crate::face::gesture::{Gesture, GestureEvent};
use crate::system::Timestamp;

/// Challenge with the circumstances of the recording that answers it.
///
/// ```
/// use std::time::Duration;
///
/// use oz_core::analysis::{Challenge, ChallengeAttempt};
/// use oz_core::face::gesture::{Gesture, GestureEvent};
/// use oz_core::system::{Timestamp, Uuid};
///
/// let validity = (Timestamp::from_secs(0), Timestamp::from_secs(60));
/// let gestures = vec![Gesture::Left, Gesture::Smile];
/// let challenge = Challenge::new(Uuid::from_u128(1), gestures, validity, Duration::from_secs(5))?;
/// let attempt = ChallengeAttempt::new(challenge).received(Timestamp::from_secs(30));
///
/// let made = |gesture, second: u64| {
///     let at = |millis| Duration::from_millis(1_000 * second + millis);
///     GestureEvent { gesture, start: at(0), peak: at(400), end: at(800), extent: 30.0 }
/// };
/// assert!(attempt.check(&[made(Gesture::Left, 1), made(Gesture::Smile, 3)], true).is_met());
/// assert!(!attempt.check(&[made(Gesture::Smile, 1), made(Gesture::Left, 3)], true).is_met());
/// # Ok::<(), oz_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ChallengeAttempt {
    /// The challenge as the issuer stored it, not as the client sent it back.
    pub challenge: Challenge,
    /// Time of arrival of the recording; `None` skips the check of the challenge's validity.
    pub received: Option<Timestamp>,
    /// Presentation times in the recording at which each gesture was prompted. Empty when all gestures were
    /// shown at the start or the times are unknown.
    pub prompts: Vec<Duration>,
    /// Tolerated deviations.
    pub tolerance: Tolerance,
}

/// Tolerated deviations from a challenge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// Minimum time from prompt to start of a gesture, default 200 ms. A choice among alternatives takes 0.25
    /// s and more (Hick 1952, doi:10.1080/17470215208416600), and the start level is passed later still.
    pub reaction: Duration,
    /// Without prompts: minimum time from the start of the recording to that of the first gesture, default
    /// 300 ms. Gestures are measured against a calm beginning.
    pub lead_in: Duration,
    /// Number of turns, nods and smiles that may be made beyond those requested, default 1.
    pub unasked: usize,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { reaction: Duration::from_millis(200), lead_in: Duration::from_millis(300), unasked: 1 }
    }
}

impl ChallengeAttempt {
    /// Attempt without time of arrival and prompts, with default tolerance.
    #[must_use]
    pub fn new(challenge: Challenge) -> Self {
        Self { challenge, received: None, prompts: Vec::new(), tolerance: Tolerance::default() }
    }

    /// Sets the time of arrival.
    #[must_use]
    pub fn received(mut self, at: Timestamp) -> Self {
        self.received = Some(at);
        self
    }

    /// Checks the gestures of a recording, ordered by start, against the challenge. Without true times, as in
    /// a shot set, only kind and order are checked.
    #[must_use]
    pub fn check(&self, seen: &[GestureEvent], true_times: bool) -> ChallengeOutcome {
        let mut check = Check { attempt: self, true_times, seen: self.comparable(seen), taken: Vec::new() };
        let answers = check.answers();
        let unasked = check.unasked();

        let mut refusals: Vec<Refusal> = answers.iter().filter_map(|answer| answer.refusal).collect();
        let too_many = unasked.len().saturating_sub(self.tolerance.unasked);
        // With other refusals present, surplus gestures are most likely failed answers and are named there.
        if too_many > 0 && refusals.is_empty() {
            refusals.push(Refusal::Unasked { count: too_many });
        }
        if self.received.is_some_and(|at| !self.challenge.is_active(at)) {
            refusals.push(Refusal::Expired);
        }

        ChallengeOutcome { challenge: self.challenge.id(), answers, unasked, refusals }
    }

    /// Removes double counting, as a scan consists of turns: where a scan is requested the turns within scans
    /// are dropped, elsewhere the scans.
    fn comparable(&self, seen: &[GestureEvent]) -> Vec<GestureEvent> {
        if !self.challenge.gestures().contains(&Gesture::Scan) {
            return seen.iter().filter(|event| event.gesture != Gesture::Scan).copied().collect();
        }

        let scans: Vec<_> = seen.iter().filter(|event| event.gesture == Gesture::Scan).collect();
        let is_part_of_scan = |event: &GestureEvent| {
            matches!(event.gesture, Gesture::Left | Gesture::Right)
                && scans.iter().any(|scan| scan.start <= event.start && event.end <= scan.end)
        };
        seen.iter().filter(|event| !is_part_of_scan(event)).copied().collect()
    }
}

/// One pass over the requested gestures.
struct Check<'a> {
    attempt: &'a ChallengeAttempt,
    true_times: bool,
    seen: Vec<GestureEvent>,
    /// Indices in `seen` of events that were assigned to a requested gesture, accepted or refused.
    taken: Vec<usize>,
}

/// Presentation times between which a gesture may begin.
#[derive(Clone, Copy)]
struct Window {
    from: Duration,
    until: Duration,
}

impl Check<'_> {
    fn answers(&mut self) -> Vec<GestureAnswer> {
        let asked = self.attempt.challenge.gestures();
        let mut last: Option<GestureEvent> = None;
        let mut skipped = 0;
        let mut answers = Vec::with_capacity(asked.len());

        for (number, &gesture) in asked.iter().enumerate() {
            let window = self.window(number, last, skipped);
            let answer = self.answer(gesture, window, last);
            match (answer.made, answer.refusal) {
                (Some(made), None) => (last, skipped) = (Some(made), 0),
                _ => skipped += 1,
            }
            answers.push(answer);
        }

        answers
    }

    /// Window of gesture `number`, given the last accepted event and the number of gestures refused since.
    fn window(&self, number: usize, last: Option<GestureEvent>, skipped: u32) -> Window {
        let attempt = self.attempt;
        if !self.true_times {
            return Window { from: last.map_or(Duration::ZERO, |event| event.peak), until: Duration::MAX };
        }

        let time = attempt.challenge.gesture_time();
        if let Some(prompt) = attempt.prompts.get(number) {
            let from = prompt.saturating_add(attempt.tolerance.reaction);
            return Window { from, until: prompt.saturating_add(time) };
        }

        // A gesture may begin while the head returns from the previous one, but not before the peak of that
        // one.
        let from = last.map_or(attempt.tolerance.lead_in, |event| event.peak);
        let begin = last.map_or(attempt.tolerance.lead_in, |event| event.end);
        Window { from, until: begin.saturating_add(time.saturating_mul(skipped + 1)) }
    }

    /// Assigns an event to one requested gesture: the first of its kind in the window, else one of its kind
    /// outside it, else another gesture made in its place.
    fn answer(&mut self, asked: Gesture, window: Window, last: Option<GestureEvent>) -> GestureAnswer {
        let free: Vec<usize> = (0..self.seen.len()).filter(|index| !self.taken.contains(index)).collect();
        let of_kind: Vec<usize> =
            free.iter().copied().filter(|&index| self.seen[index].gesture == asked).collect();
        let start = |index: usize| self.seen[index].start;

        if let Some(&index) = of_kind.iter().find(|&&index| window.contains(start(index))) {
            self.taken.push(index);
            return GestureAnswer { asked, made: Some(self.seen[index]), refusal: None };
        }

        if let Some(&index) = of_kind.iter().find(|&&index| start(index) > window.until) {
            return self.refused(asked, Some(index), Refusal::TooLate { asked });
        }
        if let Some(&index) = of_kind.last() {
            let in_order = last.is_none_or(|last| last.peak <= start(index));
            let refusal = if in_order { Refusal::TooEarly { asked } } else { Refusal::WrongOrder { asked } };
            return self.refused(asked, Some(index), refusal);
        }

        match free.into_iter().find(|&index| self.stands_in(index, window)) {
            Some(index) => {
                let made = self.seen[index].gesture;
                self.refused(asked, Some(index), Refusal::WrongGesture { asked, made })
            }
            None => self.refused(asked, None, Refusal::Missing { asked }),
        }
    }

    fn refused(&mut self, asked: Gesture, index: Option<usize>, refusal: Refusal) -> GestureAnswer {
        self.taken.extend(index);
        GestureAnswer { asked, made: index.map(|index| self.seen[index]), refusal: Some(refusal) }
    }

    /// Whether an event is a deliberate gesture within the window that the challenge does not request
    /// anywhere.
    fn stands_in(&self, index: usize, window: Window) -> bool {
        let event = &self.seen[index];
        is_deliberate(event.gesture)
            && !self.attempt.challenge.gestures().contains(&event.gesture)
            && window.contains(event.start)
    }

    /// Deliberate gestures that were not assigned. Those that overlap an assigned one are by-products of it:
    /// a turned head seems to nod a little, and a subject who turns may smile.
    fn unasked(&self) -> Vec<GestureEvent> {
        let assigned: Vec<_> = self.taken.iter().map(|&index| self.seen[index]).collect();
        let is_by_product = |event: &GestureEvent| {
            assigned.iter().any(|other| event.start <= other.end && other.start <= event.end)
        };

        (0..self.seen.len())
            .filter(|index| !self.taken.contains(index))
            .map(|index| self.seen[index])
            .filter(|event| is_deliberate(event.gesture) && !is_by_product(event))
            .collect()
    }
}

impl Window {
    fn contains(self, start: Duration) -> bool {
        (self.from..=self.until).contains(&start)
    }
}

/// Whether a gesture is made on purpose; people blink unprompted.
fn is_deliberate(gesture: Gesture) -> bool {
    gesture != Gesture::Eyes
}

#[cfg(test)]
mod tests {
    use Gesture::{Down, Eyes, Left, Right, Scan, Smile, Up};

    use super::*;
    use crate::system::Uuid;

    fn attempt(gestures: &[Gesture]) -> ChallengeAttempt {
        let issued = Timestamp::from_secs(100);
        let times = (issued, issued.after(Duration::from_secs(60)));
        let id = Uuid::from_u128(1);
        ChallengeAttempt::new(Challenge::new(id, gestures.to_vec(), times, Duration::from_secs(4)).unwrap())
    }

    /// A gesture of one second that begins at `start` seconds.
    fn made(gesture: Gesture, start: f32) -> GestureEvent {
        let at = |seconds: f32| Duration::from_secs_f32(start + seconds);
        GestureEvent { gesture, start: at(0.0), peak: at(0.5), end: at(1.0), extent: 30.0 }
    }

    fn codes(asked: &[Gesture], seen: &[GestureEvent]) -> Vec<&'static str> {
        attempt(asked).check(seen, true).refusals.iter().map(Refusal::code).collect()
    }

    #[test]
    fn gestures_in_order_and_in_time_are_accepted() {
        let seen = [made(Left, 1.0), made(Up, 3.0), made(Eyes, 4.4), made(Smile, 5.0)];
        let outcome = attempt(&[Left, Up, Smile]).check(&seen, true);
        assert!(outcome.is_met(), "{outcome:?}");
        let starts: Vec<_> = outcome.answers.iter().map(|a| a.made.unwrap().start.as_secs()).collect();
        assert_eq!(starts, [1, 3, 5]);
    }

    #[test]
    fn each_deviation_has_its_own_code() {
        assert_eq!(codes(&[Left, Up], &[made(Left, 1.0)]), ["missing"]);
        assert_eq!(codes(&[Left, Up], &[made(Up, 1.0), made(Left, 3.0)]), ["wrong_order"]);
        assert_eq!(codes(&[Left, Up], &[made(Left, 1.0), made(Down, 3.0)]), ["wrong_gesture"]);
        assert_eq!(codes(&[Left, Up], &[made(Left, 1.0), made(Up, 9.0)]), ["too_late"]);
        assert_eq!(codes(&[Left], &[made(Left, 0.1)]), ["too_early"]);
        let fidgeting = [made(Left, 1.0), made(Right, 2.5), made(Down, 4.0), made(Up, 5.5)];
        assert_eq!(codes(&[Left], &fidgeting), ["unasked"]);
        assert_eq!(codes(&[Left, Up], &[]), ["missing", "missing"]);
    }

    #[test]
    fn one_surplus_gesture_is_tolerated() {
        assert!(codes(&[Left], &[made(Left, 1.0), made(Right, 2.5)]).is_empty());
    }

    #[test]
    fn blink_before_its_turn_is_ignored() {
        assert!(codes(&[Left, Eyes], &[made(Eyes, 0.5), made(Left, 1.0), made(Eyes, 3.0)]).is_empty());
    }

    #[test]
    fn scan_consists_of_turns() {
        let scan = GestureEvent { end: Duration::from_millis(3_500), ..made(Scan, 1.0) };
        let seen = [made(Left, 1.0), scan, made(Right, 2.5)];
        assert!(codes(&[Scan], &seen).is_empty());
        assert!(codes(&[Left, Right], &seen).is_empty());
        assert_eq!(codes(&[Right, Left], &seen), ["wrong_order"]);
    }

    #[test]
    fn gesture_before_the_reaction_time_is_too_early() {
        let prompted = |prompts: &[f32]| ChallengeAttempt {
            prompts: prompts.iter().map(|s| Duration::from_secs_f32(*s)).collect(),
            ..attempt(&[Left, Up])
        };
        let seen = [made(Left, 1.5), made(Up, 4.0)];
        assert!(prompted(&[1.0, 3.5]).check(&seen, true).is_met());
        let first = |attempt: ChallengeAttempt| attempt.check(&seen, true).gravest().unwrap().code();
        assert_eq!(first(prompted(&[1.45, 3.5])), "too_early");
        assert_eq!(first(prompted(&[1.0, 3.95])), "too_early");
    }

    #[test]
    fn recording_outside_the_validity_is_refused() {
        let check =
            |second| attempt(&[Left]).received(Timestamp::from_secs(second)).check(&[made(Left, 1.0)], true);
        assert!(check(120).is_met());
        assert_eq!(check(160).refusals, [Refusal::Expired]);
        assert_eq!(check(99).refusals, [Refusal::Expired]);
    }

    #[test]
    fn shots_without_times_are_checked_by_order_only() {
        let seen = [made(Left, 0.0), made(Up, 90.0)];
        assert!(attempt(&[Left, Up]).check(&seen, false).is_met());
        assert!(!attempt(&[Up, Left]).check(&seen, false).is_met());
    }
}
