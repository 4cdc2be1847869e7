//! H.264, decoded by `rust_h264`.

use oz_core::{Error, Result};
use rust_h264::decoder::{ChromaFormat, Decoder, Frame};
use rust_h264::error::DecodeError;
use rust_h264::nal::{NalUnit, NalUnitType, parse_avcc, parse_avcc_config, parse_sps_info};

use super::PictureDecoder;
use super::units::UnitFrames;
use crate::budget::Budget;
use crate::video::color::{ColorHint, Matrix, Range};
use crate::video::picture::{Picture, Plane};
use crate::video::track::{chroma_format_name, unsupported_codec};

pub(super) struct H264 {
    decoder: Decoder,
    length_size: usize,
    color: ColorHint,
}

impl H264 {
    /// `config` is the content of an `avcC` box.
    pub(super) fn new(config: &[u8], budget: &Budget) -> Result<Self> {
        let config = parse_avcc_config(config)
            .map_err(|detail| Error::corrupt(format!("H.264 configuration: {detail}")))?;
        let mut new =
            Self { decoder: Decoder::new(), length_size: config.length_size, color: ColorHint::default() };
        for unit in config.sps_nals.iter().chain(&config.pps_nals) {
            new.decode_unit(unit, budget)?;
        }
        Ok(new)
    }

    /// Decodes one unit; returns a frame if it completed one.
    fn decode_unit(&mut self, unit: &NalUnit<'_>, budget: &Budget) -> Result<Option<Frame>> {
        if unit.nal_unit_type == NalUnitType::Sps {
            self.sequence(unit, budget)?;
        }
        self.decoder.decode_nal(unit).map_err(|error| refusal(&error))
    }

    /// Checks a sequence parameter set against the limits and takes its colour description.
    fn sequence(&mut self, unit: &NalUnit<'_>, budget: &Budget) -> Result<()> {
        let sps = parse_sps_info(unit).map_err(|error| refusal(&error))?;
        budget.ensure_video_size(sps.coded_width, sps.coded_height)?;

        let supported = sps.chroma_format <= 2 && matches!(sps.bit_depth_luma, 8 | 10);
        if !supported {
            let (chroma, depth) = (chroma_format_name(sps.chroma_format), sps.bit_depth_luma);
            return Err(unsupported_codec(format_args!(
                "H.264 with {chroma} chroma and {depth} bits per sample"
            )));
        }

        let range = if sps.full_range { Range::Full } else { Range::Limited };
        self.color = ColorHint { matrix: Matrix::from_code(u32::from(sps.matrix)), range: Some(range) };
        Ok(())
    }
}

impl PictureDecoder for H264 {
    fn decode(&mut self, sample: &[u8], budget: &Budget) -> Result<Vec<Picture>> {
        let units = parse_avcc(sample, self.length_size).into_iter();
        let decoded = UnitFrames::collect(units.map(|unit| self.decode_unit(&unit, budget)))?;
        let frames = decoded.finish(self.decoder.flush())?;
        frames.into_iter().map(|frame| picture(frame, self.color)).collect()
    }
}

fn picture(frame: Frame, color: ColorHint) -> Result<Picture> {
    let (width, height, chroma) =
        (frame.width as usize, frame.height as usize, frame.chroma_width() as usize);
    let plane = |samples: Vec<u8>, stride| {
        if frame.bit_depth > 8 { Plane::byte_pairs(&samples, stride) } else { Plane::bytes(samples, stride) }
    };
    let shift_y = u32::from(frame.chroma_format == ChromaFormat::Yuv420);
    let planes = [plane(frame.y, width), plane(frame.u, chroma), plane(frame.v, chroma)];
    Picture { width, height, depth: u32::from(frame.bit_depth), shift_x: 1, shift_y, planes, color }.checked()
}

fn refusal(error: &DecodeError) -> Error {
    match error {
        DecodeError::Unsupported(what) => unsupported_codec(format_args!("H.264 with {what}")),
        other => Error::corrupt(format!("H.264: {other}")),
    }
}
