//! The sessions of one model. Each is used by one run at a time, so there are as many as runs at the same time, up to a limit.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Shapes of all inputs of a run.
pub(super) type Shapes = Vec<Vec<usize>>;

/// How many sessions there may be, and which one a run takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sharing {
    /// One for each run at the same time; all fit.
    Free,
    /// At most so many: a run waits for one rather than open more, and prefers one whose last run had the same shapes.
    ///
    /// For a GPU. It computes for one at a time anyway, opening takes a second there, and convolutions are planned anew
    /// whenever shapes differ from those of the run before.
    Kept { most: usize },
}

/// Sessions, lent to one run at a time.
pub(super) struct Sessions<T> {
    sharing: Sharing,
    state: Mutex<State<T>>,
    /// Told when a session comes back, or goes for good.
    returned: Condvar,
}

struct State<T> {
    /// With the shapes of their last runs, none before the first; the one that came back last behind the others.
    idle: Vec<(Shapes, T)>,
    /// Idle and lent ones.
    open: usize,
}

/// A session that a run has to itself.
pub(super) struct Lent<'a, T> {
    sessions: &'a Sessions<T>,
    shapes: Shapes,
    /// None when it goes for good.
    session: Option<T>,
}

impl<T> Sessions<T> {
    /// Begins with one session that has not run yet.
    pub(super) fn new(sharing: Sharing, first: T) -> Self {
        let state = State { idle: vec![(Shapes::new(), first)], open: 1 };
        Self { sharing, state: Mutex::new(state), returned: Condvar::new() }
    }

    /// Uses a session for a run of these shapes. One that failed is not used again.
    pub(super) fn run<R, E>(
        &self,
        shapes: Shapes,
        open: impl FnOnce() -> Result<T, E>,
        run: impl FnOnce(&mut T) -> Result<R, E>,
    ) -> Result<R, E> {
        let mut lent = self.lend(shapes);
        let session = match lent.session.take() {
            Some(session) => session,
            None => open().or_else(|error| self.another().ok_or(error))?,
        };
        let outcome = run(lent.session.insert(session));
        if outcome.is_err() {
            lent.session = None;
        }
        outcome
    }

