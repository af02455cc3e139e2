//! The objects of a PDF file, written one after the other, and the table at its end that says where each begins.

use std::io::Write;

use domain::export::Unwritten;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::{Chunk, Filter, Ref};

use crate::unwritten;

/// A file in the making. Of what is written, it keeps the places of the objects alone.
pub(super) struct File {
    written: u64,
    /// Where each object begins; 0 for one that is still to come.
    places: Vec<u64>,
}

impl File {
    /// Writes what a file begins with.
    pub(super) fn begin(out: &mut Vec<u8>) -> Self {
        let head = b"%PDF-1.7\n%\x80\x80\x80\x80\n\n";
        out.extend(head);
        Self { written: head.len() as u64, places: Vec::new() }
    }

    /// A number for an object that is written now or later.
    pub(super) fn number(&mut self) -> Ref {
        self.places.push(0);
        Ref::new(i32::try_from(self.places.len()).unwrap_or(i32::MAX))
    }

    /// Writes one object.
    pub(super) fn object(&mut self, number: Ref, make: impl FnOnce(&mut Chunk, Ref), out: &mut Vec<u8>) {
        let mut chunk = Chunk::new();
        make(&mut chunk, number);
        let place = usize::try_from(number.get()).unwrap_or(0).saturating_sub(1);
        if let Some(place) = self.places.get_mut(place) {
            *place = self.written;
        }
        self.written += chunk.len() as u64;
        out.extend(chunk.as_bytes());
    }

    /// Writes bytes as an object, compressed.
    pub(super) fn stream(&mut self, number: Ref, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Unwritten> {
        let packed = packed(bytes)?;
        self.object(number, |chunk, number| _ = chunk.stream(number, &packed).filter(Filter::FlateDecode), out);
        Ok(())
    }

    /// Writes what a file ends with.
    pub(super) fn finish(self, catalog: Ref, info: Ref, out: &mut Vec<u8>) {
        let size = self.places.len() + 1;
        out.extend(format!("xref\n0 {size}\n0000000000 65535 f \n").bytes());
        for place in &self.places {
            out.extend(format!("{place:010} 00000 n \n").bytes());
        }
        let (root, info, start) = (catalog.get(), info.get(), self.written);
        let trailer =
            format!("trailer\n<< /Size {size} /Root {root} 0 R /Info {info} 0 R >>\nstartxref\n{start}\n%%EOF\n");
        out.extend(trailer.bytes());
    }
}

/// Bytes, compressed.
pub(super) fn packed(bytes: &[u8]) -> Result<Vec<u8>, Unwritten> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).map_err(unwritten)?;
    encoder.finish().map_err(unwritten)
}
