//! What may be done with the models, as a table.

use oz_core::inference::ModelId;
use serde::Serialize;

use crate::ledger::{CommercialUse, Licence, Manifest};

/// One model's licence and what follows from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditRow {
    /// Which model.
    pub id: ModelId,
    /// Whether it is used when nothing else is asked for.
    pub default: bool,
    /// Licence, training data, restriction.
    pub licence: Licence,
    /// What follows.
    pub verdict: Verdict,
}

/// Whether a model will be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing stands against it.
    Usable,
    /// It will be loaded; whoever uses it commercially has to settle the restriction.
    Restricted,
    /// Commercial use is required and not known to be allowed: it will not be loaded.
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
