//! Streaming reader of ZIP archives.
//!
//! Entries may be stored or deflated; deflated entries may have a data descriptor (sizes after the content).
//! Refused: encryption, other compression methods, entries of 4 GiB or more, and archives whose central
//! directory does not match their entries.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use flate2::{Crc, Decompress, FlushDecompress, Status};
use futures_util::StreamExt;

use super::body::{BodyFault, MeteredBody};
use crate::ApiError;

/// Signature of a local file header.
const LOCAL: u32 = 0x0403_4b50;

/// Signature of a central directory header.
const DIRECTORY: u32 = 0x0201_4b50;

/// Signature of the end of central directory record.
const END: u32 = 0x0605_4b50;

/// General purpose flags of encrypted entries (bit 0) and of an encrypted central directory (bit 13).
const ENCRYPTED: u16 = (1 << 13) | 1;

/// General purpose flag of entries with a data descriptor (bit 3).
const HAS_DESCRIPTOR: u16 = 1 << 3;

/// Optional signature of a data descriptor.
const DESCRIPTOR: u32 = 0x0807_4b50;

/// Size of the output buffer of the inflater, in bytes.
const OUTPUT: usize = 64 * 1024;

/// Error of reading an archive.
#[derive(Debug)]
pub(super) enum ZipFault {
    /// Not a ZIP archive, or an unsupported feature.
    Foreign(&'static str),
    /// Damaged archive.
    Damaged(&'static str),
    /// Error of the request itself.
    Request(ApiError),
}

impl From<ApiError> for ZipFault {
    fn from(error: ApiError) -> Self {
        Self::Request(error)
    }
}

type Result<T> = std::result::Result<T, ZipFault>;

/// Archive read from a request body.
pub(super) struct ZipStream {
    body: MeteredBody,
    idle: Duration,
    buffer: BytesMut,
    ended: bool,
    entries: u64,
    sum: Crc,
    content: Content,
}

/// Rest of the current entry.
enum Content {
    Nothing,
    Stored { left: u32, crc: u32 },
    Deflated { inflater: Box<Decompress>, expected: Option<(u32, u32)> },
}

impl ZipStream {
    pub(super) fn new(body: MeteredBody, idle: Duration) -> Self {
        let (buffer, sum) = (BytesMut::new(), Crc::new());
        Self { body, idle, buffer, ended: false, entries: 0, sum, content: Content::Nothing }
    }

    /// Whether the body is empty.
    pub(super) async fn is_empty(&mut self) -> Result<bool> {
        Ok(!self.fill(1).await?)
    }

    /// Name of the next entry. `None` after the last one, when the central directory has been checked. The
    /// previous entry must be read to its end.
    pub(super) async fn next_entry(&mut self) -> Result<Option<String>> {
        if !self.fill(4).await? {
            let fault = if self.entries == 0 {
                ZipFault::Foreign("the container is not a ZIP archive")
            } else {
                truncated()
            };
            return Err(fault);
        }
        match self.u32_at(0) {
            LOCAL => self.open_entry().await.map(Some),
            DIRECTORY | END if self.entries > 0 || self.u32_at(0) == END => {
                self.read_directory().await?;
                Ok(None)
            }
            _ if self.entries == 0 => Err(ZipFault::Foreign("the container is not a ZIP archive")),
            _ => Err(ZipFault::Damaged("unknown data between entries")),
        }
    }

    /// Next decompressed bytes of the current entry. `None` at its end, when checksum and size have been
    /// verified.
    pub(super) async fn read(&mut self) -> Result<Option<Bytes>> {
        match std::mem::replace(&mut self.content, Content::Nothing) {
            Content::Nothing => Ok(None),
            Content::Stored { left: 0, crc } => self.check(crc).map(|()| None),
            Content::Stored { left, crc } => self.read_stored(left, crc).await.map(Some),
            Content::Deflated { inflater, expected } => self.read_deflated(inflater, expected).await,
        }
    }

    async fn open_entry(&mut self) -> Result<String> {
        self.need(30).await?;
        let flags = self.u16_at(6);
        let method = self.u16_at(8);
        let (crc, packed, size) = (self.u32_at(14), self.u32_at(18), self.u32_at(22));
        let (name, extra) = (usize::from(self.u16_at(26)), usize::from(self.u16_at(28)));

        if flags & ENCRYPTED != 0 {
            return Err(ZipFault::Foreign("an entry is encrypted"));
        }
        let has_descriptor = flags & HAS_DESCRIPTOR != 0;
        self.content = match method {
            _ if packed == u32::MAX || size == u32::MAX => {
                return Err(ZipFault::Foreign("an entry has 4 GiB or more"));
            }
            0 if has_descriptor => {
                return Err(ZipFault::Foreign("a stored entry has its size in a data descriptor"));
            }
            0 if packed != size => return Err(ZipFault::Damaged("a stored entry has two different sizes")),
            0 => Content::Stored { left: size, crc },
            8 => {
                let expected = (!has_descriptor).then_some((crc, size));
                Content::Deflated { inflater: Box::new(Decompress::new(false)), expected }
            }
            _ => return Err(ZipFault::Foreign("an entry uses an unsupported compression method")),
        };

        self.buffer.advance(30);
        self.need(name + extra).await?;
        let name = self.buffer.split_to(name);
        self.buffer.advance(extra);
        self.entries += 1;
        self.sum = Crc::new();
        String::from_utf8(name.to_vec()).map_err(|_| ZipFault::Damaged("a name is not UTF-8"))
    }

    async fn read_stored(&mut self, left: u32, crc: u32) -> Result<Bytes> {
        self.need(1).await?;
        let length = self.buffer.len().min(left as usize);
        let bytes = self.buffer.split_to(length).freeze();
        self.sum.update(&bytes);
        // Lossless: `length` is at most `left`.
        self.content = Content::Stored { left: left - length as u32, crc };
        Ok(bytes)
    }

    async fn read_deflated(
        &mut self,
        mut inflater: Box<Decompress>,
        expected: Option<(u32, u32)>,
    ) -> Result<Option<Bytes>> {
        loop {
            let ended = !self.fill(1).await?;
            let mut output = Vec::with_capacity(OUTPUT);
            let before = inflater.total_in();
            let status = inflater
                .decompress_vec(&self.buffer, &mut output, FlushDecompress::None)
                .map_err(|_| ZipFault::Damaged("the content of an entry cannot be decompressed"))?;
            let used = usize::try_from(inflater.total_in() - before).unwrap_or(usize::MAX);
            self.buffer.advance(used.min(self.buffer.len()));
            self.sum.update(&output);

            match status {
                Status::StreamEnd => {
                    self.end_deflated(&inflater, expected).await?;
                    return Ok((!output.is_empty()).then(|| output.into()));
                }
                _ if !output.is_empty() => {
                    self.content = Content::Deflated { inflater, expected };
                    return Ok(Some(output.into()));
                }
                _ if ended || used == 0 && !self.more().await? => return Err(truncated()),
                _ => {}
            }
        }
    }

    /// Verifies checksum and size of a deflated entry, from its header or its data descriptor.
    async fn end_deflated(&mut self, inflater: &Decompress, expected: Option<(u32, u32)>) -> Result<()> {
        let (crc, size) = match expected {
            Some(expected) => expected,
            None => self.read_descriptor().await?,
        };
        if inflater.total_out() != u64::from(size) {
            return Err(ZipFault::Damaged("the size of an entry is wrong"));
        }
        self.check(crc)
    }

    async fn read_descriptor(&mut self) -> Result<(u32, u32)> {
        self.need(12).await?;
        if self.u32_at(0) == DESCRIPTOR {
            self.need(16).await?;
            self.buffer.advance(4);
        }
        let found = (self.u32_at(0), self.u32_at(8));
        self.buffer.advance(12);
        Ok(found)
    }

    fn check(&self, crc: u32) -> Result<()> {
        if self.sum.sum() == crc {
            Ok(())
        } else {
            Err(ZipFault::Damaged("the checksum of an entry is wrong"))
        }
    }

    /// Reads the central directory and the end record. Nothing may follow.
    async fn read_directory(&mut self) -> Result<()> {
        let mut listed = 0;
        loop {
            self.need(22).await?;
            match self.u32_at(0) {
                DIRECTORY => {
                    self.need(46).await?;
                    let rest = [28, 30, 32].map(|at| usize::from(self.u16_at(at))).iter().sum::<usize>();
                    self.buffer.advance(46);
                    self.need(rest).await?;
                    self.buffer.advance(rest);
                    listed += 1;
                }
                END => break,
                _ => return Err(ZipFault::Damaged("the central directory is malformed")),
            }
        }

        let (stated, comment) = (u64::from(self.u16_at(10)), usize::from(self.u16_at(20)));
        self.buffer.advance(22);
        self.need(comment).await?;
        self.buffer.advance(comment);
        if listed != self.entries || stated != self.entries || self.fill(1).await? {
            return Err(ZipFault::Damaged("the central directory does not match the entries"));
        }
        Ok(())
    }

    async fn need(&mut self, bytes: usize) -> Result<()> {
        if self.fill(bytes).await? { Ok(()) } else { Err(truncated()) }
    }

    /// Reads until `bytes` are buffered. Returns false if the body ends before.
    async fn fill(&mut self, bytes: usize) -> Result<bool> {
        while self.buffer.len() < bytes {
            if !self.more().await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads another chunk. Returns false at the end of the body.
    async fn more(&mut self) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        match tokio::time::timeout(self.idle, self.body.next()).await {
            Err(_) => Err(ZipFault::Request(BodyFault::Stalled.into())),
            Ok(Some(Err(fault))) => Err(ZipFault::Request(fault.into())),
            Ok(Some(Ok(chunk))) => {
                self.buffer.extend_from_slice(&chunk);
                Ok(true)
            }
            Ok(None) => {
                self.ended = true;
                Ok(false)
            }
        }
    }

    fn u16_at(&self, at: usize) -> u16 {
        u16::from_le_bytes([self.buffer[at], self.buffer[at + 1]])
    }

    fn u32_at(&self, at: usize) -> u32 {
        u32::from(self.u16_at(at)) | u32::from(self.u16_at(at + 2)) << 16
    }
}

fn truncated() -> ZipFault {
    ZipFault::Damaged("the archive is truncated")
}
