//! Rate limit on sign-in attempts, against password guessing.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::config::SignInConfig;

/// Limits failed sign-ins per account and per network address. Counters live in the memory of this process.
///
/// An attempt counts as failed from its start until [`SignInGuard::succeeded`] reverts it, so concurrent
/// attempts cannot exceed the limit.
#[derive(Debug)]
pub struct SignInGuard {
    config: SignInConfig,
    accounts: Mutex<Attempts<String>>,
    addresses: Mutex<Attempts<IpAddr>>,
}

impl SignInGuard {
    /// Applies the limits of `config`.
    #[must_use]
    pub fn new(config: SignInConfig) -> Self {
        Self { config, accounts: Mutex::default(), addresses: Mutex::default() }
    }

    /// Registers an attempt. `elapsed` is the time since any fixed origin.
    ///
    /// # Errors
    /// The time to wait, when the account or the address has reached its limit.
    pub fn attempt(&self, account: &str, address: IpAddr, elapsed: Duration) -> Result<(), Duration> {
        let rule = |max| Rule { max, window: self.config.window.get(), tracked: self.config.max_tracked };
        let by_address = rule(self.config.max_failures_per_address);
        let by_account = rule(self.config.max_failures_per_account);
        lock(&self.addresses).add(network(address), by_address, elapsed)?;
        lock(&self.accounts).add(account.to_owned(), by_account, elapsed)
    }

    /// Reverts an attempt whose password was correct, and clears the failures of the account.
    pub fn succeeded(&self, account: &str, address: IpAddr) {
        lock(&self.accounts).counted.remove(account);
        lock(&self.addresses).revert(&network(address));
    }
}

/// Network that a provider usually assigns to one customer: the whole IPv4 address, a /64 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & !u128::from(u64::MAX)).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // No update of the counters can panic halfway, so they are consistent even if the lock is poisoned.
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
    /// Keys and the start of their windows, oldest first.
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

    /// Removes expired windows, and the oldest ones until there is room for another key.
    fn sweep(&mut self, rule: Rule, elapsed: Duration) {
        while let Some((key, since)) = self.order.front() {
            let is_over = *since + rule.window <= elapsed;
            if !is_over && self.order.len() < rule.tracked.max(1) {
                return;
            }
            // A key that was removed and added again has a later window; its old entry must not remove it.
            if self.counted.get(key).is_some_and(|count| count.since == *since) {
                self.counted.remove(key);
            }
            self.order.pop_front();
        }
    }

    fn revert(&mut self, key: &K) {
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
    fn account_is_blocked_until_the_window_ends() {
        let guard = guard();
        for _ in 0..3 {
            guard.attempt("a", HOME, at(10)).unwrap();
        }
        assert_eq!(guard.attempt("a", HOME, at(20)), Err(at(50)));
        assert_eq!(guard.attempt("b", HOME, at(20)), Ok(()));
        assert_eq!(guard.attempt("a", HOME, at(70)), Ok(()));
    }

    #[test]
    fn address_is_blocked_across_accounts() {
        let guard = guard();
        for account in ["a", "b", "c", "d", "e"] {
            guard.attempt(account, HOME, at(0)).unwrap();
        }
        assert_eq!(guard.attempt("f", HOME, at(0)), Err(at(60)));
        assert_eq!(guard.attempt("f", "10.0.0.1".parse().unwrap(), at(0)), Ok(()));
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_a_counter() {
        let guard = guard();
        for host in 1..=5 {
            guard.attempt(&host.to_string(), format!("2001:db8::{host}").parse().unwrap(), at(0)).unwrap();
        }
        assert!(guard.attempt("9", "2001:db8::99".parse().unwrap(), at(0)).is_err());
        assert!(guard.attempt("9", "2001:db8:0:1::1".parse().unwrap(), at(0)).is_ok());
    }

    #[test]
    fn successful_sign_in_resets_the_counter() {
        let guard = guard();
        for _ in 0..20 {
            guard.attempt("a", HOME, at(0)).unwrap();
            guard.succeeded("a", HOME);
        }
    }

    #[test]
    fn number_of_tracked_keys_is_bounded() {
        let guard = guard();
        for number in 0..100u8 {
            let address = IpAddr::from([10, 0, 0, number]);
            guard.attempt(&number.to_string(), address, at(u64::from(number) / 10)).unwrap();
        }
        assert!(lock(&guard.accounts).counted.len() <= 4 && lock(&guard.accounts).order.len() <= 4);
    }
}
