//! Sections on faces: pose and quality.

use oz::ObservedFace;

use super::super::font::Style;
use super::super::layout::Layout;
use super::super::{close_up, palette};
use super::block::{Block, Fill, Words};

/// Maximum number of faces with a section of their own.
const MAX_FACES: usize = 12;

/// One section per face. With several faces, close-up and components of the quality are left out, and only
/// their advice is written.
pub(super) fn sections<'a>(faces: &'a [ObservedFace], width: f32, layout: &Layout) -> Vec<Block<'a>> {
    let is_alone = faces.len() == 1;
    let mut sections: Vec<Block<'a>> = Vec::new();
    for (index, face) in faces.iter().take(MAX_FACES).enumerate() {
        let mut block = Block::new(width, layout.unit);
        let title = if is_alone { "Face".into() } else { format!("Face {}", index + 1) };
        block.heading(&title, &format!("detected at {:.2}", face.face.detection.score));
        if let Some(size) = close_up::size(face, layout.source, width).filter(|_| is_alone) {
            block.close_up(face, size);
            block.gap(10.0);
        }
        add_pose(&mut block, face);
        add_quality(&mut block, face, is_alone);
        sections.push(block);
    }

    if let Some(more) = faces.len().checked_sub(MAX_FACES).filter(|&more| more > 0) {
        let mut block = Block::new(width, layout.unit);
        let style = block.regular(14.0);
        block.text(&Words { text: &format!("{more} more faces"), style, colour: palette::MUTED });
        sections.push(block);
    }
    sections
}

/// Adds the angles, in the colours of the axes about which the head turns.
fn add_pose(block: &mut Block<'_>, face: &ObservedFace) {
    let [across, up, forward] = palette::AXES;
    let pose = face.face.pose;
    let angles = [("yaw", pose.yaw, up), ("pitch", pose.pitch, across), ("roll", pose.roll, forward)];
    let style = block.semi_bold(14.0);
    let angles = angles.map(|(name, angle, colour)| (format!("{name} {angle:+.0}°"), colour));
    block.columns(&angles.each_ref().map(|(text, colour)| Words { text, style, colour: *colour }));
}

fn add_quality(block: &mut Block<'_>, face: &ObservedFace, with_components: bool) {
    let quality = &face.quality;
    block.gap(6.0);
    let (label, value) = (block.semi_bold(14.0), block.semi_bold(14.0));
    let unified = quality.unified.to_string();
    gauge(block, "Quality", quality.unified, &unified, (label, value));

    if with_components {
        for component in &quality.components {
            let style = block.regular(13.0);
            let name = words(&format!("{:?}", component.element));
            gauge(block, &name, component.value, &component.value.to_string(), (style, style));
        }
    }
    for advice in quality.advice() {
        block.gap(4.0);
        let style = block.regular(14.0);
        block.text(&Words { text: advice, style, colour: palette::OPEN });
    }
}

fn gauge(block: &mut Block<'_>, name: &str, value: u8, text: &str, (label, number): (Style, Style)) {
    let fill = Fill { from: 0.0, to: f32::from(value) / 100.0, colour: palette::of_quality(value) };
    block.gauge(
        &Words { text: name, style: label, colour: palette::TEXT },
        &fill,
        &Words { text, style: number, colour: palette::TEXT },
    );
}

/// Name of a variant as words, e.g. `Eyes open` of `EyesOpen`.
fn words(variant: &str) -> String {
    let mut words = String::new();
    for letter in variant.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
            words.extend(letter.to_lowercase());
        } else {
            words.push(letter);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_of_variants_become_words() {
        assert_eq!(super::words("InterEyeDistance"), "Inter eye distance");
        assert_eq!(super::words("Crop"), "Crop");
    }
}
