//! Parsing of list filters from a query string. Pure functions, so that they can be fuzzed.
//!
//! Comma-separated values are alternatives, `x.exclude` negates `x`, and unknown parameters are ignored, as
//! real clients send some.

mod analysis;
mod folder;

pub use analysis::{AnalysisQuery, parse_analysis_query};
pub use folder::{FolderQuery, parse_folder_query};
