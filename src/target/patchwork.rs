//! Texts that deltas make of other texts, not put together but kept as pieces of what was inflated, and the words in them.
//!
//! A version of a file differs from the one before in a few lines. What a delta copies holds the words that stood there before;
//! only what it adds, and the borders, have to be looked at. Format facts: `git help gitformat-pack`, "Deltified representation".

use super::tree::LARGEST;
use super::words::{self, Held, Hit, Words};

/// The texts from a whole one down to one of its children's children, each told against the one before.
pub(super) struct Patchwork<'w> {
    words: &'w Words,
    /// What was inflated: the whole text first, then deltas.
    buffers: Vec<Vec<u8>>,
    texts: Vec<Pieces>,
}

/// A text as pieces of buffers.
#[derive(Default)]
struct Pieces {
    pieces: Vec<Piece>,
    len: usize,
    hits: Vec<Hit>,
}

#[derive(Clone, Copy)]
struct Piece {
    buffer: u32,
    start: u32,
    len: u32,
    /// Its offset in the text.
    at: u32,
}

/// A text of more pieces is put together instead.
const MOST_PIECES: usize = 1 << 16;

impl<'w> Patchwork<'w> {
    pub(super) fn new(words: &'w Words) -> Self {
        Patchwork {
            words,
            buffers: Vec::new(),
            texts: Vec::new(),
        }
    }

    /// Puts a text, or a delta of the text at `depth - 1`, at a depth; what is at that depth and below goes. Returns the words that
    /// the text holds, `None` where it can't be told.
    pub(super) fn put(&mut self, depth: usize, inflated: Vec<u8>) -> Option<Held> {
        self.buffers.truncate(depth);
        self.texts.truncate(depth);
        if self.texts.len() < depth {
            return None;
        }
        let whole = match depth {
            0 => Some(self.whole(&inflated)?),
            _ => None,
        };
        self.buffers.push(inflated);
        let text = match whole {
            Some(text) => text,
            None => self.delta(depth)?,
        };
        let held = text
            .hits
            .iter()
            .fold(0, |bits, hit| bits | words::bit(hit.word));
        self.texts.push(text);
        Some(held)
    }

    fn whole(&self, text: &[u8]) -> Option<Pieces> {
        let piece = Piece {
            buffer: 0,
            start: 0,
            len: u32::try_from(text.len()).ok()?,
            at: 0,
        };
        Some(Pieces {
            pieces: vec![piece],
            len: text.len(),
            hits: self.words.hits(text),
        })
    }

    fn delta(&self, depth: usize) -> Option<Pieces> {
        let delta = &self.buffers[depth];
        let parent = &self.texts[depth - 1];
        let mut rest = &delta[..];
        let (base_len, len) = (length(&mut rest)?, length(&mut rest)?);
        if base_len != parent.len || len as u64 > LARGEST {
            return None;
        }
        // Words are rare: one search over all that is added, and its parts only where it holds one.
        let adds_words = self.words.held(delta) != 0;
        let mut text = Pieces::default();
        let mut borders = Vec::new();
        while let Some(op) = next(&mut rest, delta.len())? {
            let begins = text.len;
            let before = text
                .pieces
                .last()
                .and_then(|piece| self.bytes(*piece).last());
            let after = match op {
                Op::Copy { from, .. } => self.byte(parent, from),
                Op::Add { start, .. } => delta.get(start),
            };
            if let (Some(before), Some(after)) = (before, after)
                && self.words.may_cross(*before, *after)
            {
                borders.push(begins);
            }
            match op {
                Op::Copy { from, len } => {
                    parent.copy(from, len, &mut text)?;
                    text.inherit(parent, self.words, from, len, begins);
                }
                Op::Add { start, len } => {
                    text.pieces.push(Piece {
                        buffer: u32::try_from(depth).ok()?,
                        start: u32::try_from(start).ok()?,
                        len: u32::try_from(len).ok()?,
                        at: u32::try_from(begins).ok()?,
                    });
                    text.len += len;
                    if adds_words {
                        let hits = self.words.hits(&delta[start..start + len]);
                        text.hits.extend(hits.into_iter().map(|hit| Hit {
                            at: hit.at + begins,
                            ..hit
                        }));
                    }
                }
            }
            if text.pieces.len() > MOST_PIECES {
                return None;
            }
        }
        if text.len != len {
            return None;
        }
        for border in borders {
            self.cross(&mut text, border);
        }
        text.hits.sort_unstable();
        text.hits.dedup();
        Some(text)
    }

    fn bytes(&self, piece: Piece) -> &[u8] {
        let start = piece.start as usize;
        &self.buffers[piece.buffer as usize][start..start + piece.len as usize]
    }

