//! `oz inspect`

use std::path::PathBuf;

use crate::report::InspectionReport;
use clap::Args;
use oz::{AnalysisRequest, Error, ObservedFace, Oz, Result};

use super::annotate::Annotation;
use super::setup::SetupArgs;
use super::{Answered, annotate, output, table};

/// Detect faces in photos and report their pose and quality.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// Photos, or videos, of which the first frame is used
    #[arg(required = true, value_name = "MEDIA")]
    media: Vec<PathBuf>,
    /// Output file for the image annotated with verdict, evidence, boxes, meshes and scores, PNG
    #[arg(long, value_name = "FILE")]
    annotate: Option<PathBuf>,
    /// Print one JSON document per input
    #[arg(long)]
    json: bool,
    /// Include the 478 mesh points of each face in the JSON
    #[arg(long, requires = "json")]
    mesh: bool,
}

impl InspectArgs {
    pub(crate) fn run(self, setup: &SetupArgs) -> Result<Answered> {
        if self.annotate.is_some() && self.media.len() > 1 {
            return Err(Error::Config { detail: "--annotate: only one input may be given".into() });
        }
        if let Some(target) = &self.annotate {
            output::ensure_not_an_input("--annotate", target, &self.media)?;
        }

        let policy = setup.config()?.liveness;
        let oz = setup.oz()?;
        output::for_each(&self.media, self.json, |path, name| {
            let (image, faces) = oz.inspect(path)?;
            if let Some(target) = &self.annotate {
                let liveness = oz.analyze(&image, &AnalysisRequest::default())?.liveness;
                let annotation = Annotation { faces: &faces, liveness: &liveness, policy: &policy };
                output::file(target, &oz::media::encode_png(&annotate::draw(&image, &annotation))?)?;
            }

            if self.json {
                return output::document(&InspectionReport::new(
                    name,
                    &image,
                    &faces,
                    oz.engine().clone(),
                    self.mesh,
                ));
            }
            output::text(summary(&oz, name, (image.width(), image.height()), &faces))
        })
    }
}

fn summary(oz: &Oz, name: &str, (width, height): (u32, u32), faces: &[ObservedFace]) -> String {
    if faces.is_empty() {
        return format!("{name}: {width} x {height}, no face");
    }

    let mut rows = table::new(["face", "size and position", "pose in degrees", "quality", "advice"]);
    for (index, face) in faces.iter().enumerate() {
        rows.add_row([
            (index + 1).to_string(),
            table::place(face),
            table::pose(face),
            face.quality.unified.to_string(),
            face.quality.advice().join("; "),
        ]);
    }
    let engine = oz.engine();
    format!("{name}: {width} x {height}, {} {} on {}\n{rows}", engine.name, engine.version, engine.device)
}
