//! AV1, decoded by `re_rav1d` without assembly.

use oz_core::{Error, Result};
use re_rav1d::dav1d::{self, Decoder, PixelLayout, PlanarImageComponent, Settings, pixel};

use super::PictureDecoder;
use crate::budget::Budget;
use crate::video::color::{ColorHint, Matrix, Range};
use crate::video::header::av1;
use crate::video::picture::{Picture, Plane};
use crate::video::track::unsupported_codec;

/// Bytes of an `av1C` box before its sequence header.
const FIXED: usize = 4;

pub(super) struct Av1 {
    decoder: Decoder,
}

impl Av1 {
    /// `config` is the content of an `av1C` box, or empty: the stream repeats the sequence header.
    pub(super) fn new(config: &[u8], budget: &Budget) -> Result<Self> {
        check_size(config.get(FIXED..).unwrap_or_default(), budget)?;

        let mut settings = Settings::new();
        settings.set_n_threads(1);
        settings.set_max_frame_delay(1);
        settings.set_all_layers(false);
        settings.set_frame_size_limit(u32::try_from(budget.video_pixels()).unwrap_or(u32::MAX));

        let decoder = Decoder::with_settings(&settings).map_err(refusal)?;
        Ok(Self { decoder })
    }

    /// Takes all pictures that are ready.
    fn drain(&mut self, pictures: &mut Vec<Picture>) -> Result<()> {
        loop {
            match self.decoder.get_picture() {
                Ok(decoded) => pictures.push(picture(&decoded)?),
                Err(dav1d::Error::Again) => return Ok(()),
                Err(error) => return Err(refusal(error)),
            }
        }
    }
}

impl PictureDecoder for Av1 {
    fn decode(&mut self, sample: &[u8], budget: &Budget) -> Result<Vec<Picture>> {
        let mut pictures = Vec::new();
        if sample.is_empty() {
            return Ok(pictures);
        }
        check_size(sample, budget)?;

        let mut sent = self.decoder.send_data(sample.to_vec(), None, None, None);
        // Each round takes out a picture or sends data, so the bytes of a sample bound the rounds.
        for _ in 0..sample.len() {
            self.drain(&mut pictures)?;
            match sent {
                Ok(()) => return Ok(pictures),
                Err(dav1d::Error::Again) => sent = self.decoder.send_pending_data(),
                Err(error) => return Err(refusal(error)),
            }
        }
        Err(Error::corrupt("AV1: the decoder accepts no more data"))
    }
}

fn check_size(units: &[u8], budget: &Budget) -> Result<()> {
    match av1::size(units)? {
        Some((width, height)) => budget.ensure_video_size(width, height),
        None => Ok(()),
    }
}

fn picture(decoded: &dav1d::Picture) -> Result<Picture> {
    let (width, height) = (decoded.width() as usize, decoded.height() as usize);
    let depth = decoded.bits_per_component().map_or(8, |bits| bits.0 as u32);
    let (shift_x, shift_y, grey) = match decoded.pixel_layout() {
        PixelLayout::I400 => (0, 0, true),
        PixelLayout::I420 => (1, 1, false),
        PixelLayout::I422 => (1, 0, false),
        PixelLayout::I444 => (0, 0, false),
    };

    let chroma = |component| if grey { Plane::neutral(width) } else { plane(decoded, component, depth) };
    let planes = [
        plane(decoded, PlanarImageComponent::Y, depth),
        chroma(PlanarImageComponent::U),
        chroma(PlanarImageComponent::V),
    ];
    Picture { width, height, depth, shift_x, shift_y, planes, color: color(decoded) }.checked()
}

fn plane(decoded: &dav1d::Picture, component: PlanarImageComponent, depth: u32) -> Plane {
    let stride = decoded.stride(component) as usize;
    let samples = decoded.plane(component);
    if depth > 8 { Plane::byte_pairs(&samples, stride / 2) } else { Plane::bytes(samples.to_vec(), stride) }
}

fn color(decoded: &dav1d::Picture) -> ColorHint {
    let range = match decoded.color_range() {
        pixel::YUVRange::Full => Range::Full,
        pixel::YUVRange::Limited => Range::Limited,
    };
    ColorHint { matrix: Matrix::from_code(decoded.matrix_coefficients() as u32), range: Some(range) }
}

fn refusal(error: dav1d::Error) -> Error {
    match error {
        dav1d::Error::UnsupportedBitstream => unsupported_codec("AV1 profile or feature"),
        other => Error::corrupt(format!("AV1: {other}")),
    }
}
