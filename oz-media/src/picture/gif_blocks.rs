//! Block structure of GIF: number of pictures, and whether the trailer is present.
//!
//! Source: GIF89a specification, 31 July 1990.

const HEADER: usize = 13;
const EXTENSION: u8 = 0x21;
const IMAGE: u8 = 0x2C;
const TRAILER: u8 = 0x3B;

/// Result of [`scan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Blocks {
    /// Number of pictures that begin in the file.
    pub(crate) frames: u64,
    /// Whether the trailer was reached.
    pub(crate) complete: bool,
}

/// Walks the blocks of `bytes` once, from front to back.
pub(crate) fn scan(bytes: &[u8]) -> Blocks {
    let mut blocks = Blocks::default();
    let mut at = HEADER + bytes.get(10).map_or(0, |flags| color_table(*flags));

    while let Some(&kind) = bytes.get(at) {
        let next = match kind {
            TRAILER => {
                blocks.complete = true;
                None
            }
            EXTENSION => after_sub_blocks(bytes, at + 2),
            IMAGE => {
                blocks.frames += 1;
                let data = bytes.get(at + 9).map(|flags| at + 11 + color_table(*flags));
                data.and_then(|data| after_sub_blocks(bytes, data))
            }
            // Padding between blocks, which browsers skip too.
            _ => Some(at + 1),
        };
        let Some(next) = next else { break };
        at = next;
    }

    blocks
}

/// Bytes of the colour table announced by `flags`; zero without one.
fn color_table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// Position after the sub-blocks that start at `at`; `None` when the file ends inside.
fn after_sub_blocks(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at;
    loop {
        match *bytes.get(at)? {
            0 => return Some(at + 1),
            length => at += 1 + usize::from(length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_and_the_trailer_is_detected() {
        let header = b"GIF89a\x01\0\x01\0\0\0\0";
        let frame = b"\x21\xF9\x04\0\0\0\0\0\x2C\0\0\0\0\x01\0\x01\0\0\x02\x02\x4C\x01\0";
        let gif = [header.as_slice(), frame, frame, b"\x3B"].concat();
        assert_eq!(scan(&gif), Blocks { frames: 2, complete: true });
        assert_eq!(scan(&gif[..gif.len() - 1]), Blocks { frames: 2, complete: false });
        assert_eq!(scan(b"GIF89a"), Blocks::default());
    }
}
