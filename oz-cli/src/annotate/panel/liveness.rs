//! Sections on liveness: the verdict, then the evidence of each layer.

use oz::PadVerdict;
use oz::core::face::pad::PadEvidence;

use super::super::Annotation;
use super::super::palette;
use super::block::{Block, Fill, Words};

pub(super) fn sections(annotation: &Annotation<'_>, width: f32, unit: f32) -> Vec<Block<'static>> {
    let mut sections = vec![verdict(annotation, Block::new(width, unit))];
    if !annotation.liveness.evidence.is_empty() {
        sections.push(evidence(&annotation.liveness.evidence, Block::new(width, unit)));
    }
    sections
}

fn verdict(annotation: &Annotation<'_>, mut block: Block<'static>) -> Block<'static> {
    let (liveness, policy) = (annotation.liveness, annotation.policy);
    let colour = palette::of_verdict(liveness.verdict);
    let name = match liveness.verdict {
        PadVerdict::BonaFide => "Bona fide",
        PadVerdict::Attack => "Attack",
        PadVerdict::Inconclusive => "Inconclusive",
    };

    block.heading("Liveness", "");
    let style = block.semi_bold(31.0);
    let score = format!("{:.2}", liveness.score);
    block.pair(&Words { text: name, style, colour }, &Words { text: &score, style, colour: palette::TEXT });
    block.gap(4.0);
    let fill = Fill { from: 0.0, to: liveness.score, colour };
    block.meter(&fill, &[policy.reject_score, policy.bona_fide_score]);

    let thresholds =
        format!("bona fide from {:.2}, attack below {:.2}", policy.bona_fide_score, policy.reject_score);
    let style = block.regular(12.5);
    block.text(&Words { text: &thresholds, style, colour: palette::MUTED });
    for reason in &liveness.reasons {
        block.gap(6.0);
        let style = block.regular(15.0);
        block.text(&Words { text: reason, style, colour: palette::TEXT });
    }
    block
}

/// Lists the layers that judged the presentation, then the reasons of the others for not doing so.
fn evidence(layers: &[PadEvidence], mut block: Block<'static>) -> Block<'static> {
    block.heading("Evidence", "");
    let (judged, undecided): (Vec<_>, Vec<_>) = layers.iter().partition(|layer| layer.confidence > 0.0);
    for layer in judged {
        add_judged(&mut block, layer);
        block.gap(9.0);
    }
    for layer in undecided {
        add_undecided(&mut block, layer);
        block.gap(3.0);
    }
    block
}

/// Adds score, confidence and reason of a layer. The bar starts at the neutral score.
fn add_judged(block: &mut Block<'_>, layer: &PadEvidence) {
    let name = capitalised(layer.layer.name());
    let value = format!("{:.2} at confidence {:.2}", layer.score, layer.confidence);
    let (bold, regular) = (block.semi_bold(14.0), block.regular(13.0));
    block.pair(
        &Words { text: &name, style: bold, colour: palette::TEXT },
        &Words { text: &value, style: regular, colour: palette::TEXT },
    );

    let is_for = layer.score >= PadEvidence::NEUTRAL;
    let colour = if is_for { palette::GOOD } else { palette::BAD };
    block.meter(&Fill { from: PadEvidence::NEUTRAL, to: layer.score, colour }, &[]);
    block.text(&Words { text: &layer.reason, style: regular, colour: palette::MUTED });
}

fn add_undecided(block: &mut Block<'_>, layer: &PadEvidence) {
    let name = capitalised(layer.layer.name());
    let (bold, regular) = (block.semi_bold(13.0), block.regular(13.0));
    block.entry(
        &Words { text: &name, style: bold, colour: palette::MUTED },
        &Words { text: &layer.reason, style: regular, colour: palette::MUTED },
    );
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next();
    first.into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}
