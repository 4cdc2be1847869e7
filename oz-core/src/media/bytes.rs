//! Encoded media.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Bytes of a media file. Cheap to clone; `Debug` shows only their number.
///
/// ```
/// use oz_core::media::MediaBytes;
///
/// let media = MediaBytes::from(vec![0xff, 0xd8, 0xff]);
/// assert_eq!(media.len(), 3);
/// assert_eq!(format!("{media:?}"), "MediaBytes(3 bytes)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct MediaBytes(Arc<[u8]>);

impl Deref for MediaBytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for MediaBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for MediaBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<&[u8]> for MediaBytes {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Debug for MediaBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MediaBytes({} bytes)", self.len())
    }
}
