//! Valid and invalid videos: the clips of this crate, variants of them, and hand-written containers.

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

/// Names and contents of the clips that decode in process; `tests/clips/README.md` describes them.
#[must_use]
pub fn clips() -> &'static [(&'static str, &'static [u8])] {
    CLIPS
}

/// Content of the clip `name`.
///
/// # Panics
/// When there is no such clip.
#[must_use]
pub fn clip(name: &str) -> &'static [u8] {
    CLIPS.iter().find(|(known, _)| *known == name).expect("clip is in the list").1
}

/// ISO box of type `kind` with content `body`.
#[must_use]
pub fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes(), kind.as_slice(), body].concat()
}

pub(super) fn good() -> Vec<Specimen> {
    CLIPS.iter().map(|(name, bytes)| Specimen::new(*name, bytes.to_vec(), &[])).collect()
}

/// `clip` with the last occurrence of `from` replaced by `to`.
pub(super) fn patched(clip: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = clip.windows(from.len()).rposition(|window| window == from).expect("clip contains the bytes");
    [&clip[..at], to, &clip[at + from.len()..]].concat()
}

/// `clip` with the four bytes at offset `after` in the content of the box `kind` set to `value`.
fn field(clip: &[u8], kind: &[u8; 4], after: usize, value: u32) -> Vec<u8> {
    let at = clip.windows(4).position(|window| window == kind).expect("clip has the box") + 4 + after;
    let mut bytes = clip.to_vec();
    bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
    bytes
}

pub(super) fn bad() -> Vec<Specimen> {
    let mut all = damaged_fields();
    all.extend(endless_runs());
    all.extend(malformed_mp4());
    all.extend(malformed_matroska());
    all
}

const PLAIN: &str = "h264_baseline.mp4";

/// Boxes of an MP4 with a single field overwritten.
fn damaged_fields() -> Vec<Specimen> {
    const MAX: u32 = u32::MAX;
    let fields: [(&[u8; 4], usize, u32); 14] = [
        (b"stts", 4, MAX),
        (b"stsz", 4, MAX),
        (b"stsz", 8, MAX),
        (b"stsc", 4, MAX),
        (b"stsc", 12, 0),
        (b"stco", 4, MAX),
        (b"stco", 8, MAX),
        (b"mdhd", 12, 0),
        (b"avcC", 0, 0),
        (b"avcC", 4, MAX),
        (b"moov", 0, MAX),
        (b"moov", 0, 0),
        (b"trak", 0, 4),
        (b"mdia", 0, 1),
    ];
    let damaged = fields.map(|(kind, after, value)| {
        let name = format!("mp4 with {}+{after} = {value}", kind.escape_ascii());
        Specimen::new(name, field(clip(PLAIN), kind, after, value), DAMAGED)
    });
    damaged.into()
}

/// Run-length tables with far more values than samples. The excess is never read, so the files decode.
fn endless_runs() -> Vec<Specimen> {
    let fields: [(&[u8; 4], usize); 2] = [(b"stts", 8), (b"stsc", 12)];
    let endless = fields.map(|(kind, after)| {
        let name = format!("mp4 with an endless run in {}", kind.escape_ascii());
        Specimen::new(name, field(clip(PLAIN), kind, after, u32::MAX), &[""])
    });
    endless.into()
}

fn malformed_mp4() -> Vec<Specimen> {
    let plain = clip(PLAIN);
    let fragmented = clip("h264_fragmented.mp4");
    let ftyp = boxed(b"ftyp", b"isom\0\0\0\0");
    let deep = (0..20_000).fold(Vec::new(), |inner, _| boxed(b"moov", &inner));
    let empty = b"\0\0\0\x14ftypisom\0\0\0\0isom\0\0\0\x01moov\0\0\0\0\0\0\0\0".to_vec();
    let unknown = patched(plain, b"avc1", b"xyz1");
    let audio = patched(plain, b"vide", b"soun");

    vec![
        Specimen::new("mp4 of nested boxes", [ftyp.clone(), deep].concat(), DAMAGED),
        Specimen::new("mp4 of a million empty boxes", b"\0\0\0\x08moov".repeat(1_000_000), DAMAGED),
        Specimen::new("mp4 without an index", ftyp, DAMAGED),
        Specimen::new("mp4 with an endless box", b"\0\0\0\0ftypisom".to_vec(), DAMAGED),
        Specimen::new("mp4 with a box of zero bytes", empty, DAMAGED),
        Specimen::new("mp4 with overlapping samples", field(plain, b"stsz", 4, 700), DAMAGED),
        Specimen::new("mp4 of 2^32 fragment samples", field(fragmented, b"trun", 4, u32::MAX), DAMAGED),
        Specimen::new("mp4 whose samples are noise", noisy(plain), DAMAGED),
        Specimen::new("mp4 of an unknown codec", unknown, &["media.unsupported_codec"]),
        Specimen::new("mp4 with audio only", audio, &["media.no_frames"]),
    ]
}

fn malformed_matroska() -> Vec<Specimen> {
    let cluster = b"\x1A\x45\xDF\xA3\x80\x1F\x43\xB6\x75\xFF\xA3\x84\x81\0\0\0".to_vec();
    let long_ids = [b"\x1A\x45\xDF\xA3\x80".as_slice(), &[0; 64]].concat();
    let unknown = patched(clip("vp8.webm"), b"V_VP8", b"V_XP8");

    vec![
        Specimen::new("matroska of one cluster", cluster, DAMAGED),
        Specimen::new("matroska with long element IDs", long_ids, DAMAGED),
        Specimen::new("matroska of an unknown codec", unknown, &["media.unsupported_codec"]),
    ]
}

/// `clip` with its media data replaced by noise.
fn noisy(clip: &[u8]) -> Vec<u8> {
    let at = clip.windows(4).position(|window| window == b"mdat").expect("clip has media data") + 4;
    let end = clip.windows(4).position(|window| window == b"moov").expect("clip has an index") - 4;
    let (start, end) = if at < end { (at, end) } else { (at, clip.len()) };
    [&clip[..start], &super::noise(7, end - start), &clip[end..]].concat()
}
