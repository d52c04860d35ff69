//! From a graph to the bytes of a file. Writing megabytes of weights for each input would take most of the time: all
//! constants but the smallest are the same zeros, behind the `FlatBuffer`, where they stay from one input to the next.

use planus::Builder;

use crate::schema::tflite::{Buffer, Model};

/// Bytes in front of the weights, which the graph has to fit into.
const HEAD: usize = 128 << 10;
/// Bytes of zeros: more than the largest constant of the seven networks takes.
const ZEROS: usize = 1 << 20;
/// Bytes behind the zeros that are no finite numbers.
const NANS: usize = 64 << 10;
/// Constants up to here are kept as they are: the axes of means, and the sizes of maps.
const KEPT: usize = 64;

/// Has a large constant read its zeros from the shared part.
pub(crate) fn share_weights(buffer: &mut Buffer) {
    let length = buffer.data.as_ref().map_or(0, Vec::len);
    if length > KEPT {
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

/// A file whose graph is written anew and whose weights stay.
pub struct File {
    bytes: Vec<u8>,
    /// How much of the head the last graph took.
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
    /// The file of this graph, with some bits of the graph's own bytes flipped; nothing where the graph is too large.
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
        // Where an offset that was damaged points must not depend on the input before.
        if self.used > graph.len() {
            self.bytes[graph.len()..self.used].fill(0);
        }
        self.used = graph.len();
        Some(&self.bytes)
    }
}

/// Planus 1.3.0 writes an identifier ahead of the root's offset, where it belongs behind it.
fn with_identifier(written: &[u8], bytes: &mut Vec<u8>) {
    let (root, rest) = written.split_first_chunk().expect("a root");
    let root = u32::from_le_bytes(*root) + 4;
    bytes.extend(root.to_le_bytes());
    bytes.extend(b"TFL3");
    bytes.extend(rest);
}
