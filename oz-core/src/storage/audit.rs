//! Tamper-evident audit log, a hash chain of events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::digest::Digest;
use crate::system::Timestamp;

/// Prefix of the canonical form. Separates digests of entries from digests of any other data.
const DOMAIN: &[u8] = b"oz.audit.1";

impl Digest {
    /// Previous digest of the first entry in a chain: 32 zero bytes.
    pub const START: Self = Self::from_bytes([0; 32]);
}

/// An audited action. Contains IDs and sizes, never pixels, feature values, names of people or credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// Time of the action.
    pub at: Timestamp,
    /// ID of the acting user, service token or system component.
    pub actor: String,
    /// Action in the form `area.verb`, e.g. `subject.deleted`.
    pub action: String,
    /// Kind and ID of the affected record.
    pub object: String,
    /// Additional key-value pairs.
    pub details: BTreeMap<String, String>,
}

/// An event at its position in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Position in the log, starting at 1, without gaps.
    pub sequence: u64,
    /// The audited action.
    pub event: AuditEvent,
    /// Digest of the preceding entry; [`Digest::START`] for the first.
    pub previous: Digest,
    /// SHA-256 digest of the canonical form of the other fields.
    pub digest: Digest,
}

impl AuditEntry {
    /// Creates the entry that follows `previous`, or the first entry of a chain.
    #[must_use]
    pub fn following(previous: Option<&Self>, event: AuditEvent) -> Self {
        let (sequence, previous) =
            previous.map_or((1, Digest::START), |entry| (entry.sequence + 1, entry.digest));
        let digest = digest(sequence, &previous, &event);
        Self { sequence, event, previous, digest }
    }

    /// Whether the digest matches the contents of the entry.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.digest == digest(self.sequence, &self.previous, &self.event)
    }
}

/// SHA-256 digest of the canonical form: [`DOMAIN`], previous digest, sequence, time in microseconds, then
/// each text preceded by its length in bytes. Numbers are 64-bit big-endian.
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

/// Position of the first invalid entry in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainBreak {
    /// Expected sequence number of the missing or altered entry.
    pub sequence: u64,
}

/// Verifies that `entries` continue the chain after `previous`, the last verified entry, without gaps or
/// changes.
///
/// Truncation at the end cannot be detected here; compare the last entry with a copy stored elsewhere.
///
/// # Errors
/// The first position at which the chain is broken.
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
    fn changes_to_past_entries_are_detected() {
        check(|_| {}, Ok(()));
        check(|entries| entries[1].event.actor = "user 9".into(), Err(2));
        check(|entries| entries[1].event.details.clear(), Err(2));
        check(|entries| drop(entries.remove(1)), Err(2));
        check(|entries| drop(entries.remove(0)), Err(1));
        check(|entries| entries.swap(1, 2), Err(2));
        check(|entries| entries[1] = AuditEntry::following(Some(&entries[0]), event("forged")), Err(3));
    }

    #[test]
    fn partial_chain_is_verified_against_its_predecessor() {
        let entries = chain();
        assert_eq!(verify_chain(Some(&entries[0]), &entries[1..]), Ok(()));
        assert_eq!(verify_chain(None, &entries[1..]), Err(ChainBreak { sequence: 1 }));
    }

    #[test]
    fn shifting_text_between_fields_changes_the_digest() {
        let mut shifted = event("subject.created");
        shifted.actor = "user 1s".into();
        shifted.action = "ubject.created".into();
        let original = AuditEntry::following(None, event("subject.created"));
        assert_ne!(AuditEntry::following(None, shifted).digest, original.digest);
    }

    #[test]
    fn digest_of_an_entry_is_stable() {
        let entry = AuditEntry::following(None, event("subject.created"));
        // Computed independently with Python's hashlib from the description of the canonical form.
        assert_eq!(
            entry.digest.to_string(),
            "5340fcae662ec9f1ac15e76e118c187d04accb62dd8c894388de0c210064b169"
        );
        assert_eq!(Digest::try_from(entry.digest.to_string()).unwrap(), entry.digest);
        assert!(Digest::try_from("ü".repeat(32)).is_err());
    }
}