    fn byte(&self, text: &Pieces, offset: usize) -> Option<&u8> {
        let piece = text.pieces.get(text.piece_at(offset))?;
        self.bytes(*piece)
            .get(offset.checked_sub(piece.at as usize)?)
    }

    /// Adds the hits that go across a border.
    fn cross(&self, text: &mut Pieces, border: usize) {
        let reach = self.words.longest().saturating_sub(1);
        let begins = border.saturating_sub(reach);
        let ends = (border + reach).min(text.len);
        let window = self.slice(text, begins, ends);
        let hits = self.words.hits(&window).into_iter().map(|hit| Hit {
            at: hit.at + begins,
            ..hit
        });
        let crosses = |hit: &Hit| hit.at < border && border < hit.at + self.words.len_of(*hit);
        text.hits.extend(hits.filter(crosses));
    }

    fn slice(&self, text: &Pieces, begins: usize, ends: usize) -> Vec<u8> {
        let mut slice = Vec::with_capacity(ends - begins);
        for piece in &text.pieces[text.piece_at(begins)..] {
            let at = piece.at as usize;
            if at >= ends {
                break;
            }
            let bytes = self.bytes(*piece);
            let (from, to) = (begins.saturating_sub(at), (ends - at).min(bytes.len()));
            slice.extend_from_slice(&bytes[from.min(to)..to]);
        }
        slice
    }
}

impl Pieces {
    /// The piece that holds an offset.
    fn piece_at(&self, offset: usize) -> usize {
        let behind = self
            .pieces
            .partition_point(|piece| piece.at as usize <= offset);
        behind.saturating_sub(1)
    }

    /// Copies a part of this text to the end of another.
    fn copy(&self, from: usize, len: usize, to: &mut Pieces) -> Option<()> {
        let ends = from.checked_add(len).filter(|ends| *ends <= self.len)?;
        let mut at = from;
        for piece in &self.pieces[self.piece_at(from)..] {
            if at >= ends {
                break;
            }
            let inside = at - piece.at as usize;
            let part = (piece.len as usize - inside).min(ends - at);
            let part = u32::try_from(part).ok()?;
            let start = piece.start + u32::try_from(inside).ok()?;
            match to.pieces.last_mut() {
                // What was cut and stands together again is one piece.
                Some(last) if last.buffer == piece.buffer && last.start + last.len == start => {
                    last.len += part;
                }
                _ => to.pieces.push(Piece {
                    buffer: piece.buffer,
                    start,
                    len: part,
                    at: u32::try_from(to.len).ok()?,
                }),
            }
            to.len += part as usize;
            at += part as usize;
        }
        (at == ends).then_some(())
    }

    /// Takes over the hits that lie inside of what was copied.
    fn inherit(&mut self, parent: &Pieces, words: &Words, from: usize, len: usize, to: usize) {
        let first = parent.hits.partition_point(|hit| hit.at < from);
        let ends = from + len;
        let inside = parent.hits[first..]
            .iter()
            .take_while(|hit| hit.at < ends)
            .filter(|hit| hit.at + words.len_of(**hit) <= ends);
        self.hits.extend(inside.map(|hit| Hit {
            at: hit.at - from + to,
            ..*hit
        }));
    }
}

/// What a delta does next.
enum Op {
    Copy {
        from: usize,
        len: usize,
    },
    /// Bytes of the delta itself.
    Add {
        start: usize,
        len: usize,
    },
}

/// Reads a length: seven bits a byte, the lowest first.
fn length(rest: &mut &[u8]) -> Option<usize> {
    let mut value = 0usize;
    let mut shift = 0;
    loop {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        value |= usize::from(byte & 0x7f).checked_shl(shift)?;
        shift += 7;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
}

/// Reads the next instruction of a delta of `whole` bytes; `Some(None)` at its end, `None` where it is broken.
#[expect(clippy::option_option, reason = "an end and a break are two things")]
fn next(rest: &mut &[u8], whole: usize) -> Option<Option<Op>> {
    let Some((&first, mut behind)) = rest.split_first() else {
        return Some(None);
    };
    let op = if first & 0x80 == 0 {
        let len = usize::from(first);
        let start = whole - behind.len();
        behind = behind.get(len..).filter(|_| len > 0)?;
        Op::Add { start, len }
    } else {
        let mut number = |bits: u8, count: u32| {
            (0..count).try_fold(0usize, |value, at| {
                if bits >> at & 1 == 0 {
                    return Some(value);
                }
                let (byte, rest) = behind.split_first()?;
                behind = rest;
                Some(value | usize::from(*byte) << (8 * at))
            })
        };
        let from = number(first & 0x0f, 4)?;
        let len = number(first >> 4 & 0x07, 3)?;
        Op::Copy {
            from,
            len: if len == 0 { 0x1_0000 } else { len },
        }
    };
    *rest = behind;
    Some(Some(op))
}
