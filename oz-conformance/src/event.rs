//! Suite of [`EventSessionRepository`].

use std::sync::Arc;

use serde_json::json;

use super::{AsyncClaim, Drive, Make, assert_code, async_claims, check_async_claims};
use oz_core::account::{Scope, UserId};
use oz_core::event::port::EventSessionRepository;
use oz_core::event::{EventSession, EventSessionFilter};
use oz_core::listing::{Choice, Slice, SortKey, Sorting, TimeRange};
use oz_core::system::{CompanyId, Timestamp, Uuid};

/// Checks a repository of telemetry sessions.
///
/// # Panics
/// When a claim does not hold.
pub fn event_session_repository(adapter: &str, make: Make<'_, dyn EventSessionRepository>, drive: Drive<'_>) {
    let claims: &[AsyncClaim<dyn EventSessionRepository>] = async_claims![
        a_record_is_read_back_unchanged,
        an_id_is_stored_once,
        a_scope_limits_lists_and_counts,
        records_satisfy_every_condition_of_a_filter,
        records_of_equal_time_are_ordered_by_id_across_slices,
        records_created_before_a_time_are_purged,
    ];
    check_async_claims(adapter, claims, make, drive);
}

const ALL: Scope = Scope::Everything;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(1_767_225_600 + seconds)
}

fn company(number: u128) -> CompanyId {
    Uuid::from_u128(number).into()
}

fn user(number: u128) -> UserId {
    Uuid::from_u128(number).into()
}

fn event(number: u128) -> EventSession {
    EventSession {
        id: Uuid::from_u128(number).into(),
        session: format!("session {number}"),
        company: Some(company(1)),
        owner: user(1),
        content: json!({"events": [{"n": 1.5, "name": "Ö"}], "list": [null, true, "x"]}),
        created: at(0),
        updated: at(0),
    }
}

async fn listed(
    events: &dyn EventSessionRepository,
    scope: &Scope,
    filter: &EventSessionFilter,
    slice: &Slice,
) -> Vec<u128> {
    let listed = events.list(scope, filter, slice).await.unwrap();
    listed.iter().map(|event| event.id.uuid().as_u128()).collect()
}

async fn check(
    events: &dyn EventSessionRepository,
    scope: &Scope,
    filter: &EventSessionFilter,
    expected: &[u128],
) {
    assert_eq!(listed(events, scope, filter, &Slice::default()).await, expected, "{scope:?} {filter:?}");
    assert_eq!(events.count(scope, filter).await.unwrap(), expected.len() as u64, "{scope:?} {filter:?}");
}

async fn a_record_is_read_back_unchanged(events: Arc<dyn EventSessionRepository>) {
    let plain = EventSession { company: None, content: json!("text"), updated: at(5), ..event(2) };
    for event in [event(1), plain.clone()] {
        events.add(&event).await.unwrap();
    }
    let stored = events.list(&ALL, &EventSessionFilter::default(), &Slice::default()).await.unwrap();
    assert_eq!(stored, [event(1), plain]);
}

async fn an_id_is_stored_once(events: Arc<dyn EventSessionRepository>) {
    events.add(&event(1)).await.unwrap();
    assert_code(events.add(&EventSession { session: "other".into(), ..event(1) }).await, "storage.conflict");
    let same_session = EventSession { session: "session 1".into(), ..event(2) };
    events.add(&same_session).await.unwrap();
    check(events.as_ref(), &ALL, &EventSessionFilter::default(), &[1, 2]).await;
}

async fn a_scope_limits_lists_and_counts(events: Arc<dyn EventSessionRepository>) {
    events.add(&event(1)).await.unwrap();
    events.add(&EventSession { owner: user(2), ..event(2) }).await.unwrap();
    events.add(&EventSession { company: Some(company(2)), ..event(3) }).await.unwrap();
    events.add(&EventSession { company: None, ..event(4) }).await.unwrap();
    let any = EventSessionFilter::default();
    check(events.as_ref(), &ALL, &any, &[1, 2, 3, 4]).await;
    check(events.as_ref(), &Scope::Company(company(1)), &any, &[1, 2]).await;
    check(events.as_ref(), &Scope::Owner(company(1), user(1)), &any, &[1]).await;
    check(events.as_ref(), &Scope::Nothing, &any, &[]).await;
}

async fn records_satisfy_every_condition_of_a_filter(events: Arc<dyn EventSessionRepository>) {
    for number in [1, 2, 3] {
        let created = at(number as i64);
        events
            .add(&EventSession { created, updated: at(10 - number as i64), ..event(number) })
            .await
            .unwrap();
    }

    let name = |number| format!("session {number}");
    let sessions = Choice { include: vec![name(1), name(2)], exclude: vec![name(1)] };
    check(events.as_ref(), &ALL, &EventSessionFilter { sessions, ..Default::default() }, &[2]).await;

    let from = |second| TimeRange { min: Some(at(second)), max: None };
    let until = |second| TimeRange { min: None, max: Some(at(second)) };
    check(events.as_ref(), &ALL, &EventSessionFilter { created: from(2), ..Default::default() }, &[2, 3])
        .await;
    check(events.as_ref(), &ALL, &EventSessionFilter { created: until(2), ..Default::default() }, &[1, 2])
        .await;
    check(events.as_ref(), &ALL, &EventSessionFilter { updated: until(7), ..Default::default() }, &[3]).await;
    let both = EventSessionFilter { created: from(2), updated: from(8), ..Default::default() };
    check(events.as_ref(), &ALL, &both, &[2]).await;
}

async fn records_of_equal_time_are_ordered_by_id_across_slices(events: Arc<dyn EventSessionRepository>) {
    for (number, updated) in [(3, 5), (1, 5), (2, 1), (4, 9)] {
        events.add(&EventSession { updated: at(updated), ..event(number) }).await.unwrap();
    }

    let any = EventSessionFilter::default();
    let slice =
        |offset, limit, key, descending| Slice { offset, limit, sorting: Sorting { key, descending } };
    let cases = [
        (slice(0, 2, SortKey::Created, false), [1, 2].as_slice()),
        (slice(2, 2, SortKey::Created, false), &[3, 4]),
        (slice(0, 9, SortKey::Created, true), &[4, 3, 2, 1]),
        (slice(0, 9, SortKey::Updated, false), &[2, 1, 3, 4]),
        (slice(1, 2, SortKey::Updated, true), &[3, 1]),
        (slice(4, 2, SortKey::Created, false), &[]),
        (slice(0, 0, SortKey::Created, false), &[]),
    ];
    for (slice, expected) in cases {
        assert_eq!(listed(events.as_ref(), &ALL, &any, &slice).await, expected, "{slice:?}");
    }
}

async fn records_created_before_a_time_are_purged(events: Arc<dyn EventSessionRepository>) {
    for number in [1, 2, 3] {
        events.add(&EventSession { created: at(number as i64), ..event(number) }).await.unwrap();
    }
    assert_eq!(events.purge(at(3)).await.unwrap(), 2);
    check(events.as_ref(), &ALL, &EventSessionFilter::default(), &[3]).await;
    assert_eq!(events.purge(at(3)).await.unwrap(), 0);
}
