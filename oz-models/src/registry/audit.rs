//! Licence audit of the models.

use oz_core::inference::ModelId;
use serde::Serialize;

use crate::ledger::{CommercialUse, Licence, Manifest};

/// Licence of one model and the resulting verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditRow {
    /// ID of the model.
    pub id: ModelId,
    /// Whether the model is a default of its task.
    pub default: bool,
    /// Licence, training data and restriction.
    pub licence: Licence,
    /// Consequence for the use of the model.
    pub verdict: Verdict,
}

/// Consequence of a licence for the use of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Loaded; use is unrestricted.
    Usable,
    /// Loaded; commercial use requires clearing the restriction.
    Restricted,
    /// Not loaded, because commercial use is required and not known to be allowed.
    Refused,
}

impl AuditRow {
    pub(super) fn new(model: &Manifest, require_commercial_use: bool) -> Self {
        let verdict = match (model.licence.commercial_use, require_commercial_use) {
            (CommercialUse::Allowed, _) => Verdict::Usable,
            (_, false) => Verdict::Restricted,
            (_, true) => Verdict::Refused,
        };
        Self { id: model.id.clone(), default: model.default, licence: model.licence.clone(), verdict }
    }
}
