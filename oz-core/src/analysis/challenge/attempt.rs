//! A recording held against its challenge.

use std::time::Duration;

use super::{Challenge, ChallengeOutcome, GestureAnswer, Refusal};
use crate::face::gesture::{Gesture, GestureEvent};
use crate::system::Timestamp;

/// A challenge and what is known about the recording that answers it.
#[derive(Debug, Clone, PartialEq)]
pub struct ChallengeAttempt {
    /// What was asked, from where the server keeps it.
    pub challenge: Challenge,
    /// When the recording arrived; without it nobody looks whether the challenge was still valid.
    pub received: Option<Timestamp>,
    /// When each gesture was shown to the subject, as time in the recording. Empty when all were known from its start, or
    /// when nobody knows.
    pub prompts: Vec<Duration>,
    /// What is let pass.
    pub tolerance: Tolerance,
}

/// What is let pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// No gesture begins sooner after its prompt: choosing among answers takes people .25 s and more (Hick 1952,
    /// doi:10.1080/17470215208416600), and a start level is passed a little later still.
    pub reaction: Duration,
    /// Without prompts: how long the recording runs before the first gesture may begin. Gestures are departures from a
    /// calm beginning, so there has to be one.
    pub lead_in: Duration,
    /// Turns, nods and smiles that are forgiven.
    pub unasked: usize,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { reaction: Duration::from_millis(200), lead_in: Duration::from_millis(300), unasked: 1 }
    }
}

impl ChallengeAttempt {
    /// An attempt of which only the recording is known.
    #[must_use]
    pub fn new(challenge: Challenge) -> Self {
        Self { challenge, received: None, prompts: Vec::new(), tolerance: Tolerance::default() }
    }

    /// The same attempt, having arrived at a time.
    #[must_use]
    pub fn received(mut self, at: Timestamp) -> Self {
        self.received = Some(at);
        self
    }

    /// Holds the gestures of a recording, by start, against the challenge. Without true times, as in a set of shots,
    /// only kind and order count.
    #[must_use]
    pub fn check(&self, seen: &[GestureEvent], true_times: bool) -> ChallengeOutcome {
        let mut check = Check { attempt: self, true_times, seen: self.comparable(seen), taken: Vec::new() };
        let answers = check.answers();
        let unasked = check.unasked();
        let mut refusals: Vec<Refusal> = answers.iter().filter_map(|answer| answer.refusal).collect();
        let too_many = unasked.len().saturating_sub(self.tolerance.unasked);
        // What was made in a gesture's place is named there.
        if too_many > 0 && refusals.is_empty() {
            refusals.push(Refusal::Unasked { count: too_many });
        }
        if self.received.is_some_and(|at| !self.challenge.is_active(at)) {
            refusals.push(Refusal::Expired);
        }
        ChallengeOutcome { challenge: self.challenge.id(), answers, unasked, refusals }
    }

    /// A scan consists of turns: where it is asked for its turns do not count by themselves, elsewhere it does not.
    fn comparable(&self, seen: &[GestureEvent]) -> Vec<GestureEvent> {
        let asks_scan = self.challenge.gestures().contains(&Gesture::Scan);
        let scans: Vec<_> = seen.iter().filter(|event| event.gesture == Gesture::Scan).collect();
        let is_part = |event: &GestureEvent| {
            matches!(event.gesture, Gesture::Left | Gesture::Right)
                && scans.iter().any(|scan| scan.start <= event.start && event.end <= scan.end)
        };
        let counts = |event: &&GestureEvent| {
            if asks_scan { !is_part(event) } else { event.gesture != Gesture::Scan }
        };
        seen.iter().filter(counts).copied().collect()
    }
}

/// One pass over what was asked.
struct Check<'a> {
    attempt: &'a ChallengeAttempt,
    true_times: bool,
    seen: Vec<GestureEvent>,
    /// Places in `seen` of what answers a gesture, or stands in its place.
    taken: Vec<usize>,
}

