//! Ordered set of decoders behind one [`MediaDecoder`].

use std::sync::Arc;

use oz_core::media::port::{FrameSource, MediaDecoder};
use oz_core::media::{DecodeLimits, Frame, Image, MediaBytes, MediaType};
use oz_core::{Error, Result};

use crate::picture::ImageDecoder;
use crate::shotset::ShotSetDecoder;
use crate::sniff;
use crate::video::VideoDecoder;

/// Decoders in order of preference; the first that recognises the content opens it.
///
/// Media refused as an unsupported type or codec is offered to the next decoder. Any other error (damaged,
/// too large) is final, so hostile input does not reach a second decoder.
///
/// ```
/// use oz_core::media::{DecodeLimits, Image};
/// use oz_core::media::port::MediaDecoder as _;
/// use oz_media::{Decoders, encode_png};
///
/// # fn main() -> oz_core::Result<()> {
/// let picture = encode_png(&Image::from_fn(8, 6, |x, _| [x as u8, 0, 0]))?;
/// let mut source = Decoders::standard().open(picture.into(), &DecodeLimits::default())?;
/// let frame = source.next_frame()?.expect("a picture has one frame");
/// assert_eq!((frame.image.width(), frame.image.height()), (8, 6));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Decoders {
    ordered: Vec<Arc<dyn MediaDecoder>>,
}

impl Decoders {
    /// Empty set.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// All in-process decoders: images, videos and shot sets.
    #[must_use]
    pub fn standard() -> Self {
        Self::none().with(ImageDecoder).with(VideoDecoder).with(ShotSetDecoder)
    }

    /// Appends a decoder, tried after all others.
    #[must_use]
    pub fn with(mut self, decoder: impl MediaDecoder + 'static) -> Self {
        self.ordered.push(Arc::new(decoder));
        self
    }
}

impl MediaDecoder for Decoders {
    fn name(&self) -> &'static str {
        "decoders"
    }

    fn sniff(&self, head: &[u8]) -> Option<MediaType> {
        self.ordered.iter().find_map(|decoder| decoder.sniff(head))
    }

    fn open(&self, media: MediaBytes, limits: &DecodeLimits) -> Result<Box<dyn FrameSource>> {
        let head = &media[..media.len().min(sniff::HEAD)];
        let mut refusal = sniff::refusal(&media);

        for decoder in self.ordered.iter().filter(|decoder| decoder.sniff(head).is_some()) {
            match decoder.open(media.clone(), limits) {
                Err(error @ (Error::MediaUnsupportedType { .. } | Error::MediaUnsupportedCodec { .. })) => {
                    refusal = error;
                }
                opened => return opened,
            }
        }

        Err(refusal)
    }
}

/// Decodes the first frame of `bytes` with [`Decoders::standard`], turned upright.
///
/// # Errors
/// As [`first_frame`].
pub fn decode_image(bytes: impl Into<MediaBytes>, limits: &DecodeLimits) -> Result<Image> {
    first_frame(&Decoders::standard(), bytes, limits).map(|frame| frame.image)
}

/// Decodes the first frame of `bytes` with `decoder`, turned upright.
///
/// # Errors
/// `media.no_frames` for media without frames, and the errors of [`MediaDecoder::open`] and
/// [`FrameSource::next_frame`].
pub fn first_frame(
    decoder: &dyn MediaDecoder,
    bytes: impl Into<MediaBytes>,
    limits: &DecodeLimits,
) -> Result<Frame> {
    decoder.open(bytes.into(), limits)?.next_frame()?.ok_or(Error::MediaNoFrames)
}
