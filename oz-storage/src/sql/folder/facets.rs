//! Index of the metadata of folders: one facet per path and value.

use oz_core::metadata::MetadataCondition;
use sqlx::QueryBuilder;

use super::{Connection, Db, During as _, Folder, FolderId, Result, Selection, time, uuid};

/// Maximum number of rows per INSERT statement.
const BATCH: usize = 100;

/// Limit of counting the matches of a facet when the rarest is chosen.
const MANY: i64 = 1_000;

pub(super) async fn insert(connection: &mut Connection, folder: &Folder) -> Result<()> {
    for facets in folder.metadata.facets().chunks(BATCH) {
        let mut insert: QueryBuilder<Db> =
            QueryBuilder::new("INSERT INTO folder_facet (path, value, company, created, folder) ");
        insert.push_values(facets, |mut row, (path, value)| {
            row.push_bind(path.as_bytes().to_vec())
                .push_bind(value.as_bytes().to_vec())
                .push_bind(uuid(folder.company.uuid()))
                .push_bind(time(folder.created))
                .push_bind(uuid(folder.id.uuid()));
        });
        insert.build().execute(&mut *connection).await.during("storing the metadata of a folder")?;
    }
    Ok(())
}

pub(super) async fn delete(connection: &mut Connection, id: FolderId) -> Result<()> {
    let delete = sqlx::query("DELETE FROM folder_facet WHERE folder = $1").bind(uuid(id.uuid()));
    delete.execute(connection).await.map(drop).during("replacing the metadata of a folder")
}

/// Index of the condition with the fewest matches; negated conditions are left out.
pub(super) async fn rarest(
    connection: &mut Connection,
    conditions: &[MetadataCondition],
) -> Result<Option<usize>> {
    let wanted: Vec<usize> = (0..conditions.len()).filter(|place| !conditions[*place].negated).collect();
    if wanted.len() < 2 {
        return Ok(wanted.first().copied());
    }

    let mut counts = Vec::new();
    for place in wanted {
        counts.push((count(connection, &conditions[place]).await?, place));
    }
    Ok(counts.into_iter().min().map(|(_, place)| place))
}

async fn count(connection: &mut Connection, condition: &MetadataCondition) -> Result<u64> {
    // The sort order of the index makes the database read only the index.
    let mut counted = Selection::new("SELECT COUNT(*) AS count FROM (SELECT folder FROM folder_facet");
    counted
        .and("path = ")
        .bind(condition.path.as_bytes().to_vec())
        .and("value = ")
        .bind(condition.value.as_bytes().to_vec())
        .push(" ORDER BY company, created, folder LIMIT ")
        .bind(MANY)
        .push(") AS counted");
    counted.count(connection, "counting the matches of a facet").await
}
