//! Selection of the best picture of a person in a video or in several photos.
//!
//! `cargo run --release --example best_shot -- MEDIA…`
//!
//! Without arguments it selects among the portrait and darker copies of it.

use std::time::Duration;

use oz::core::media::MediaKind;
use oz::{AnalysisRequest, Frame, Image, Media, Oz};

fn main() -> oz::Result<()> {
    let oz = Oz::builder().build()?;
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let media = match paths.as_slice() {
        [] => Media::Frames(MediaKind::ShotSet, portrait_and_dark_copies(&oz)?),
        [video] => Media::from(video.as_str()),
        photos => {
            let images =
                photos.iter().map(|path| oz.decode(path.as_str())).collect::<oz::Result<Vec<_>>>()?;
            Media::Frames(MediaKind::ShotSet, numbered(images))
        }
    };

    // One call finds the faces, assesses each frame and keeps the best one.
    let outcome = oz.analyze(media, &AnalysisRequest::default())?;
    for (frame, subject) in outcome.recording.subjects() {
        println!("frame {}: quality {} {:?}", frame.index, subject.quality.unified, subject.quality.advice());
    }
    let Some(best) = outcome.best_shot else {
        println!("no face was found");
        return Ok(());
    };

    println!("best: frame {} with quality {}", best.index, best.subject.quality.unified);
    let target = std::env::temp_dir().join("oz-best-shot.png");
    std::fs::write(&target, oz::media::encode_png(&best.image)?).map_err(|source| oz::Error::File {
        action: "write",
        path: target.clone(),
        source,
    })?;
    println!("written to {}", target.display());
    Ok(())
}

fn portrait_and_dark_copies(oz: &Oz) -> oz::Result<Vec<Frame>> {
    let portrait = oz.decode(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/astronaut.png"))?;
    let dimmed = |divisor: u8| {
        let pixels = portrait.pixels().iter().map(|value| value / divisor).collect();
        Image::from_rgb(portrait.width(), portrait.height(), pixels)
    };
    Ok(numbered(vec![dimmed(6)?, dimmed(3)?, portrait.clone(), dimmed(2)?]))
}

fn numbered(images: Vec<Image>) -> Vec<Frame> {
    let frame = |(index, image)| Frame {
        image,
        time: Duration::from_millis(100 * index as u64),
        index: index as u64,
    };
    images.into_iter().enumerate().map(frame).collect()
}
