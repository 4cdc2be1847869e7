//! Statistics, computed by the database.

use oz_core::folder::{
    AnalysisCount, AnalysisKind, AnalysisStatus, AttemptCount, FolderCount, FolderVerdict,
};

use super::{Columns as _, Connection, Result, Row, Scope, Selection, Statistics, TimeRange};

/// Start of the UTC day of a time. The second modulo handles times before 1970.
macro_rules! day {
    ($time:literal) => {
        concat!($time, " - ((", $time, " % 86400000000) + 86400000000) % 86400000000 AS day")
    };
}

pub(super) async fn count_all(
    connection: &mut Connection,
    scope: &Scope,
    range: &TimeRange,
    person: &str,
) -> Result<Statistics> {
    Ok(Statistics {
        folders: count_folders(connection, scope, range).await?,
        analyses: count_analyses(connection, scope, range).await?,
        attempts: count_attempts(connection, scope, range, person).await?,
    })
}

async fn count_folders(
    connection: &mut Connection,
    scope: &Scope,
    range: &TimeRange,
) -> Result<Vec<FolderCount>> {
    let mut counted =
        Selection::new(concat!("SELECT ", day!("created"), ", verdict, COUNT(*) AS count FROM folder"));
    counted.scope(scope, "company", Some("owner")).range("created", range).push(" GROUP BY 1, 2");
    let mut counts = counted.records(connection, "counting folders", folder_count).await?;
    counts.sort_by_key(|count| (count.day, count.verdict));
    Ok(counts)
}

fn folder_count(row: &Row) -> Result<FolderCount> {
    Ok(FolderCount {
        day: row.time("day")?,
        verdict: row.word("verdict", FolderVerdict::named)?,
        count: row.number("count")?,
    })
}

async fn count_analyses(
    connection: &mut Connection,
    scope: &Scope,
    range: &TimeRange,
) -> Result<Vec<AnalysisCount>> {
    let mut counted = Selection::new(concat!(
        "SELECT ",
        day!("analysis.created"),
        ", kind, analysis.status AS status, COUNT(*) AS count, \
         CAST(SUM(CASE WHEN finished > analysis.created \
         THEN finished - analysis.created ELSE 0 END) AS BIGINT) AS duration \
         FROM analysis JOIN folder ON folder.id = analysis.folder"
    ));
    counted.scope(scope, "folder.company", Some("folder.owner")).range("analysis.created", range);
    counted.push(" GROUP BY 1, 2, 3");
    let mut counts = counted.records(connection, "counting analyses", analysis_count).await?;
    counts.sort_by_key(|count| (count.day, count.kind, count.status));
    Ok(counts)
}

fn analysis_count(row: &Row) -> Result<AnalysisCount> {
    Ok(AnalysisCount {
        day: row.time("day")?,
        kind: row.word("kind", AnalysisKind::named)?,
        status: row.word("status", AnalysisStatus::named)?,
        count: row.number("count")?,
        duration: row.duration("duration")?,
    })
}

async fn count_attempts(
    connection: &mut Connection,
    scope: &Scope,
    range: &TimeRange,
    person: &str,
) -> Result<Vec<AttemptCount>> {
    let mut counted = Selection::new(
        "SELECT attempts, COUNT(*) AS persons FROM (SELECT COUNT(*) AS attempts FROM folder_facet AS facet \
         JOIN folder ON folder.id = facet.folder",
    );
    counted.and("facet.path = ").bind(person.as_bytes().to_vec()).scope(scope, "facet.company", None);
    counted.scope(scope, "folder.company", Some("folder.owner")).range("folder.created", range);
    counted.push(" GROUP BY facet.value) AS counted GROUP BY attempts ORDER BY attempts");
    counted.records(connection, "counting attempts", attempt_count).await
}

fn attempt_count(row: &Row) -> Result<AttemptCount> {
    Ok(AttemptCount { attempts: row.number("attempts")?, persons: row.number("persons")? })
}
