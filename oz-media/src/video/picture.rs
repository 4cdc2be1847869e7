//! Decoded pictures before conversion to RGB.

use oz_core::{Error, Result};

use super::color::ColorHint;

/// Luma and two chroma planes, cropped to the visible area.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    pub(crate) width: usize,
    pub(crate) height: usize,
    /// Bits per sample, 8..=16.
    pub(crate) depth: u32,
    /// Horizontal chroma subsampling: 1 when chroma has half the columns, else 0.
    pub(crate) shift_x: u32,
    /// Vertical chroma subsampling: 1 when chroma has half the rows, else 0.
    pub(crate) shift_y: u32,
    pub(crate) planes: [Plane; 3],
    pub(crate) color: ColorHint,
}

impl Picture {
    /// Whether chroma has full resolution.
    pub(crate) fn chroma_is_full(&self) -> bool {
        self.shift_x == 0 && self.shift_y == 0
    }

    /// Validates that every plane holds the rows and columns of its size, which the conversion relies on.
    ///
    /// # Errors
    /// `media.corrupt` when one does not.
    pub(crate) fn checked(self) -> Result<Self> {
        let chroma = (self.width.div_ceil(1 << self.shift_x), self.height.div_ceil(1 << self.shift_y));
        let sizes = [(self.width, self.height), chroma, chroma];

        let fits = self.width > 0
            && self.height > 0
            && (8..=16).contains(&self.depth)
            && self.planes.iter().zip(sizes).all(|(plane, (width, height))| plane.holds(width, height));

        if fits {
            Ok(self)
        } else {
            Err(Error::corrupt("a decoded plane does not match the size of its picture"))
        }
    }
}

/// Samples of one component in row order.
#[derive(Debug, Clone)]
pub(crate) struct Plane {
    samples: Samples,
    stride: usize,
}

#[derive(Debug, Clone)]
enum Samples {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
    /// Chroma of a grey picture: every sample is [`NEUTRAL`].
    Neutral,
}

impl Plane {
    /// Plane of 8-bit samples, `stride` samples per row.
    pub(crate) fn bytes(samples: Vec<u8>, stride: usize) -> Self {
        Self { samples: Samples::Bytes(samples), stride }
    }

    /// Plane of samples of more than eight bits, `stride` samples per row.
    pub(crate) fn words(samples: Vec<u16>, stride: usize) -> Self {
        Self { samples: Samples::Words(samples), stride }
    }

    /// Plane of samples of more than eight bits, stored as little-endian byte pairs; `stride` counts samples.
    pub(crate) fn byte_pairs(samples: &[u8], stride: usize) -> Self {
        Self::words(
            samples.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect(),
            stride,
        )
    }

    /// Chroma plane of a grey picture of `stride` columns.
    pub(crate) fn neutral(stride: usize) -> Self {
        Self { samples: Samples::Neutral, stride }
    }

    /// Whether the samples suffice for `height` rows of `width` columns.
    fn holds(&self, width: usize, height: usize) -> bool {
        let length = match &self.samples {
            Samples::Bytes(bytes) => bytes.len(),
            Samples::Words(words) => words.len(),
            Samples::Neutral => return self.stride >= width,
        };
        self.stride >= width && (height - 1) * self.stride + width <= length
    }

    /// Reader of rows narrowed from `depth` to eight bits per sample.
    pub(crate) fn rows(&self, depth: u32) -> Rows<'_> {
        let narrowed = match self.samples {
            Samples::Bytes(_) => Vec::new(),
            Samples::Words(_) | Samples::Neutral => vec![NEUTRAL; self.stride],
        };
        Rows { plane: self, shift: depth - 8, narrowed }
    }
}

/// Chroma value of grey.
const NEUTRAL: u8 = 128;

/// Rows of a plane, narrowed to eight bits per sample.
pub(crate) struct Rows<'a> {
    plane: &'a Plane,
    shift: u32,
    narrowed: Vec<u8>,
}

impl Rows<'_> {
    /// Row `y`, at least as long as the plane is wide.
    pub(crate) fn row(&mut self, y: usize) -> &[u8] {
        let start = y * self.plane.stride;
        match &self.plane.samples {
            Samples::Bytes(bytes) => &bytes[start..bytes.len().min(start + self.plane.stride)],
            Samples::Words(words) => {
                let row = &words[start..words.len().min(start + self.plane.stride)];
                for (narrow, &wide) in self.narrowed.iter_mut().zip(row) {
                    *narrow = (wide >> self.shift).min(255) as u8;
                }
                &self.narrowed[..row.len()]
            }
            Samples::Neutral => &self.narrowed,
        }
    }
}
