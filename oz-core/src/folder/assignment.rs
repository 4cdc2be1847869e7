//! Selection of the media for an analysis.

use super::{AnalysisKind, MediaId, StoredMedia};

/// Selects the media for an analysis of the given kind, in the order of `media`.
///
/// Candidates are the media listed in `named`, or all media when `named` is absent. Media that do not suit
/// the kind are skipped: media whose content was erased and, for liveness, those for which `is_document`
/// holds, photos of documents.
#[must_use]
pub fn sources(
    kind: AnalysisKind,
    named: Option<&[MediaId]>,
    media: &[StoredMedia],
    is_document: impl Fn(&StoredMedia) -> bool,
) -> Vec<MediaId> {
    let is_named = |media: &&StoredMedia| named.is_none_or(|named| named.contains(&media.id));
    let suits = |media: &&StoredMedia| {
        media.blob.is_some() && !(kind == AnalysisKind::Liveness && is_document(media))
    };
    media.iter().filter(is_named).filter(suits).map(|media| media.id).collect()
}
