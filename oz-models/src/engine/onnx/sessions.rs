//! Pool of the sessions of one model. A session serves one run at a time, so the pool grows to the number of
//! concurrent runs, up to a limit.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Shapes of all inputs of a run.
pub(super) type Shapes = Vec<Vec<usize>>;

/// Policy of the pool: number of sessions and choice of one for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sharing {
    /// Unlimited; any idle session serves any run.
    Free,
    /// At most `most` sessions: a run waits for one instead of opening more, and prefers one whose last run
    /// had the same shapes.
    ///
    /// For a GPU, which serializes the runs anyway: opening a session takes a second there, and convolutions
    /// are planned again whenever the shapes differ from those of the session's previous run.
    Kept { most: usize },
}

/// Pool of sessions.
pub(super) struct Sessions<T> {
    sharing: Sharing,
    state: Mutex<State<T>>,
    /// Notified when a session is returned or dropped.
    returned: Condvar,
}

struct State<T> {
    /// Idle sessions with the shapes of their last run (empty before the first), least recently used first.
    idle: Vec<(Shapes, T)>,
    /// Number of sessions, idle or lent, including those being opened.
    open: usize,
}

/// Exclusive use of a session, or the right to open one.
pub(super) struct Lent<'a, T> {
    sessions: &'a Sessions<T>,
    shapes: Shapes,
    /// `None` on drop means that the session is discarded.
    session: Option<T>,
}

impl<T> Sessions<T> {
    /// A pool with one session that has not run yet.
    pub(super) fn new(sharing: Sharing, first: T) -> Self {
        let state = State { idle: vec![(Shapes::new(), first)], open: 1 };
        Self { sharing, state: Mutex::new(state), returned: Condvar::new() }
    }

    /// Calls `run` with a session suited to `shapes`, calling `open` for a new one if necessary. A session
    /// whose run failed is discarded.
    ///
    /// # Errors
    /// Those of `run`; those of `open` if there is no other session to fall back to.
    pub(super) fn run<R, E>(
        &self,
        shapes: Shapes,
        open: impl FnOnce() -> Result<T, E>,
        run: impl FnOnce(&mut T) -> Result<R, E>,
    ) -> Result<R, E> {
        let mut lent = self.lend(shapes);
        let session = match lent.session.take() {
            Some(session) => session,
            None => open().or_else(|error| self.wait_for_other().ok_or(error))?,
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
                // Full: repurpose the least recently used session.
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

    /// Waits for another session after opening one failed, perhaps because the others take all the memory.
    /// Returns `None` if there are no others; the caller then keeps its right to open one.
    fn wait_for_other(&self) -> Option<T> {
        let mut state = self.lock();
        state.open -= 1;
        // Other runs whose `open` failed stop waiting once `open` reaches 0.
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

    /// The lock is held only to take or return a session, never during a run.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Drop for Lent<'_, T> {
    fn drop(&mut self) {
        // A panic during a run may have left the session in an inconsistent state.
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

    /// Runs on `sessions`, which are numbers here, and returns the number of the session that was used.
    fn ran(sessions: &Sessions<usize>, batch: usize, opened: &AtomicUsize) -> usize {
        let open = || Ok::<_, Infallible>(opened.fetch_add(1, Ordering::SeqCst) + 1);
        let Ok(number) = sessions.run(of_batch(batch), open, |session| Ok(*session));
        number
    }

    #[test]
    fn free_session_runs_every_shape() {
        let (sessions, opened) = (Sessions::new(Sharing::Free, 0), AtomicUsize::new(0));
        assert_eq!([1, 2, 1, 7].map(|batch| ran(&sessions, batch, &opened)), [0; 4]);
    }

    #[test]
    fn kept_sessions_stay_with_their_shapes_up_to_the_limit() {
        let (sessions, opened) = (Sessions::new(KEPT, 0), AtomicUsize::new(0));
        assert_eq!([1, 2, 1, 2, 1].map(|batch| ran(&sessions, batch, &opened)), [0, 1, 0, 1, 0]);
        // A third shape takes over the least recently used session and keeps it.
        assert_eq!([3, 1, 3].map(|batch| ran(&sessions, batch, &opened)), [1, 0, 1]);
    }

    #[test]
    fn concurrent_runs_use_distinct_sessions() {
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
    fn run_beyond_the_limit_waits_for_a_session() {
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
            // Enough time to open a session if the run did not wait.
            (0..100).for_each(|_| std::thread::yield_now());
            assert!(!third.is_finished());
            may_end.store(true, Ordering::SeqCst);
            assert!(matches!(third.join().unwrap(), Ok(0 | 1)));
        });
    }

    #[test]
    fn concurrent_runs_all_finish_and_the_session_count_stays_correct() {
        let sessions = Sessions::new(KEPT, ());
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let sessions = &sessions;
                scope.spawn(move || {
                    for number in 0..200 {
                        // Some runs fail and discard their session; some sessions cannot be opened.
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
    fn failed_session_frees_its_slot() {
        let sessions = Sessions::new(Sharing::Kept { most: 1 }, 0);
        assert_eq!(sessions.run(of_batch(1), || Ok(1), |_| Err::<usize, _>("broken")), Err("broken"));
        assert_eq!(sessions.run(of_batch(1), || Err("no memory"), |session| Ok(*session)), Err("no memory"));
        assert_eq!(sessions.run(of_batch(1), || Ok::<_, &str>(2), |session| Ok(*session)), Ok(2));
    }

    #[test]
    fn idle_session_replaces_one_that_cannot_be_opened() {
        let sessions = Sessions::new(KEPT, 0);
        assert_eq!(sessions.run(of_batch(1), || Ok::<_, &str>(1), |session| Ok(*session)), Ok(0));
        assert_eq!(sessions.run(of_batch(2), || Err("no memory"), |session| Ok(*session)), Ok(0));
        assert_eq!(sessions.lock().open, 1);
    }

    #[test]
    fn session_of_a_panicked_run_is_discarded() {
        let sessions = Sessions::new(Sharing::Kept { most: 1 }, 0);
        let panics = || {
            let run = |_: &mut usize| -> Result<(), Infallible> { panic!("on purpose") };
            sessions.run(of_batch(1), || Ok(1), run)
        };
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).is_err());
        assert_eq!(sessions.run(of_batch(1), || Ok::<_, Infallible>(2), |session| Ok(*session)), Ok(2));
    }
}
