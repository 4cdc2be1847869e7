//! Conditions of lists as they stand in the query of a URL. Plain functions of text, so that they can be fuzzed.
//!
//! Values separated by commas are alternatives; `x.exclude` is the opposite of `x`; parameters that are not known are passed
//! over, as real clients send some.

mod analysis;
mod folder;

pub use analysis::{AnalysisQuery, parse_analysis_query};
pub use folder::{FolderQuery, parse_folder_query};
