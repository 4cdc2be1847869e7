//! Suite of [`AuditLog`].

use std::sync::Arc;

use crate::{AsyncClaim, Drive, Make, async_claims, check_async_claims};
use oz_core::digest::Digest;
use oz_core::storage::port::AuditLog;
use oz_core::storage::{AuditEntry, AuditEvent, verify_chain};
use oz_core::system::Timestamp;

/// Checks an audit log.
///
/// # Panics
/// When a claim does not hold.
pub fn audit_log(adapter: &str, make: Make<'_, dyn AuditLog>, drive: Drive<'_>) {
    let claims: &[AsyncClaim<dyn AuditLog>] = async_claims![
        an_empty_log_has_no_last_entry,
        the_first_entry_has_sequence_1_and_the_start_digest,
        entries_are_read_back_unchanged_and_form_a_chain,
        entries_are_read_in_pages,
        entries_are_ordered_by_writing_and_not_by_time,
    ];
    check_async_claims(adapter, claims, make, drive);
}

fn event(number: i64) -> AuditEvent {
    AuditEvent {
        at: Timestamp::from_micros(1_767_225_600_000_001 + number),
        actor: format!("user {number}"),
        action: "subject.deleted".into(),
        object: "subject \u{0}'\"\u{1F600} \n".into(),
        details: [("references".into(), number.to_string()), (String::new(), "ключ".into())].into(),
    }
}

async fn append(log: &dyn AuditLog, count: i64) -> Vec<AuditEntry> {
    let mut written = Vec::new();
    for number in 0..count {
        written.push(log.append(event(number)).await.unwrap());
    }
    written
}

async fn an_empty_log_has_no_last_entry(log: Arc<dyn AuditLog>) {
    assert_eq!(log.last().await.unwrap(), None);
    assert_eq!(log.entries(0, 10).await.unwrap(), []);
}

async fn the_first_entry_has_sequence_1_and_the_start_digest(log: Arc<dyn AuditLog>) {
    let entry = log.append(event(0)).await.unwrap();
    assert_eq!((entry.sequence, entry.previous), (1, Digest::START));
    assert_eq!(entry.event, event(0));
}

async fn entries_are_read_back_unchanged_and_form_a_chain(log: Arc<dyn AuditLog>) {
    let written = append(log.as_ref(), 20).await;
    let read = log.entries(0, 100).await.unwrap();
    assert_eq!(read, written);
    assert_eq!(verify_chain(None, &read), Ok(()));
    assert_eq!(log.last().await.unwrap().as_ref(), written.last());
}

async fn entries_are_read_in_pages(log: Arc<dyn AuditLog>) {
    append(log.as_ref(), 5).await;
    for (after, limit, expected) in
        [(0, 2, vec![1, 2]), (2, 2, vec![3, 4]), (4, 2, vec![5]), (5, 2, vec![]), (2, 0, vec![])]
    {
        let entries = log.entries(after, limit).await.unwrap();
        assert_eq!(entries.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), expected);
    }
    assert_eq!(log.entries(u64::MAX, 2).await.unwrap(), []);
}

async fn entries_are_ordered_by_writing_and_not_by_time(log: Arc<dyn AuditLog>) {
    let late = log.append(event(9)).await.unwrap();
    let early = log.append(event(1)).await.unwrap();
    assert_eq!(log.entries(0, 10).await.unwrap(), [late, early]);
}
