//! Claims about sessions.

use std::sync::Arc;
use std::time::Duration;

use super::{at, new_session, populate, session, user};
use crate::{AsyncClaim, assert_code, async_claims};
use oz_core::account::Session;
use oz_core::account::port::AccountRepository;

pub(super) fn claims() -> &'static [AsyncClaim<dyn AccountRepository>] {
    async_claims![
        valid_and_expired_sessions_are_found_by_either_token,
        a_session_requires_its_user_and_the_session_it_replaces,
        id_and_tokens_of_a_session_are_unique,
        use_extends_a_session_and_never_shortens_it,
        the_first_use_of_a_session_ends_the_one_it_replaces,
        an_ended_session_is_not_found,
        expired_sessions_are_purged,
    ]
}

async fn valid_and_expired_sessions_are_found_by_either_token(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    let past = Session { expires: at(-9), lifetime: Duration::from_millis(1500), ..new_session(2) };
    for opened in [new_session(1), past] {
        accounts.open_session(&opened).await.unwrap();
        assert_eq!(accounts.session(&opened.access).await.unwrap(), opened);
        assert_eq!(accounts.session_by_refresh(&opened.refresh).await.unwrap(), opened);
        assert_code(accounts.session(&opened.refresh).await, "storage.not_found");
        assert_code(accounts.session_by_refresh(&opened.access).await, "storage.not_found");
    }
}

async fn a_session_requires_its_user_and_the_session_it_replaces(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    let without_user = Session { user: user(9), ..new_session(1) };
    assert_code(accounts.open_session(&without_user).await, "storage.not_found");
    let without_replaced = Session { replaces: Some(session(9)), ..new_session(1) };
    assert_code(accounts.open_session(&without_replaced).await, "storage.not_found");
    assert_code(accounts.session(&new_session(1).access).await, "storage.not_found");
}

async fn id_and_tokens_of_a_session_are_unique(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    accounts.open_session(&new_session(1)).await.unwrap();
    let clashes = [
        Session { id: session(1), ..new_session(2) },
        Session { access: new_session(1).access, ..new_session(2) },
        Session { refresh: new_session(1).refresh, ..new_session(2) },
    ];
    for clash in clashes {
        assert_code(accounts.open_session(&clash).await, "storage.conflict");
    }
    assert_eq!(accounts.session(&new_session(1).access).await.unwrap(), new_session(1));
}

async fn use_extends_a_session_and_never_shortens_it(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    accounts.open_session(&new_session(1)).await.unwrap();
    for (now, expires) in [(50, 150), (20, 150), (60, 160)] {
        let touched = accounts.touch_session(session(1), at(now)).await.unwrap();
        assert_eq!(touched, Session { expires: at(expires), ..new_session(1) });
        assert_eq!(accounts.session(&touched.access).await.unwrap(), touched);
    }
    assert_code(accounts.touch_session(session(9), at(0)).await, "storage.not_found");
}

async fn the_first_use_of_a_session_ends_the_one_it_replaces(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    accounts.open_session(&new_session(1)).await.unwrap();
    let refreshed = Session { replaces: Some(session(1)), ..new_session(2) };
    accounts.open_session(&refreshed).await.unwrap();
    assert_eq!(accounts.session(&refreshed.access).await.unwrap(), refreshed);
    assert!(
        accounts.session(&new_session(1).access).await.is_ok(),
        "the replaced session is valid until the new one is used"
    );
    let used = accounts.touch_session(session(2), at(0)).await.unwrap();
    assert_eq!(used, new_session(2));
    assert_code(accounts.session(&new_session(1).access).await, "storage.not_found");
    assert_eq!(accounts.session(&refreshed.access).await.unwrap(), new_session(2));
}

async fn an_ended_session_is_not_found(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    accounts.open_session(&new_session(1)).await.unwrap();
    accounts.open_session(&new_session(2)).await.unwrap();
    accounts.end_session(session(1)).await.unwrap();
    accounts.end_session(session(1)).await.unwrap();
    assert_code(accounts.session(&new_session(1).access).await, "storage.not_found");
    assert!(accounts.session(&new_session(2).access).await.is_ok());
}

async fn expired_sessions_are_purged(accounts: Arc<dyn AccountRepository>) {
    populate(accounts.as_ref()).await;
    for (number, expires) in [(1, 10), (2, 11), (3, 12)] {
        accounts.open_session(&Session { expires: at(expires), ..new_session(number) }).await.unwrap();
    }
    let chained = Session { replaces: Some(session(1)), ..new_session(4) };
    accounts.open_session(&chained).await.unwrap();
    assert_eq!(accounts.purge_sessions(at(11)).await.unwrap(), 2);
    for (number, exists) in [(1, false), (2, false), (3, true), (4, true)] {
        assert_eq!(accounts.session(&new_session(number).access).await.is_ok(), exists, "{number}");
    }
    assert!(
        accounts.touch_session(session(4), at(11)).await.is_ok(),
        "the replaced session is already purged"
    );
}
