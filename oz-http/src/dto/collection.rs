//! Collections, persons and their pictures on the wire.

use oz_core::collection::{Collection, Reference, Subject};
use oz_core::system::CompanyId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Seconds;
use crate::links::{LinkedFile, Links};

/// A set of known faces.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Collection)]
pub(crate) struct CollectionDto {
    collection_id: String,
    /// Name given by the owner, e.g. `blacklist`.
    alias: String,
    company_id: String,
    meta_data: Map<String, Value>,
    technical_meta_data: Map<String, Value>,
    time_created: Seconds,
    time_updated: Seconds,
}

impl From<Collection> for CollectionDto {
    fn from(collection: Collection) -> Self {
        Self {
            collection_id: collection.id.to_string(),
            alias: collection.alias,
            company_id: collection.company.to_string(),
            meta_data: collection.metadata.as_object().clone(),
            technical_meta_data: Map::new(),
            time_created: collection.created.into(),
            time_updated: collection.updated.into(),
        }
    }
}

/// What a collection is made of.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewCollection)]
pub(crate) struct CollectionBody {
    /// Name, unique within the company.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) alias: String,
    /// Whose; for callers without a company.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub(crate) company_id: Option<CompanyId>,
    /// Free attributes.
    #[schema(value_type = Option<Object>)]
    pub(crate) meta_data: Option<Value>,
}

/// Somebody whose face is known.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Person)]
pub(crate) struct PersonDto {
    person_id: String,
    collection_id: String,
    meta_data: Map<String, Value>,
    technical_meta_data: Map<String, Value>,
    /// Pictures; in lists of persons `null`.
    images: Option<Vec<PersonImageDto>>,
    time_created: Seconds,
    time_updated: Seconds,
}

impl PersonDto {
    /// A person, with pictures if they were asked for.
    pub(crate) fn new(subject: &Subject, images: Option<Vec<PersonImageDto>>) -> Self {
        Self {
            person_id: subject.id.to_string(),
            collection_id: subject.collection.to_string(),
            meta_data: subject.metadata.as_object().clone(),
            technical_meta_data: Map::new(),
            images,
            time_created: subject.created.into(),
            time_updated: subject.updated.into(),
        }
    }
}

/// A picture of a person, by which it is found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonImage)]
pub(crate) struct PersonImageDto {
    person_image_id: String,
    person_id: String,
    /// The same as `person_image_id`.
    media_id: String,
    media: PersonMediaDto,
    time_created: Seconds,
    time_updated: Seconds,
}

/// Where a picture of a person is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonMedia)]
struct PersonMediaDto {
    media_id: String,
    media_type: &'static str,
    original_url: Option<String>,
}

impl PersonImageDto {
    /// A picture with its URL, if it is kept.
    pub(crate) fn new(reference: &Reference, links: &Links) -> Self {
        let file = LinkedFile::Reference(reference.collection, reference.subject, reference.id);
        let id = reference.id.to_string();
        Self {
            person_image_id: id.clone(),
            person_id: reference.subject.to_string(),
            media_id: id.clone(),
            media: PersonMediaDto {
                media_id: id,
                media_type: "IMAGE_FOLDER",
                original_url: reference.image.map(|_| links.url(file, "jpg")),
            },
            time_created: reference.created.into(),
            time_updated: reference.created.into(),
        }
    }
}

/// Photos, each under any key, and `payload`.
#[derive(Debug, ToSchema)]
#[schema(as = PersonUpload)]
#[expect(dead_code, reason = "describes a body that `upload` reads")]
pub(crate) struct PersonForm {
    /// JSON with `person:meta_data`.
    payload: Option<String>,
    /// A photo with one face; there may be further ones under other keys.
    #[schema(value_type = Option<String>, format = Binary)]
    image1: Option<Vec<u8>>,
}
