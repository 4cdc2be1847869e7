//! What can be searched for in the metadata of folders.

use sqlx::QueryBuilder;

use super::{Connection, Db, During as _, Folder, FolderId, Result, time, uuid};

/// Rows of one statement.
const BATCH: usize = 100;

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
