//! Writes a graph as the bytes of a file.
//!
//! Writing megabytes of weights for each input would take most of the time. All constants but the smallest therefore refer to
//! the same zeros behind the `FlatBuffer`, which stay from one input to the next.

use planus::Builder;

use crate::schema::tflite::{Buffer, Model};

/// Bytes before the weights, which the graph must fit into.
const HEAD: usize = 128 << 10;
/// Bytes of zeros: more than the largest constant of the seven models.
const ZEROS: usize = 1 << 20;
/// Bytes after the zeros that are not finite numbers.
const NANS: usize = 64 << 10;
/// Maximum size of constants that are kept: axes of means and sizes of feature maps.
const MAX_KEPT: usize = 64;

/// Makes a large constant refer to the shared zeros.
pub(crate) fn share_weights(buffer: &mut Buffer) {
    let length = buffer.data.as_ref().map_or(0, Vec::len);
    if length > MAX_KEPT {
        assert!(length <= ZEROS, "a constant of {length} bytes");
        buffer.data = None;
        (buffer.offset, buffer.size) = (HEAD as u64, length as u64);
    }
}

/// The bytes of a file without shared weights.
pub(crate) fn write(model: &Model) -> Vec<u8> {
    let mut bytes = Vec::new();
    with_identifier(Builder::new().finish(model, None), &mut bytes);
    bytes
}

/// A file whose graph is replaced and whose weights stay.
pub(crate) struct File {
    bytes: Vec<u8>,
    /// Length of the last graph.
    used: usize,
    builder: Builder,
}

impl Default for File {
    fn default() -> Self {
        let mut bytes = vec![0; HEAD + ZEROS + NANS];
        bytes[HEAD + ZEROS..].fill(0xff);
        Self { bytes, used: 0, builder: Builder::new() }
    }
}

impl File {
    /// The file of this graph, with some bits of the graph flipped; `None` if the graph is too large.
    pub(crate) fn write(&mut self, model: &Model, flips: &[(u16, u8)]) -> Option<&[u8]> {
        let mut graph = Vec::new();
        self.builder.clear();
        with_identifier(self.builder.finish(model, None), &mut graph);
        let head = self.bytes.get_mut(..graph.len()).filter(|head| head.len() <= HEAD)?;
        head.copy_from_slice(&graph);
        for (at, bit) in flips {
            let at = usize::from(*at) % head.len();
            head[at] ^= 1 << (bit % 8);
        }
        // The target of a damaged offset must not depend on the previous input.
        if self.used > graph.len() {
            self.bytes[graph.len()..self.used].fill(0);
        }
        self.used = graph.len();
        Some(&self.bytes)
    }
}

/// Planus 1.3.0 writes an identifier before the offset of the root; it belongs after it.
fn with_identifier(written: &[u8], bytes: &mut Vec<u8>) {
    let (root, rest) = written.split_first_chunk().expect("a root");
    let root = u32::from_le_bytes(*root) + 4;
    bytes.extend(root.to_le_bytes());
    bytes.extend(b"TFL3");
    bytes.extend(rest);
}
