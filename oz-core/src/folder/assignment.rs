//! Which media an analysis looks at.

use super::{AnalysisKind, MediaId, StoredMedia};

/// Words of tags that rules ask for; others are kept and mean nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag;

impl Tag {
    /// A photo of a document.
    pub const DOCUMENT: &'static str = "photo_id";
    /// Its front.
    pub const DOCUMENT_FRONT: &'static str = "photo_id_front";
    /// Its back.
    pub const DOCUMENT_BACK: &'static str = "photo_id_back";
}

/// The media that an analysis looks at: of those that were named, or of all if none were, the ones that suit its kind, in
/// the order in which they were uploaded. Media that do not suit are passed over.
#[must_use]
pub fn sources(kind: AnalysisKind, named: Option<&[MediaId]>, media: &[StoredMedia]) -> Vec<MediaId> {
    let is_named = |media: &&StoredMedia| named.is_none_or(|named| named.contains(&media.id));
    media.iter().filter(is_named).filter(|media| suits(kind, media)).map(|media| media.id).collect()
}

/// Liveness of a document makes no sense; all other media suit all analyses.
fn suits(kind: AnalysisKind, media: &StoredMedia) -> bool {
    let is_document =
        [Tag::DOCUMENT, Tag::DOCUMENT_FRONT, Tag::DOCUMENT_BACK].into_iter().any(|tag| media.is_tagged(tag));
    media.blob.is_some() && !(kind == AnalysisKind::Liveness && is_document)
}