/// When a gesture may begin.
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
        // The next gesture may begin while the head returns from the one before, not before that was at its fullest.
        let from = last.map_or(attempt.tolerance.lead_in, |event| event.peak);
        let begin = last.map_or(attempt.tolerance.lead_in, |event| event.end);
        Window { from, until: begin.saturating_add(time.saturating_mul(skipped + 1)) }
    }

    fn answer(&mut self, asked: Gesture, window: Window, last: Option<GestureEvent>) -> GestureAnswer {
        let free = |place: &usize| !self.taken.contains(place);
        let of_kind: Vec<usize> =
            (0..self.seen.len()).filter(|&i| self.seen[i].gesture == asked).filter(free).collect();
        let start = |place: usize| self.seen[place].start;
        if let Some(&place) = of_kind.iter().find(|&&i| (window.from..=window.until).contains(&start(i))) {
            self.taken.push(place);
            return GestureAnswer { asked, made: Some(self.seen[place]), refusal: None };
        }
        if let Some(&place) = of_kind.iter().find(|&&i| start(i) > window.until) {
            return self.refused(asked, Some(place), Refusal::TooLate { asked });
        }
        if let Some(&place) = of_kind.last() {
            let in_order = last.is_none_or(|last| last.peak <= start(place));
            let refusal = if in_order { Refusal::TooEarly { asked } } else { Refusal::WrongOrder { asked } };
            return self.refused(asked, Some(place), refusal);
        }
        let instead = (0..self.seen.len()).filter(free).find(|&i| self.stands_in_for(i, window));
        match instead {
            Some(place) => {
                let made = self.seen[place].gesture;
                self.refused(asked, Some(place), Refusal::WrongGesture { asked, made })
            }
            None => self.refused(asked, None, Refusal::Missing { asked }),
        }
    }

    fn refused(&mut self, asked: Gesture, place: Option<usize>, refusal: Refusal) -> GestureAnswer {
        self.taken.extend(place);
        GestureAnswer { asked, made: place.map(|place| self.seen[place]), refusal: Some(refusal) }
    }

    /// Whether an event is a gesture on purpose, made at this turn, that no turn asks for.
    fn stands_in_for(&self, place: usize, window: Window) -> bool {
        let event = &self.seen[place];
        on_purpose(event.gesture)
            && !self.attempt.challenge.gestures().contains(&event.gesture)
            && (window.from..=window.until).contains(&event.start)
    }

    /// Gestures on purpose that answer nothing. What overlaps an answer is its by-product: a turned head seems to nod a
    /// little, and who turns may smile.
    fn unasked(&self) -> Vec<GestureEvent> {
        let answers: Vec<_> = self.taken.iter().map(|&place| self.seen[place]).collect();
        let is_by_product = |event: &GestureEvent| {
            answers.iter().any(|answer| event.start <= answer.end && answer.start <= event.end)
        };
        let others =
            (0..self.seen.len()).filter(|place| !self.taken.contains(place)).map(|place| self.seen[place]);
        others.filter(|event| on_purpose(event.gesture) && !is_by_product(event)).collect()
    }
}

/// Everybody blinks unasked.
fn on_purpose(gesture: Gesture) -> bool {
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

    /// A gesture of one second beginning at `start` seconds.
    fn made(gesture: Gesture, start: f32) -> GestureEvent {
        let at = |seconds: f32| Duration::from_secs_f32(start + seconds);
        GestureEvent { gesture, start: at(0.0), peak: at(0.5), end: at(1.0), extent: 30.0 }
    }

    fn codes(asked: &[Gesture], seen: &[GestureEvent]) -> Vec<&'static str> {
        attempt(asked).check(seen, true).refusals.iter().map(Refusal::code).collect()
    }

    #[test]
    fn what_was_asked_in_order_and_in_time_is_accepted() {
        let seen = [made(Left, 1.0), made(Up, 3.0), made(Eyes, 4.4), made(Smile, 5.0)];
        let outcome = attempt(&[Left, Up, Smile]).check(&seen, true);
        assert!(outcome.is_met(), "{outcome:?}");
        let starts: Vec<_> = outcome.answers.iter().map(|a| a.made.unwrap().start.as_secs()).collect();
        assert_eq!(starts, [1, 3, 5]);
    }

    #[test]
    fn each_fault_has_its_own_reason() {
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
    fn one_gesture_too_many_is_forgiven() {
        assert!(codes(&[Left], &[made(Left, 1.0), made(Right, 2.5)]).is_empty());
    }

    #[test]
    fn a_blink_before_its_turn_is_no_answer_and_no_fault() {
        assert!(codes(&[Left, Eyes], &[made(Eyes, 0.5), made(Left, 1.0), made(Eyes, 3.0)]).is_empty());
    }

    #[test]
    fn a_scan_is_made_of_turns() {
        let scan = GestureEvent { end: Duration::from_millis(3_500), ..made(Scan, 1.0) };
        let seen = [made(Left, 1.0), scan, made(Right, 2.5)];
        assert!(codes(&[Scan], &seen).is_empty());
        assert!(codes(&[Left, Right], &seen).is_empty());
        assert_eq!(codes(&[Right, Left], &seen), ["wrong_order"]);
    }

    #[test]
    fn nobody_answers_before_the_prompt_or_at_once() {
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
    fn a_recording_outside_the_time_of_the_challenge_is_refused() {
        let check =
            |second| attempt(&[Left]).received(Timestamp::from_secs(second)).check(&[made(Left, 1.0)], true);
        assert!(check(120).is_met());
        assert_eq!(check(160).refusals, [Refusal::Expired]);
        assert_eq!(check(99).refusals, [Refusal::Expired]);
    }

    #[test]
    fn shots_without_times_are_judged_by_their_order_only() {
        let seen = [made(Left, 0.0), made(Up, 90.0)];
        assert!(attempt(&[Left, Up]).check(&seen, false).is_met());
        assert!(!attempt(&[Up, Left]).check(&seen, false).is_met());
    }
}
