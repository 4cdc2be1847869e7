//! The `ffmpeg` program as a decoder of last resort: in a process of its own, on a leash, never linked.
pub struct FfmpegConfig;
pub struct FfmpegDecoder;
