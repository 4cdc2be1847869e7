//! Context for converting analyses to their wire form.

use std::collections::HashMap;

use oz_core::collection::CollectionId;
use oz_core::folder::{Folder, MediaId, StoredMedia};

use crate::links::Links;

/// Records around an analysis that its wire form refers to.
pub(crate) struct AnalysisView<'a> {
    /// Folder of the analysis.
    pub(crate) folder: Option<&'a Folder>,
    /// All media of the folder.
    pub(crate) media: &'a [StoredMedia],
    /// Names of the searched collections; deleted collections are missing.
    pub(crate) aliases: &'a HashMap<CollectionId, String>,
    /// Builder of file URLs; `None` in instant mode.
    pub(crate) links: Option<&'a Links>,
    /// Best shots in Base64; only in instant mode.
    pub(crate) inline_shots: Option<&'a HashMap<MediaId, String>>,
    /// Whether liveness results carry the three scores of older API versions.
    pub(crate) legacy_confidences: bool,
}
