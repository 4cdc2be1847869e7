//! ArcFace and related networks: 112 x 112 pixels, compared by cosine similarity.

use oz_core::face::AlignmentTemplate;

use super::AlignedSpec;
use crate::ledger::{ColourOrder, Crop, ImageInput, Layout};

impl AlignedSpec {
    /// Configuration of an ArcFace network: input `[N, 3, 112, 112]`, RGB, `(x - 127.5) / 127.5`, five points
    /// on [`AlignmentTemplate::ARCFACE_112`].
    ///
    /// For a network that divides by 128, set `input.std`.
    ///
    /// Source: Deng et al. 2019, arXiv:1801.07698; insightface `arcface_onnx.py`.
    #[must_use]
    pub fn arcface(output: impl Into<String>) -> Self {
        let input = ImageInput {
            layout: Layout::Nchw,
            colour: ColourOrder::Rgb,
            mean: [127.5; 3],
            std: [127.5; 3],
            crop: Crop::Aligned,
            padding: 0,
            width: 112,
            height: 112,
        };
        Self { input, template: AlignmentTemplate::ARCFACE_112, output: output.into() }
    }
}
