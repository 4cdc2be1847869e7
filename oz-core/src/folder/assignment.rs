//! Selection of the media for an analysis.

use super::{AnalysisKind, MediaId, StoredMedia};

/// Media tags with a meaning in the domain. All other tags are stored without interpretation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag;

impl Tag {
    /// Photo of a document.
    pub const DOCUMENT: &'static str = "photo_id";
    /// Photo of the front of a document.
    pub const DOCUMENT_FRONT: &'static str = "photo_id_front";
    /// Photo of the back of a document.
    pub const DOCUMENT_BACK: &'static str = "photo_id_back";
}

/// Selects the media for an analysis of the given kind, in the order of `media`.
///
/// Candidates are the media listed in `named`, or all media when `named` is absent. Media that do not suit
/// the kind are skipped.
#[must_use]
pub fn sources(kind: AnalysisKind, named: Option<&[MediaId]>, media: &[StoredMedia]) -> Vec<MediaId> {
    let is_named = |media: &&StoredMedia| named.is_none_or(|named| named.contains(&media.id));
    media.iter().filter(is_named).filter(|media| suits(kind, media)).map(|media| media.id).collect()
}

/// Whether a kind of analysis applies to a media item: its content must still be stored, and liveness does
/// not apply to documents.
fn suits(kind: AnalysisKind, media: &StoredMedia) -> bool {
    let is_document =
        [Tag::DOCUMENT, Tag::DOCUMENT_FRONT, Tag::DOCUMENT_BACK].into_iter().any(|tag| media.is_tagged(tag));
    media.blob.is_some() && !(kind == AnalysisKind::Liveness && is_document)
}
