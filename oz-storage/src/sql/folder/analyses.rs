//! Records of analyses.

use oz_core::folder::{AnalysisKind, AnalysisResults, AnalysisState, AnalysisSummary, Resolution};
use oz_core::storage::BlobKey;

use super::{
    Analysis, AnalysisFilter, AnalysisId, Columns as _, Connection, During as _, Folder, FolderId, GroupId,
    Result, Row, Scope, Selection, Slice, filter, folders, json, time, unless_absent, uuid,
};

const READING: &str = "reading analyses";
const CHANGING: &str = "changing an analysis";

pub(super) async fn insert(connection: &mut Connection, analysis: &Analysis) -> Result<()> {
    let insert = sqlx::query(
        "INSERT INTO analysis (id, folder, company, owner, group_id, kind, params, sources, state, \
         status, metadata, created, updated) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(uuid(analysis.id.uuid()))
    .bind(uuid(analysis.folder.uuid()))
    .bind(uuid(analysis.company.uuid()))
    .bind(uuid(analysis.owner.uuid()))
    .bind(uuid(analysis.group.uuid()))
    .bind(analysis.kind.name())
    .bind(json(&analysis.params)?)
    .bind(json(&analysis.sources)?)
    .bind(analysis.state.name())
    .bind(analysis.status().name())
    .bind(json(&analysis.metadata)?)
    .bind(time(analysis.created))
    .bind(time(analysis.updated));

    insert.execute(connection).await.map(drop).unless_taken("storing an analysis", || analysis.id.conflict())
}

pub(super) async fn find(connection: &mut Connection, scope: &Scope, id: AnalysisId) -> Result<Analysis> {
    let mut found =
        Selection::new("SELECT analysis.* FROM analysis JOIN folder ON folder.id = analysis.folder");
    found.scope(scope, "folder.company", Some("folder.owner")).and("analysis.id = ").bind(uuid(id.uuid()));
    found.first(connection, READING, analysis).await?.ok_or_else(|| id.not_found())
}

/// Reads an analysis and its folder, and locks both until the transaction ends.
pub(super) async fn locked(
    connection: &mut Connection,
    scope: &Scope,
    id: AnalysisId,
) -> Result<(Folder, Analysis)> {
    let folder = find(connection, scope, id).await?.folder;
    let folder =
        unless_absent(folders::locked(connection, scope, folder).await)?.ok_or_else(|| id.not_found())?;
    let analysis = find(connection, scope, id).await?;
    Ok((folder, analysis))
}

pub(super) async fn list(
    connection: &mut Connection,
    scope: &Scope,
    filter: &AnalysisFilter,
    slice: &Slice,
) -> Result<Vec<Analysis>> {
    let mut found = filter::analyses(filter::Target::Records, scope, filter);
    found.slice("analysis.", slice);
    found.records(connection, "listing analyses", analysis).await
}

pub(super) async fn of_group(connection: &mut Connection, id: GroupId) -> Result<Vec<Analysis>> {
    let mut found = Selection::new("SELECT * FROM analysis");
    found.and("group_id = ").bind(uuid(id.uuid())).push(" ORDER BY number");
    found.records(connection, READING, analysis).await
}

pub(super) async fn of_folder(connection: &mut Connection, id: FolderId) -> Result<Vec<Analysis>> {
    let mut found = Selection::new("SELECT * FROM analysis");
    found.and("folder = ").bind(uuid(id.uuid()));
    found.records(connection, READING, analysis).await
}

/// Lists the groups with analyses in a folder, in ascending order.
pub(super) async fn groups_in(connection: &mut Connection, id: FolderId) -> Result<Vec<GroupId>> {
    let mut found = Selection::new("SELECT DISTINCT group_id FROM analysis");
    found.and("folder = ").bind(uuid(id.uuid())).push(" ORDER BY group_id");
    found.records(connection, READING, |row| row.id("group_id")).await
}

/// Lists the summaries of the analyses in a folder, from which its state is derived.
pub(super) async fn summaries_in(connection: &mut Connection, id: FolderId) -> Result<Vec<AnalysisSummary>> {
    let mut found = Selection::new("SELECT group_id, created, state, resolution FROM analysis");
    found.and("folder = ").bind(uuid(id.uuid()));
    found.records(connection, READING, summary).await
}

fn summary(row: &Row) -> Result<AnalysisSummary> {
    Ok(AnalysisSummary {
        group: row.id("group_id")?,
        created: row.time("created")?,
        state: row.word("state", AnalysisState::named)?,
        resolution: row.optional_word("resolution", Resolution::named)?,
    })
}

/// Writes the mutable columns of an analysis.
pub(super) async fn write(connection: &mut Connection, analysis: &Analysis) -> Result<()> {
    let update = sqlx::query(
        "UPDATE analysis SET state = $2, status = $3, resolution = $4, decision = $5, failure = $6, \
         results = $7, metadata = $8, updated = $9, finished = $10 WHERE id = $1",
    )
    .bind(uuid(analysis.id.uuid()))
    .bind(analysis.state.name())
    .bind(analysis.status().name())
    .bind(analysis.resolution.map(Resolution::name))
    .bind(analysis.decision.as_ref().map(json).transpose()?)
    .bind(analysis.failure.as_ref().map(json).transpose()?)
    .bind(analysis.results.as_ref().map(json).transpose()?)
    .bind(json(&analysis.metadata)?)
    .bind(time(analysis.updated))
    .bind(analysis.finished.map(time));
    update.execute(connection).await.map(drop).during(CHANGING)
}

/// Stores the subjects found by an analysis, so that analyses can be listed by subject.
pub(super) async fn insert_subjects(connection: &mut Connection, analysis: &Analysis) -> Result<()> {
    for subject in analysis.results.iter().flat_map(AnalysisResults::subjects) {
        let insert = sqlx::query("INSERT INTO analysis_subject (subject, analysis) VALUES ($1, $2)")
            .bind(uuid(subject.uuid()))
            .bind(uuid(analysis.id.uuid()));
        insert.execute(&mut *connection).await.during(CHANGING)?;
    }
    Ok(())
}

/// Collects the blobs of analyses.
pub(super) fn blobs<'a>(analyses: impl IntoIterator<Item = &'a Analysis>) -> Vec<BlobKey> {
    analyses.into_iter().flat_map(Analysis::blobs).collect()
}

pub(super) async fn delete(connection: &mut Connection, id: AnalysisId) -> Result<()> {
    let delete = sqlx::query("DELETE FROM analysis WHERE id = $1").bind(uuid(id.uuid()));
    delete.execute(connection).await.map(drop).during("deleting an analysis")
}

fn analysis(row: &Row) -> Result<Analysis> {
    Ok(Analysis {
        id: row.id("id")?,
        folder: row.id("folder")?,
        company: row.id("company")?,
        owner: row.id("owner")?,
        group: row.id("group_id")?,
        kind: row.word("kind", AnalysisKind::named)?,
        params: row.json("params")?,
        sources: row.json("sources")?,
        state: row.word("state", AnalysisState::named)?,
        resolution: row.optional_word("resolution", Resolution::named)?,
        decision: row.optional_json("decision")?,
        failure: row.optional_json("failure")?,
        results: row.optional_json("results")?,
        metadata: row.metadata("metadata")?,
        created: row.time("created")?,
        updated: row.time("updated")?,
        finished: row.optional_time("finished")?,
    })
}
