//! Colour description of a video.

/// Luma coefficients a video was coded with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Matrix {
    /// The planes are green, blue, red.
    Identity,
    Bt601,
    Bt709,
    Bt2020,
    Smpte240,
}

impl Matrix {
    /// Matrix for a code point of ITU-T H.273, table 4; `None` for an unspecified or rare one.
    pub(crate) fn from_code(code: u32) -> Option<Self> {
        match code {
            0 => Some(Self::Identity),
            1 => Some(Self::Bt709),
            4..=6 => Some(Self::Bt601),
            7 => Some(Self::Smpte240),
            9 | 10 => Some(Self::Bt2020),
            _ => None,
        }
    }

    /// Guess without a colour description: BT.709 from 720 pixels on the shorter side, else BT.601.
    pub(super) fn of_size(width: usize, height: usize) -> Self {
        if width.min(height) >= 720 { Self::Bt709 } else { Self::Bt601 }
    }

    /// Weights of red and blue in luma.
    pub(super) fn weights(self) -> (f64, f64) {
        match self {
            Self::Identity | Self::Bt601 => (0.299, 0.114),
            Self::Bt709 => (0.2126, 0.0722),
            Self::Bt2020 => (0.2627, 0.0593),
            Self::Smpte240 => (0.212, 0.087),
        }
    }
}

/// Range of sample values, for eight bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Range {
    /// Luma 16..=235, chroma 16..=240.
    Limited,
    /// Luma and chroma 0..=255.
    Full,
}

/// Colour description from a container or bitstream; `None` where unspecified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ColorHint {
    pub(crate) matrix: Option<Matrix>,
    pub(crate) range: Option<Range>,
}

impl ColorHint {
    /// This hint, completed from `other`.
    pub(crate) fn or(self, other: Self) -> Self {
        Self { matrix: self.matrix.or(other.matrix), range: self.range.or(other.range) }
    }
}
