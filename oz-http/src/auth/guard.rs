//! What slows down whoever guesses passwords.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::config::SignInConfig;

/// Counts attempts per account and per address, in the memory of the process.
///
/// An attempt counts as failed from its beginning, so that many at once get no further than one after the other.
#[derive(Debug)]
pub struct SignInGuard {
    config: SignInConfig,
    accounts: Mutex<Attempts<String>>,
    addresses: Mutex<Attempts<IpAddr>>,
}

impl SignInGuard {
    /// With these limits.
    #[must_use]
    pub fn new(config: SignInConfig) -> Self {
        Self { config, accounts: Mutex::default(), addresses: Mutex::default() }
    }

    /// Takes note of an attempt at `elapsed`.
    ///
    /// # Errors
    /// How long to wait when there were too many.
    pub fn attempt(&self, account: &str, address: IpAddr, elapsed: Duration) -> Result<(), Duration> {
        let rule = |max| Rule { max, window: self.config.window.get(), tracked: self.config.max_tracked };
        let by_address = rule(self.config.max_failures_per_address);
        let by_account = rule(self.config.max_failures_per_account);
        lock(&self.addresses).add(network(address), by_address, elapsed)?;
        lock(&self.accounts).add(account.to_owned(), by_account, elapsed)
    }

    /// Takes an attempt back: the password was right.
    pub fn succeeded(&self, account: &str, address: IpAddr) {
        lock(&self.accounts).counted.remove(account);
        lock(&self.addresses).take_back(&network(address));
    }
}

/// The part of an address that one customer of a provider has: all of IPv4, the first half of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Counters are never half written.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug, Clone, Copy)]
struct Rule {
    max: u32,
    window: Duration,
    tracked: usize,
}

#[derive(Debug)]
struct Attempts<K> {
    counted: HashMap<K, Count>,
    /// Keys in the order in which their windows began.
    order: VecDeque<(K, Duration)>,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    failures: u32,
    since: Duration,
}

impl<K> Default for Attempts<K> {
    fn default() -> Self {
        Self { counted: HashMap::new(), order: VecDeque::new() }
    }
}

impl<K: Clone + Eq + Hash> Attempts<K> {
    fn add(&mut self, key: K, rule: Rule, elapsed: Duration) -> Result<(), Duration> {
        self.sweep(rule, elapsed);
        match self.counted.get_mut(&key) {
            Some(count) if count.failures >= rule.max => {
                Err((count.since + rule.window).saturating_sub(elapsed))
            }
            Some(count) => {
                count.failures += 1;
                Ok(())
            }
            None => {
                self.order.push_back((key.clone(), elapsed));
                self.counted.insert(key, Count { failures: 1, since: elapsed });
                Ok(())
            }
        }
    }

    /// Forgets windows that are over, and the oldest while there are too many.
    fn sweep(&mut self, rule: Rule, elapsed: Duration) {
        while let Some((key, since)) = self.order.front() {
            let is_over = *since + rule.window <= elapsed;
            if !is_over && self.order.len() < rule.tracked.max(1) {
                return;
            }
            // A key that was forgotten and came back has a later window of its own.
            if self.counted.get(key).is_some_and(|count| count.since == *since) {
                self.counted.remove(key);
            }
            self.order.pop_front();
        }
    }

    fn take_back(&mut self, key: &K) {
        if let Some(count) = self.counted.get_mut(key) {
            count.failures = count.failures.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Period;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn guard() -> SignInGuard {
        SignInGuard::new(SignInConfig {
            max_failures_per_account: 3,
            max_failures_per_address: 5,
            window: Period::secs(60),
            max_tracked: 4,
        })
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn an_account_waits_after_too_many_failures_and_is_free_after_the_window() {
        let guard = guard();
        for _ in 0..3 {
            guard.attempt("a", HOME, at(10)).unwrap();
        }
        assert_eq!(guard.attempt("a", HOME, at(20)), Err(at(50)));
        assert_eq!(guard.attempt("b", HOME, at(20)), Ok(()));
        assert_eq!(guard.attempt("a", HOME, at(70)), Ok(()));
    }

    #[test]
    fn an_address_waits_whatever_the_account() {
        let guard = guard();
        for account in ["a", "b", "c", "d", "e"] {
            guard.attempt(account, HOME, at(0)).unwrap();
        }
        assert_eq!(guard.attempt("f", HOME, at(0)), Err(at(60)));
        assert_eq!(guard.attempt("f", "10.0.0.1".parse().unwrap(), at(0)), Ok(()));
    }

    #[test]
    fn addresses_of_one_ipv6_network_are_one() {
        let guard = guard();
        for host in 1..=5 {
            guard.attempt(&host.to_string(), format!("2001:db8::{host}").parse().unwrap(), at(0)).unwrap();
        }
        assert!(guard.attempt("9", "2001:db8::99".parse().unwrap(), at(0)).is_err());
        assert!(guard.attempt("9", "2001:db8:0:1::1".parse().unwrap(), at(0)).is_ok());
    }

    #[test]
    fn a_right_password_ends_the_count() {
        let guard = guard();
        for _ in 0..20 {
            guard.attempt("a", HOME, at(0)).unwrap();
            guard.succeeded("a", HOME);
        }
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_are_forgotten() {
        let guard = guard();
        for number in 0..100u8 {
            let address = IpAddr::from([10, 0, 0, number]);
            guard.attempt(&number.to_string(), address, at(u64::from(number) / 10)).unwrap();
        }
        assert!(lock(&guard.accounts).counted.len() <= 4 && lock(&guard.accounts).order.len() <= 4);
    }
}
