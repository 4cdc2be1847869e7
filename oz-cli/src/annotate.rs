//! Drawing what was found into the picture.

use std::path::Path;

use font8x8::UnicodeFonts;
use oz::core::analysis::FrameObservation;
use oz::core::face::pad::PadEvidence;
use oz::core::face::{BoundingBox, FaceMesh, Point};
use oz::core::media::port::FrameSource;
use oz::{AnalysisOutcome, Error, Image, Liveness, ObservedFace, PadVerdict, Result};

use super::{output, table};

const BOX_COLOUR: [u8; 3] = [64, 220, 120];
const MESH_COLOUR: [u8; 3] = [120, 200, 255];
const IRIS_COLOUR: [u8; 3] = [255, 210, 60];
const TEXT_COLOUR: [u8; 3] = [255, 255, 255];
const LIVE_COLOUR: [u8; 3] = [120, 255, 140];
const ATTACK_COLOUR: [u8; 3] = [255, 110, 90];
const OPEN_COLOUR: [u8; 3] = [255, 220, 110];
/// Frames of a recording that are drawn, evenly spread: enough to follow it, few enough to look at.
const MAX_FRAMES: usize = 24;
/// First point of the irises; the surface comes before.
const IRISES: usize = 468;

/// A copy of the picture with the verdict, what each layer said, and box, mesh and scores of each face.
pub(crate) fn draw(image: &Image, faces: &[ObservedFace], liveness: &Liveness) -> Image {
    let mut canvas = Canvas::new(image);
    for face in faces {
        canvas.face(face);
    }
    canvas.evidence(liveness);
    canvas.finish()
}

