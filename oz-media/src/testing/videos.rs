//! Videos: the clips of this crate, and containers written by hand.

use super::Specimen;

const DAMAGED: &[&str] = &["media.corrupt", "media.truncated", "media.no_frames", "media.limit_exceeded"];

macro_rules! clips {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../tests/clips/", $name)))),*]
    };
}

const CLIPS: &[(&str, &[u8])] = clips![
    "av1.mp4",
    "av1.webm",
    "h264_422.mp4",
    "h264_baseline.mp4",
    "h264_bt709_full.mp4",
    "h264_cropped.mp4",
    "h264_fragmented.mp4",
    "h264_high.mkv",
    "h264_high.mp4",
    "h264_high10.mp4",
    "h264_interlaced.mp4",
    "hevc.mkv",
    "hevc.mp4",
    "hevc_main10.mov",
    "live.mkv",
    "rotated.mp4",
    "trimmed.mp4",
    "vp8.webm",
    "vp9.mp4",
    "vp9.webm",
    "vp9_10bit.webm",
];

/// Names and contents of the clips that decode in process; `tests/clips/README.md` says how they were made.
#[must_use]
pub fn clips() -> &'static [(&'static str, &'static [u8])] {
    CLIPS
}

/// The clip of this name.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn clip(name: &str) -> &'static [u8] {
    CLIPS.iter().find(|(known, _)| *known == name).expect("the clip is in the list").1
}

/// An ISO box of `kind` round `body`.
#[must_use]
pub fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes(), kind.as_slice(), body].concat()
}

pub(super) fn good() -> Vec<Specimen> {
    CLIPS.iter().map(|(name, bytes)| Specimen::new(*name, bytes.to_vec(), &[])).collect()
}

/// `clip` with the last `from` replaced by `to`.
pub(super) fn patched(clip: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = clip.windows(from.len()).rposition(|window| window == from).expect("the clip holds the bytes");
    [&clip[..at], to, &clip[at + from.len()..]].concat()
}

/// `clip` with the four bytes that lie `after` the name of the box `kind` set to `value`.
fn field(clip: &[u8], kind: &[u8; 4], after: usize, value: u32) -> Vec<u8> {
    let at = clip.windows(4).position(|window| window == kind).expect("the clip has the box") + 4 + after;
    let mut bytes = clip.to_vec();
    bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
    bytes
}

pub(super) fn bad() -> Vec<Specimen> {
    let clip = clip("h264_baseline.mp4");
    let most = u32::MAX;
    let mut all: Vec<_> = [
        ("stts", 4, most),
        ("stsz", 4, most),
        ("stsz", 8, most),
        ("stsc", 4, most),
        ("stsc", 12, 0),
        ("stco", 4, most),
        ("stco", 8, most),
        ("mdhd", 12, 0),
        ("avcC", 0, 0),
        ("avcC", 4, most),
        ("moov", 0, most),
        ("moov", 0, 0),
        ("trak", 0, 4),
        ("mdia", 0, 1),
    ]
    .into_iter()
    .map(|(kind, after, value)| {
        let name = format!("mp4 with {kind}+{after} = {value}");
        let kind: &[u8; 4] = kind.as_bytes().try_into().expect("a kind has four letters");
        Specimen::new(name, field(clip, kind, after, value), DAMAGED)
    })
    .collect();
    // What these ask for in excess is never needed.
    all.extend([("stts", 8), ("stsc", 12)].map(|(kind, after)| {
        let kind: &[u8; 4] = kind.as_bytes().try_into().expect("a kind has four letters");
        Specimen::new(
            format!("mp4 with runs without end in {}", kind.escape_ascii()),
            field(clip, kind, after, most),
            &[""],
        )
    }));
    let deep = (0..20_000).fold(Vec::new(), |inner, _| boxed(b"moov", &inner));
    let fragments = super::videos::clip("h264_fragmented.mp4");
    all.extend([
        Specimen::new("mp4 of nested boxes", [boxed(b"ftyp", b"isom\0\0\0\0"), deep].concat(), DAMAGED),
        Specimen::new("mp4 of a million empty boxes", b"\0\0\0\x08moov".repeat(1_000_000), DAMAGED),
        Specimen::new("mp4 without an index", boxed(b"ftyp", b"isom\0\0\0\0"), DAMAGED),
        Specimen::new("mp4 with an endless box", b"\0\0\0\0ftypisom".to_vec(), DAMAGED),
        Specimen::new(
            "mp4 with a box of zero bytes",
            b"\0\0\0\x14ftypisom\0\0\0\0isom\0\0\0\x01moov\0\0\0\0\0\0\0\0".to_vec(),
            DAMAGED,
        ),
        Specimen::new("mp4 of samples that overlap", field(clip, b"stsz", 4, 700), DAMAGED),
        Specimen::new("mp4 of four billion fragment samples", field(fragments, b"trun", 4, most), DAMAGED),
        Specimen::new("mp4 whose samples are noise", noisy(clip), DAMAGED),
        Specimen::new(
            "mp4 of an unknown coding",
            patched(clip, b"avc1", b"xyz1"),
            &["media.unsupported_codec"],
        ),
        Specimen::new("mp4 of sound only", patched(clip, b"vide", b"soun"), &["media.no_frames"]),
        Specimen::new(
            "matroska of one cluster",
            b"\x1A\x45\xDF\xA3\x80\x1F\x43\xB6\x75\xFF\xA3\x84\x81\0\0\0".to_vec(),
            DAMAGED,
        ),
        Specimen::new(
            "matroska of long ids",
            [b"\x1A\x45\xDF\xA3\x80".as_slice(), &[0; 64]].concat(),
            DAMAGED,
        ),
        Specimen::new(
            "matroska of an unknown coding",
            patched(super::videos::clip("vp8.webm"), b"V_VP8", b"V_XP8"),
            &["media.unsupported_codec"],
        ),
    ]);
    all
}

/// `clip` with noise where its pictures are.
fn noisy(clip: &[u8]) -> Vec<u8> {
    let at = clip.windows(4).position(|window| window == b"mdat").expect("the clip has data") + 4;
    let end = clip.windows(4).position(|window| window == b"moov").expect("the clip has an index") - 4;
    let (start, end) = if at < end { (at, end) } else { (at, clip.len()) };
    [&clip[..start], &super::noise(7, end - start), &clip[end..]].concat()
}
