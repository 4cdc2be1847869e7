//! HEVC, decoded by `rust_h265`.

use oz_core::{Error, Result};
use rust_h265::{
    DecodeError, DecodeLimits, Decoder, Frame, NalUnit, NalUnitType, PixelData, parse_hvcc, parse_nal,
};

use super::PictureDecoder;
use super::units::UnitFrames;
use crate::budget::Budget;
use crate::video::color::ColorHint;
use crate::video::header::hevc;
use crate::video::picture::{Picture, Plane};
use crate::video::reader::Reader;
use crate::video::track::{chroma_format_name, unsupported_codec};

pub(super) struct Hevc {
    decoder: Decoder,
    length_size: u8,
    color: ColorHint,
}

impl Hevc {
    /// `config` is the content of an `hvcC` box.
    pub(super) fn new(config: &[u8], budget: &Budget) -> Result<Self> {
        let limits = DecodeLimits {
            max_picture_pixels: budget.video_pixels(),
            max_picture_memory_bytes: budget.memory(),
        };
        let decoder = Decoder::with_limits(limits);

        let mut reader = Reader::new(config);
        reader.skip(21)?;
        let length_size = (reader.u8()? & 3) + 1;
        let mut new = Self { decoder, length_size, color: ColorHint::default() };

        for _ in 0..reader.u8()? {
            reader.skip(1)?;
            for _ in 0..reader.u16()? {
                let length = usize::from(reader.u16()?);
                if let Some(unit) = parse_nal(reader.take(length)?) {
                    new.decode_unit(&unit, budget)?;
                }
            }
        }
        Ok(new)
    }

    /// Decodes one unit; returns a frame if it completed one.
    fn decode_unit(&mut self, unit: &NalUnit<'_>, budget: &Budget) -> Result<Option<Frame>> {
        // Layers above the base layer are for stereo or scalability.
        if unit.nuh_layer_id > 0 {
            return Ok(None);
        }
        if unit.nal_unit_type == NalUnitType::Sps {
            self.sequence(unit, budget)?;
        }
        self.decoder.decode_nal(unit).map_err(|error| refusal(&error))
    }

    /// Checks a sequence parameter set against the limits and takes its colour description.
    fn sequence(&mut self, unit: &NalUnit<'_>, budget: &Budget) -> Result<()> {
        let sequence = hevc::parse(&unit.rbsp)?;
        let (width, height) = sequence.size;
        budget.ensure_video_size(width, height)?;

        if !matches!(sequence.chroma_format, 1 | 3) || sequence.depth > 12 {
            let (chroma, depth) = (chroma_format_name(sequence.chroma_format), sequence.depth);
            return Err(unsupported_codec(format_args!(
                "HEVC with {chroma} chroma and {depth} bits per sample"
            )));
        }

        self.color = sequence.color;
        Ok(())
    }
}

impl PictureDecoder for Hevc {
    fn decode(&mut self, sample: &[u8], budget: &Budget) -> Result<Vec<Picture>> {
        let units = parse_hvcc(sample, self.length_size).into_iter();
        let decoded = UnitFrames::collect(units.map(|unit| self.decode_unit(&unit, budget)))?;
        let frames = decoded.finish(std::iter::from_fn(|| self.decoder.flush()))?;
        frames.into_iter().map(|frame| picture(frame, self.color)).collect()
    }
}

fn picture(frame: Frame, color: ColorHint) -> Result<Picture> {
    let (width, height) = (frame.width as usize, frame.height as usize);
    let shift = u32::from(frame.chroma_format_idc == 1);
    let chroma = width.div_ceil(1 << shift);
    let planes = [plane(frame.y, width), plane(frame.u, chroma), plane(frame.v, chroma)];
    let depth = u32::from(frame.bit_depth);
    Picture { width, height, depth, shift_x: shift, shift_y: shift, planes, color }.checked()
}

fn plane(samples: PixelData, stride: usize) -> Plane {
    match samples {
        PixelData::U8(bytes) => Plane::bytes(bytes, stride),
        PixelData::U16(words) => Plane::words(words, stride),
    }
}

fn refusal(error: &DecodeError) -> Error {
    match error {
        DecodeError::Unsupported(what) => unsupported_codec(format_args!("HEVC with {what}")),
        other => Error::corrupt(format!("HEVC: {other}")),
    }
}