/// Writes frames of a recording, evenly spread, as `frame-NNNNN.png`. `source` shows the recording once more, since an
/// analysis keeps no pictures.
pub(crate) fn write_frames(
    folder: &Path,
    source: &mut dyn FrameSource,
    outcome: &AnalysisOutcome,
) -> Result<()> {
    let failed = |source| Error::File { action: "write", path: folder.into(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let seen = &outcome.recording.frames;
    let chosen: Vec<&FrameObservation> =
        seen.iter().step_by(seen.len().div_ceil(MAX_FRAMES).max(1)).collect();
    while let Some(frame) = source.next_frame()? {
        let Some(observed) = chosen.iter().find(|observed| observed.index == frame.index) else { continue };
        let drawn = draw(&frame.image, &observed.faces, &outcome.liveness);
        output::file(&folder.join(format!("frame-{:05}.png", frame.index)), &oz::media::encode_png(&drawn)?)?;
    }
    Ok(())
}

struct Canvas {
    width: i64,
    height: i64,
    pixels: Vec<u8>,
    /// Line width in pixels, and pixels of each dot of a letter: large pictures need more to be seen.
    pen: i64,
}

impl Canvas {
    fn new(image: &Image) -> Self {
        let (width, height) = (i64::from(image.width()), i64::from(image.height()));
        Self { width, height, pixels: image.pixels().to_vec(), pen: (width.max(height) / 640).max(1) }
    }

    fn finish(self) -> Image {
        Image::from_rgb(self.width as u32, self.height as u32, self.pixels).expect("drawing keeps the size")
    }

    fn face(&mut self, observed: &ObservedFace) {
        let found = observed.face.detection.bounding_box;
        self.mesh(&observed.face.mesh);
        self.frame(&found);
        let pose = observed.face.pose;
        let lines = [
            format!("quality {}  score {:.2}", observed.quality.unified, observed.face.detection.score),
            format!("yaw {:+.0} pitch {:+.0} roll {:+.0}", pose.yaw, pose.pitch, pose.roll),
        ];
        let line_height = 9 * self.pen;
        let top = (found.y as i64 - line_height * lines.len() as i64 - self.pen).max(0);
        for (number, line) in lines.iter().enumerate() {
            self.text(found.x.max(0.0) as i64, top + number as i64 * line_height, line);
        }
    }

    /// The verdict in large letters, then a line for each layer that has something to say.
    fn evidence(&mut self, liveness: &Liveness) {
        let colour = match liveness.verdict {
            PadVerdict::BonaFide => LIVE_COLOUR,
            PadVerdict::Attack => ATTACK_COLOUR,
            PadVerdict::Inconclusive => OPEN_COLOUR,
        };
        let pen = self.pen;
        self.pen = 2 * pen;
        self.line(0, 0, &format!("{} {:.2}", table::verdict(liveness.verdict), liveness.score), colour);
        self.pen = pen;
        let layers: Vec<&PadEvidence> =
            liveness.evidence.iter().filter(|layer| layer.confidence > 0.0).collect();
        let room = (self.width / (8 * pen)) as usize;
        for (number, layer) in layers.iter().enumerate() {
            let words =
                format!("{:?} {:.2} at {:.2}: {}", layer.layer, layer.score, layer.confidence, layer.reason);
            let words: String = words.chars().take(room).collect();
            let top = self.height - 9 * pen * (layers.len() - number) as i64;
            self.line(0, top, &words, if layer.score < 0.5 { ATTACK_COLOUR } else { TEXT_COLOUR });
        }
    }

    fn mesh(&mut self, mesh: &FaceMesh) {
        for (index, point) in mesh.points.iter().enumerate() {
            let colour = if index < IRISES { MESH_COLOUR } else { IRIS_COLOUR };
            self.dot(point.flat(), colour);
        }
    }

    fn dot(&mut self, at: Point, colour: [u8; 3]) {
        self.fill(at.x.round() as i64, at.y.round() as i64, self.pen, self.pen, colour);
    }

    fn frame(&mut self, frame: &BoundingBox) {
        let (left, top) = (frame.x as i64, frame.y as i64);
        let (width, height) = (frame.width as i64, frame.height as i64);
        let pen = self.pen;
        self.fill(left, top, width, pen, BOX_COLOUR);
        self.fill(left, top + height - pen, width, pen, BOX_COLOUR);
        self.fill(left, top, pen, height, BOX_COLOUR);
        self.fill(left + width - pen, top, pen, height, BOX_COLOUR);
    }

    fn text(&mut self, left: i64, top: i64, text: &str) {
        self.line(left, top, text, TEXT_COLOUR);
    }

    fn line(&mut self, left: i64, top: i64, text: &str, colour: [u8; 3]) {
        let pen = self.pen;
        self.darken(left, top, 8 * pen * text.chars().count() as i64, 9 * pen);
        for (place, letter) in text.chars().enumerate() {
            let glyph = font8x8::BASIC_FONTS.get(letter).unwrap_or_default();
            for (row, bits) in glyph.into_iter().enumerate() {
                for column in (0..8).filter(|column| bits >> column & 1 == 1) {
                    let x = left + (place as i64 * 8 + column) * pen;
                    self.fill(x, top + row as i64 * pen, pen, pen, colour);
                }
            }
        }
    }

    fn fill(&mut self, left: i64, top: i64, width: i64, height: i64, colour: [u8; 3]) {
        self.each(left, top, width, height, |pixel| pixel.copy_from_slice(&colour));
    }

    fn darken(&mut self, left: i64, top: i64, width: i64, height: i64) {
        self.each(left, top, width, height, |pixel| pixel.iter_mut().for_each(|value| *value /= 3));
    }

    /// Changes every pixel of a rectangle that lies inside the picture.
    fn each(&mut self, left: i64, top: i64, width: i64, height: i64, mut change: impl FnMut(&mut [u8])) {
        let (right, bottom) = ((left + width).min(self.width), (top + height).min(self.height));
        for y in top.max(0)..bottom {
            for x in left.max(0)..right {
                let at = ((y * self.width + x) * 3) as usize;
                change(&mut self.pixels[at..at + 3]);
            }
        }
    }
}
