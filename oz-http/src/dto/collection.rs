//! Wire form of collections, persons and their images.

use oz_core::collection::{Collection, Reference, Subject};
use oz_core::media::{MediaKind, MediaType};
use oz_core::system::CompanyId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Seconds;
use super::words::Word as _;
use crate::links::{LinkedFile, Links};

/// A set of enrolled persons to search (1:N).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Collection)]
pub(crate) struct CollectionDto {
    /// ID of the collection (UUID).
    collection_id: String,
    /// Name, unique within the company, e.g. `blacklist`.
    alias: String,
    /// ID of the owning company (UUID).
    company_id: String,
    /// Custom attributes.
    meta_data: Map<String, Value>,
    /// Reserved; always empty.
    technical_meta_data: Map<String, Value>,
    /// Creation time.
    time_created: Seconds,
    /// Time of the last change.
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

/// A collection to create.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewCollection)]
pub(crate) struct CollectionBody {
    /// Name, 1 to 200 characters, unique within the company.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) alias: String,
    /// ID of the owning company; required for callers without a company, by default the caller's own.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub(crate) company_id: Option<CompanyId>,
    /// Custom attributes, at most 64 KiB of JSON.
    #[schema(value_type = Option<Object>)]
    pub(crate) meta_data: Option<Value>,
}

/// A person enrolled in a collection.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Person)]
pub(crate) struct PersonDto {
    /// ID of the person (UUID).
    person_id: String,
    /// ID of the collection (UUID).
    collection_id: String,
    /// Custom attributes.
    meta_data: Map<String, Value>,
    /// Reserved; always empty.
    technical_meta_data: Map<String, Value>,
    /// Enrolled images; null in lists of persons.
    images: Option<Vec<PersonImageDto>>,
    /// Creation time.
    time_created: Seconds,
    /// Time of the last change.
    time_updated: Seconds,
}

impl PersonDto {
    /// Converts a person; `images` is `None` in lists.
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

/// An enrolled image of a person: the reference that probes are compared with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonImage)]
pub(crate) struct PersonImageDto {
    /// ID of the image (UUID).
    person_image_id: String,
    /// ID of the person (UUID).
    person_id: String,
    /// Alias of `person_image_id`.
    media_id: String,
    /// The image file.
    media: PersonMediaDto,
    /// Creation time.
    time_created: Seconds,
    /// Same as `time_created`.
    time_updated: Seconds,
}

/// File of an enrolled image.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonMedia)]
struct PersonMediaDto {
    /// ID of the image (UUID).
    media_id: String,
    /// Always `IMAGE_FOLDER`.
    media_type: &'static str,
    /// Signed URL of the image, valid for a limited time; null if the image is not kept.
    original_url: Option<String>,
}

impl PersonImageDto {
    /// Converts a reference; the URL is `None` if its image is not kept.
    pub(crate) fn new(reference: &Reference, links: &Links) -> Self {
        let file = LinkedFile::Reference(reference.collection, reference.subject, reference.id);
        let id = reference.id.to_string();
        Self {
            person_image_id: id.clone(),
            person_id: reference.subject.to_string(),
            media_id: id.clone(),
            media: PersonMediaDto {
                media_id: id,
                media_type: MediaKind::Image.word(),
                original_url: reference.image.map(|_| links.url(file, MediaType::Jpeg)),
            },
            time_created: reference.created.into(),
            time_updated: reference.created.into(),
        }
    }
}

/// Photos, each as a part with any name, and an optional part `payload`.
#[derive(Debug, ToSchema)]
#[schema(as = PersonUpload)]
#[expect(dead_code, reason = "describes a body that `upload` reads")]
pub(crate) struct PersonForm {
    /// JSON object; `person:meta_data` holds custom attributes of the person.
    payload: Option<String>,
    /// Photo with exactly one face. Further photos follow as parts with other names.
    #[schema(value_type = Option<String>, format = Binary)]
    image1: Option<Vec<u8>>,
}
