//! A record of who did what, chained so that a change to the past shows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::digest::Digest;
use crate::system::Timestamp;

/// Begins every canonical form, so that a digest of something else can never stand for an entry.
const DOMAIN: &[u8] = b"oz.audit.1";

impl Digest {
    /// Stands before the first entry of a chain.
    pub const START: Self = Self::from_bytes([0; 32]);
}

/// What happened. Holds ids and sizes, never pixels, feature values, names of people or credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// Who: id of a user, a service token or a part of the system.
    pub actor: String,
    /// What, as `area.verb`, e.g. `subject.deleted`.
    pub action: String,
    /// To what: kind and id.
    pub object: String,
    /// Further facts.
    pub details: BTreeMap<String, String>,
}

/// An event in its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Place in the log, from 1, without gaps.
    pub sequence: u64,
    /// What happened.
    pub event: AuditEvent,
    /// Digest of the entry before; [`Digest::START`] for the first.
    pub previous: Digest,
    /// SHA-256 over the canonical form of all of the above.
    pub digest: Digest,
}

impl AuditEntry {
    /// The entry that follows `previous`; the first one when there is none.
    #[must_use]
    pub fn following(previous: Option<&Self>, event: AuditEvent) -> Self {
        let (sequence, previous) =
            previous.map_or((1, Digest::START), |entry| (entry.sequence + 1, entry.digest));
        let digest = digest(sequence, &previous, &event);
        Self { sequence, event, previous, digest }
    }

    /// Whether the digest fits what the entry says.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.digest == digest(self.sequence, &self.previous, &self.event)
    }
}

/// SHA-256 over the canonical form: [`DOMAIN`], previous digest, sequence, time, then each text behind its length;
/// numbers are 64 bits, big endian.
fn digest(sequence: u64, previous: &Digest, event: &AuditEvent) -> Digest {
    let mut hash = Sha256::new();
    hash.update(DOMAIN);
    hash.update(previous.as_bytes());
    hash.update(sequence.to_be_bytes());
    hash.update(event.at.as_micros().to_be_bytes());
    let pairs = event.details.iter().flat_map(|(key, value)| [key, value]);
    for text in [&event.actor, &event.action, &event.object].into_iter().chain(pairs) {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    Digest::from_bytes(hash.finalize().into())
}

/// Where a chain does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainBreak {
    /// The place at which the entry that should stand there does not.
    pub sequence: u64,
}

/// Checks that `entries` follow each other and `previous`, the last entry known to be good, without gap or change.
///
/// A chain that was cut off at its end is not noticed here: compare the last entry with a copy kept elsewhere.
///
/// # Errors
/// The first place at which the chain does not hold.
pub fn verify_chain(previous: Option<&AuditEntry>, entries: &[AuditEntry]) -> Result<(), ChainBreak> {
    let mut previous = previous;
    for entry in entries {
        let (sequence, digest) = previous.map_or((1, Digest::START), |last| (last.sequence + 1, last.digest));
        if entry.sequence != sequence || entry.previous != digest || !entry.is_intact() {
            return Err(ChainBreak { sequence });
        }
        previous = Some(entry);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(action: &str) -> AuditEvent {
        AuditEvent {
            at: Timestamp::from_secs(1),
            actor: "user 1".into(),
            action: action.into(),
            object: "subject 2".into(),
            details: [("references".into(), "3".into())].into(),
        }
    }

    fn chain() -> Vec<AuditEntry> {
        let mut entries: Vec<AuditEntry> = Vec::new();
        for action in ["subject.created", "subject.read", "subject.deleted"] {
            entries.push(AuditEntry::following(entries.last(), event(action)));
        }
        entries
    }

    fn check(change: impl FnOnce(&mut Vec<AuditEntry>), expected: Result<(), u64>) {
        let mut entries = chain();
        change(&mut entries);
        assert_eq!(verify_chain(None, &entries).map_err(|at| at.sequence), expected);
    }

    #[test]
    fn a_change_to_the_past_shows() {
        check(|_| {}, Ok(()));
        check(|entries| entries[1].event.actor = "user 9".into(), Err(2));
        check(|entries| entries[1].event.details.clear(), Err(2));
        check(|entries| drop(entries.remove(1)), Err(2));
        check(|entries| drop(entries.remove(0)), Err(1));
        check(|entries| entries.swap(1, 2), Err(2));
        check(|entries| entries[1] = AuditEntry::following(Some(&entries[0]), event("forged")), Err(3));
    }

    #[test]
    fn a_later_part_is_checked_against_its_predecessor() {
        let entries = chain();
        assert_eq!(verify_chain(Some(&entries[0]), &entries[1..]), Ok(()));
        assert_eq!(verify_chain(None, &entries[1..]), Err(ChainBreak { sequence: 1 }));
    }

    #[test]
    fn texts_cannot_be_shifted_between_fields() {
        let mut shifted = event("subject.created");
        shifted.actor = "user 1s".into();
        shifted.action = "ubject.created".into();
        let original = AuditEntry::following(None, event("subject.created"));
        assert_ne!(AuditEntry::following(None, shifted).digest, original.digest);
    }

    #[test]
    fn the_digest_of_an_entry_is_part_of_the_interface() {
        let entry = AuditEntry::following(None, event("subject.created"));
        // Computed with another SHA-256 (Python's hashlib) from the description of the canonical form.
        assert_eq!(
            entry.digest.to_string(),
            "5340fcae662ec9f1ac15e76e118c187d04accb62dd8c894388de0c210064b169"
        );
        assert_eq!(Digest::try_from(entry.digest.to_string()).unwrap(), entry.digest);
        assert!(Digest::try_from("ü".repeat(32)).is_err());
    }
}
