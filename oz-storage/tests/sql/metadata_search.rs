//! Measurement of searches by metadata. Run it with
//! `cargo test … --test sql metadata_search -- --ignored --nocapture`.

use std::time::{Duration, Instant};

use oz_core::account::Scope;
use oz_core::folder::FolderFilter;
use oz_core::folder::port::FolderRepository;
use oz_core::listing::Slice;
use oz_core::metadata::MetadataCondition;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

use crate::support::{Files, connect, id, open, schema, wait};

const FOLDERS: usize = 100_000;
const LONGEST: Duration = Duration::from_millis(20);

/// Statements that insert one folder for each `i` of `numbers`. Every folder has its own transaction ID, five
/// folders share a person, and all share a country.
fn script(numbers: &str, folder: &str, company: &str, bytes: impl Fn(&str) -> String) -> Vec<String> {
    let facet = |path: &str, value: &str| {
        format!(
            "INSERT INTO folder_facet (path, value, company, created, folder) \
             SELECT {}, {}, {company}, i, {folder} FROM {numbers}",
            bytes(&format!("'{path}'")),
            bytes(value)
        )
    };
    vec![
        format!(
            "INSERT INTO folder (id, company, owner, status, verdict, metadata, cleared, created, updated) \
             SELECT {folder}, {company}, {company}, 'initial', 'initial', '{{}}', FALSE, i, i FROM {numbers}"
        ),
        facet("transaction_id", "('T-' || i)"),
        facet("iin", "('9' || (i % 20000))"),
        facet("country", "'kz'"),
    ]
}

/// Fills an SQLite database with folders and returns it with the number of their company.
pub(crate) fn filled_sqlite(files: &Files) -> (impl FolderRepository + use<>, u128) {
    let path = files.path();
    let store = open(&path);
    let numbers = format!(
        "(WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {FOLDERS}) \
         SELECT i FROM numbers)"
    );
    let company = "CAST(printf('%016d', 1) AS BLOB)";
    let script =
        script(&numbers, "CAST(printf('%016d', i) AS BLOB)", company, |text| format!("CAST({text} AS BLOB)"));
    wait(async {
        let mut connection =
            SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
        for statement in script {
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        }
    });
    // The ID consists of the bytes of the text `0000000000000001`.
    (store, u128::from_be_bytes(*b"0000000000000001"))
}

/// Fills a PostgreSQL database with folders of company 1.
pub(crate) fn filled_postgres(url: &str) -> impl FolderRepository + use<> {
    let store = connect(url);
    let numbers = format!("generate_series(1, {FOLDERS}) AS numbers(i)");
    let uuid = |number: &str| format!("LPAD(TO_HEX({number}), 32, '0')::UUID");
    let script = script(&numbers, &uuid("i"), &uuid("1"), |text| format!("CONVERT_TO({text}, 'UTF8')"));
    wait(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        for statement in script.into_iter().chain(["ANALYZE".to_owned()]) {
            sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        }
    });
    store
}

fn filter(conditions: &[(&str, String)]) -> FolderFilter {
    let condition = |(path, value): &(&str, String)| MetadataCondition {
        path: (*path).into(),
        value: value.clone(),
        negated: false,
    };
    FolderFilter { metadata: conditions.iter().map(condition).collect(), ..FolderFilter::default() }
}

/// Measures several filters.
fn measure(store: &impl FolderRepository, engine: &str, company: u128) {
    let (everything, company) = (Scope::Everything, Scope::Company(id(company)));
    let number = |round: usize| round * 7919 % FOLDERS + 1;
    let transaction = |round| ("transaction_id", format!("T-{}", number(round)));
    let person = |round| ("iin", format!("9{}", number(round) % 20_000));
    let country = || ("country", "kz".to_owned());
    check(store, engine, "transaction, everything", &everything, 1, |round| filter(&[transaction(round)]));
    check(store, engine, "transaction", &company, 1, |round| filter(&[transaction(round)]));
    check(store, engine, "person", &company, 5, |round| filter(&[person(round)]));
    check(store, engine, "person and country", &company, 5, |round| filter(&[person(round), country()]));
    check(store, engine, "country", &company, 100, |_| filter(&[country()]));
    check(store, engine, "country and person", &company, 5, |round| filter(&[country(), person(round)]));
}

/// Measures 100 queries for a page and for the count, and checks the 95th percentile of the page.
fn check(
    store: &impl FolderRepository,
    engine: &str,
    what: &str,
    scope: &Scope,
    expected: usize,
    filter: impl Fn(usize) -> FolderFilter,
) {
    let query = |round| {
        let filter = filter(round);
        let begin = Instant::now();
        let found = wait(store.folders(scope, &filter, &Slice::default())).unwrap();
        let listed = begin.elapsed();
        assert_eq!(found.len(), expected, "{what}");
        let counted = wait(store.count_folders(scope, &filter)).unwrap();
        assert!(counted >= expected as u64);
        (listed, begin.elapsed() - listed)
    };
    let times: Vec<(Duration, Duration)> = (0..100).map(query).collect();

    let p95 = |of: fn(&(Duration, Duration)) -> Duration| {
        let mut sorted: Vec<Duration> = times.iter().map(of).collect();
        sorted.sort();
        sorted[94]
    };
    let (page, count) = (p95(|times| times.0), p95(|times| times.1));
    println!("{engine}, {what}: page {page:.2?}, count {count:.2?} (p95)");
    assert!(page <= LONGEST, "{engine}, {what}: {page:.2?}");
}

#[test]
#[ignore = "a measurement that needs an idle machine"]
fn page_among_100_000_folders_takes_at_most_20_ms_on_sqlite() {
    let files = Files::new();
    let (store, company) = filled_sqlite(&files);
    measure(&store, "SQLite", company);
}

#[test]
#[ignore = "a measurement that needs an idle machine"]
fn page_among_100_000_folders_takes_at_most_20_ms_on_postgres() {
    let Some(url) = schema("a search by metadata") else { return };
    measure(&filled_postgres(&url), "PostgreSQL", 1);
}
