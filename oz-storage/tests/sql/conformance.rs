//! Conformance of every port on SQLite in memory, SQLite in a file, and PostgreSQL.

use std::sync::Arc;

use oz_conformance::folder::Database;
use oz_conformance::{account, collection, event, folder, storage};

use crate::support::{Files, connect, in_memory, schema, wait};

/// Test suites of all ports. `$maker` returns a factory of fresh stores, or `None` if the engine is
/// unavailable.
macro_rules! every_contract {
    ($engine:ident, $maker:expr) => {
        mod $engine {
            use super::*;

            #[test]
            fn job_queue_keeps_the_contract() {
                let Some(make) = $maker("job queue") else { return };
                storage::job_queue(stringify!($engine), &|| Arc::new(make()), &|claim| wait(claim));
            }

            #[test]
            fn account_repository_keeps_the_contract() {
                let Some(make) = $maker("account repository") else { return };
                account::account_repository(stringify!($engine), &|| Arc::new(make()), &|claim| wait(claim));
            }

            #[test]
            fn event_session_repository_keeps_the_contract() {
                let Some(make) = $maker("event session repository") else { return };
                event::event_session_repository(stringify!($engine), &|| Arc::new(make()), &|claim| {
                    wait(claim)
                });
            }

            #[test]
            fn folder_repository_keeps_the_contract() {
                let Some(make) = $maker("folder repository") else { return };
                let make = || Arc::new(Database::of(&Arc::new(make())));
                folder::folder_repository(stringify!($engine), &make, &|claim| wait(claim));
            }

            #[test]
            fn erasure_list_keeps_the_contract() {
                let Some(make) = $maker("erasure list") else { return };
                storage::erasure_list(stringify!($engine), &|| Arc::new(make()), &|claim| wait(claim));
            }

            #[test]
            fn audit_log_keeps_the_contract() {
                let Some(make) = $maker("audit log") else { return };
                storage::audit_log(stringify!($engine), &|| Arc::new(make()), &|claim| wait(claim));
            }

            #[test]
            fn collection_repository_keeps_the_contract() {
                let Some(make) = $maker("collection repository") else { return };
                let make =
                    || -> Arc<dyn oz_core::collection::port::CollectionRepository> { Arc::new(make()) };
                collection::collection_repository(stringify!($engine), &make, &|claim| wait(claim));
            }
        }
    };
}

every_contract!(sqlite_in_memory, |_: &str| Some(in_memory));

every_contract!(sqlite_in_a_file, |_: &str| {
    let files = Files::new();
    Some(move || files.open())
});

every_contract!(postgres, |test: &'static str| {
    schema(test).map(|_| move || connect(&schema(test).expect("the server is running")))
});