    /// An idle session, or the right to open one.
    fn lend(&self, shapes: Shapes) -> Lent<'_, T> {
        let is_free = self.sharing == Sharing::Free;
        let mut state = self.lock();
        loop {
            let fits = |(last, _): &(Shapes, T)| is_free || last.is_empty() || *last == shapes;
            let idle = match state.idle.iter().rposition(fits) {
                None if state.open < self.most() => {
                    state.open += 1;
                    return Lent { sessions: self, shapes, session: None };
                }
                // The one that has been idle for longest is missed least.
                None => (!state.idle.is_empty()).then_some(0),
                fitting => fitting,
            };
            if let Some(idle) = idle {
                let session = Some(state.idle.remove(idle).1);
                return Lent { sessions: self, shapes, session };
            }
            state = self.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A session in exchange for the right to open one, which could not be used, perhaps because the others have taken all
    /// the memory. None, and the right stays, if there are no others.
    fn another(&self) -> Option<T> {
        let mut state = self.lock();
        state.open -= 1;
        // Others in the same place may wait for this one.
        self.returned.notify_all();
        while state.idle.is_empty() && state.open > 0 {
            state = self.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.idle.is_empty() {
            state.open += 1;
            return None;
        }
        Some(state.idle.remove(0).1)
    }

    fn most(&self) -> usize {
        match self.sharing {
            Sharing::Free => usize::MAX,
            Sharing::Kept { most } => most.max(1),
        }
    }

    /// The lock is held to take a session or to put it back, never while it is used.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        // Whoever panicked in the midst of a run left nobody knows what.
        if std::thread::panicking() {
            self.session = None;
        }
        let mut state = self.sessions.lock();
        match self.session.take() {
            Some(session) => state.idle.push((std::mem::take(&mut self.shapes), session)),
            None => state.open -= 1,
        }
        drop(state);
        self.sessions.returned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;

    const KEPT: Sharing = Sharing::Kept { most: 2 };

    fn of_batch(batch: usize) -> Shapes {
        vec![vec![batch, 3]]
    }

    /// Sessions are numbers here; gives that of the one that ran.
    fn ran(sessions: &Sessions<usize>, batch: usize, opened: &AtomicUsize) -> usize {
        let open = || Ok::<_, Infallible>(opened.fetch_add(1, Ordering::SeqCst) + 1);
        let Ok(number) = sessions.run(of_batch(batch), open, |session| Ok(*session));
        number
    }

    #[test]
    fn on_a_processor_one_session_runs_every_shape() {
        let (sessions, opened) = (Sessions::new(Sharing::Free, 0), AtomicUsize::new(0));
        assert_eq!([1, 2, 1, 7].map(|batch| ran(&sessions, batch, &opened)), [0; 4]);
    }

    #[test]
    fn on_a_gpu_shapes_keep_their_sessions_up_to_a_limit() {
        let (sessions, opened) = (Sessions::new(KEPT, 0), AtomicUsize::new(0));
        assert_eq!([1, 2, 1, 2, 1].map(|batch| ran(&sessions, batch, &opened)), [0, 1, 0, 1, 0]);
        // A third shape takes the one that has been idle for longest, and has it from then on.
        assert_eq!([3, 1, 3].map(|batch| ran(&sessions, batch, &opened)), [1, 0, 1]);
    }

    #[test]
    fn runs_at_the_same_time_have_sessions_of_their_own() {
        const RUNS: usize = 4;
        let (sessions, opened, all) =
            (Sessions::new(Sharing::Free, 0), AtomicUsize::new(0), Barrier::new(RUNS));
        let mut ran: Vec<usize> = std::thread::scope(|scope| {
            let run = || {
                let open = || Ok::<_, Infallible>(opened.fetch_add(1, Ordering::SeqCst) + 1);
                let Ok(number) = sessions.run(of_batch(1), open, |session| {
                    all.wait();
                    Ok(*session)
                });
                number
            };
            let running: Vec<_> = (0..RUNS).map(|_| scope.spawn(run)).collect();
            running.into_iter().map(|run| run.join().unwrap()).collect()
        });
        ran.sort_unstable();
        assert_eq!(ran, [0, 1, 2, 3]);
    }

    #[test]
    fn beyond_the_limit_a_run_waits_for_a_session() {
        let (sessions, held, may_end) = (Sessions::new(KEPT, 0), Barrier::new(3), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for batch in [1, 2] {
                let (sessions, held, may_end) = (&sessions, &held, &may_end);
                scope.spawn(move || {
                    let hold = |_: &mut usize| {
                        held.wait();
                        while !may_end.load(Ordering::SeqCst) {
                            std::thread::yield_now();
                        }
                        Ok::<_, Infallible>(())
                    };
                    sessions.run(of_batch(batch), || Ok(1), hold)
                });
            }
            held.wait();
            let third = scope.spawn(|| {
                let open = || -> Result<_, Infallible> { panic!("a third session is opened") };
                sessions.run(of_batch(3), open, |session| Ok(*session))
            });
            // Time enough to open one, for whoever does not wait.
            (0..100).for_each(|_| std::thread::yield_now());
            assert!(!third.is_finished());
            may_end.store(true, Ordering::SeqCst);
            assert!(matches!(third.join().unwrap(), Ok(0 | 1)));
        });
    }

    #[test]
    fn many_runs_at_once_are_all_answered_and_no_session_is_lost_or_made_up() {
        let sessions = Sessions::new(KEPT, ());
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let sessions = &sessions;
                scope.spawn(move || {
                    for number in 0..200 {
                        // Some runs fail, and their sessions go for good; some sessions cannot be opened.
                        let (fails, opens) = ((thread + number) % 7 == 0, (thread + number) % 5 != 0);
                        let open = || if opens { Ok(()) } else { Err(()) };
                        let run = |(): &mut ()| if fails { Err(()) } else { Ok(()) };
                        let outcome = sessions.run(of_batch(number % 3), open, run);
                        assert!(outcome.is_err() == fails || !opens);
                    }
                });
            }
        });
        let state = sessions.lock();
        assert!(state.open <= 2 && state.open == state.idle.len());
    }

    #[test]
    fn a_session_that_failed_or_could_not_be_opened_makes_room() {
        let sessions = Sessions::new(Sharing::Kept { most: 1 }, 0);
        assert_eq!(sessions.run(of_batch(1), || Ok(1), |_| Err::<usize, _>("broken")), Err("broken"));
        assert_eq!(sessions.run(of_batch(1), || Err("no memory"), |session| Ok(*session)), Err("no memory"));
        assert_eq!(sessions.run(of_batch(1), || Ok::<_, &str>(2), |session| Ok(*session)), Ok(2));
    }

    #[test]
    fn an_idle_session_takes_the_place_of_one_that_cannot_be_opened() {
        let sessions = Sessions::new(KEPT, 0);
        assert_eq!(sessions.run(of_batch(1), || Ok::<_, &str>(1), |session| Ok(*session)), Ok(0));
        assert_eq!(sessions.run(of_batch(2), || Err("no memory"), |session| Ok(*session)), Ok(0));
        assert_eq!(sessions.lock().open, 1);
    }

    #[test]
    fn a_session_that_was_in_use_in_a_panic_is_not_used_again() {
        let sessions = Sessions::new(Sharing::Kept { most: 1 }, 0);
        let panics = || {
            let run = |_: &mut usize| -> Result<(), Infallible> { panic!("on purpose") };
            sessions.run(of_batch(1), || Ok(1), run)
        };
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).is_err());
        assert_eq!(sessions.run(of_batch(1), || Ok::<_, Infallible>(2), |session| Ok(*session)), Ok(2));
    }
}
