//! Stored form of templates.

use std::collections::HashMap;

use oz_core::Error;
use oz_core::collection::{IndexEntry, ReferenceEvent};
use oz_core::face::FeatureVector;
use oz_core::inference::ModelId;

use super::{
    CollectionId, Columns as _, CompanyId, Reference, ReferenceChange, ReferenceId, Result, Revision, Row,
    Store, collections,
};

/// Prefix of the encryption context of a template.
const CONTEXT: &[u8] = b"reference.template";

/// Stored template.
pub(super) struct Template {
    pub(super) model: ModelId,
    /// Number of values.
    pub(super) length: i64,
    pub(super) sealed: bool,
    /// Values as little-endian `f32`, encrypted if `sealed`.
    pub(super) bytes: Vec<u8>,
}

impl Store {
    /// Converts the templates of references to their stored form, in the same order. Encrypts them with the
    /// keys of their owners if the store has a sealer.
    pub(super) async fn to_store(&self, references: &[Reference]) -> Result<Vec<Template>> {
        let mut owners = HashMap::new();
        let mut templates = Vec::with_capacity(references.len());
        for reference in references {
            let owner = self.owner(&mut owners, reference.collection).await?;
            templates.push(self.template(owner, reference).await?);
        }
        Ok(templates)
    }

    /// Company whose keys encrypt the templates of a collection; `None` without a sealer.
    async fn owner(
        &self,
        known: &mut HashMap<CollectionId, CompanyId>,
        collection: CollectionId,
    ) -> Result<Option<CompanyId>> {
        if self.sealer().is_none() {
            return Ok(None);
        }
        if let Some(owner) = known.get(&collection) {
            return Ok(Some(*owner));
        }

        let owner = collections::find(&mut *self.read().await?, collection).await?.company;
        known.insert(collection, owner);
        Ok(Some(owner))
    }

    async fn template(&self, owner: Option<CompanyId>, reference: &Reference) -> Result<Template> {
        let values = reference.template.values();
        let plain: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let model = reference.template.model().clone();

        let sealer = self.sealer().zip(owner);
        let bytes = match sealer {
            Some((sealer, owner)) => sealer.seal(owner, &context(reference.id, &model), &plain).await?,
            None => plain,
        };
        Ok(Template { model, length: values.len() as i64, sealed: sealer.is_some(), bytes })
    }

    /// Converts rows with the company in column `owner` to references.
    pub(super) async fn to_references(&self, rows: &[Row]) -> Result<Vec<Reference>> {
        let mut references = Vec::with_capacity(rows.len());
        for row in rows {
            references.push(self.to_reference(row).await?);
        }
        Ok(references)
    }

    /// Converts rows like those of [`Store::to_references`] to changes that store references.
    pub(super) async fn to_changes(&self, rows: &[Row]) -> Result<Vec<ReferenceChange>> {
        let mut changes = Vec::with_capacity(rows.len());
        for row in rows {
            let event = ReferenceEvent::Stored(IndexEntry::from(&self.to_reference(row).await?));
            changes.push(ReferenceChange { revision: Revision(row.number("revision")?), event });
        }
        Ok(changes)
    }

    async fn to_reference(&self, row: &Row) -> Result<Reference> {
        let id = row.id("id")?;
        let model = ModelId::new(row.text("model")?);
        let stored: &[u8] = row.get_value("template")?;

        let opened;
        let plain = match (row.flag("sealed")?, self.sealer()) {
            (false, _) => stored,
            (true, Some(sealer)) => {
                opened = sealer.open(row.id("owner")?, &context(id, &model), stored).await?;
                &opened
            }
            (true, None) => return Err(unreadable("the template is encrypted, but the store has no keys")),
        };

        Ok(Reference {
            id,
            collection: row.id("collection")?,
            subject: row.id("subject")?,
            template: vector(model, row.number("length")?, plain)?,
            image: row.optional_blob("image_owner", "image_id")?,
            created: row.time("created")?,
        })
    }
}

/// Encryption context that binds a template to its row and to the model that extracted it.
fn context(id: ReferenceId, model: &ModelId) -> Vec<u8> {
    [CONTEXT, &id.uuid().as_u128().to_be_bytes(), model.as_str().as_bytes()].concat()
}

fn vector(model: ModelId, length: usize, bytes: &[u8]) -> Result<FeatureVector> {
    match bytes.as_chunks::<4>() {
        (numbers, []) if numbers.len() == length => {
            FeatureVector::restored(model, numbers.iter().map(|number| f32::from_le_bytes(*number)).collect())
        }
        _ => Err(unreadable("the template differs from its stored length")),
    }
}

fn unreadable(reason: &'static str) -> Error {
    Error::backend("reading a template", false, reason)
}
