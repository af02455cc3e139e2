//! Where the bytes of uploads lie, and how they come back: in one piece, or put together from parts.

use store::upload::Upload;

use crate::deps::{Deps, Fetched};
use crate::error::Error;

/// Where uploads lie in the object store.
pub(super) const FOLDER: &str = "uploads/";
/// Where parts lie there.
pub(super) const PARTS: &str = "uploads/parts/";

/// Where a part lies.
pub(super) fn part_of(upload: &Upload, number: u32) -> String {
    format!("{}/{number:05}", upload.object)
}

/// The whole payload. It may be compressed, as the payload of a push in one piece may be.
pub(super) async fn together(deps: &Deps, upload: &Upload) -> Result<Vec<u8>, Error> {
    let total: u64 = upload.parts.iter().map(|part| part.bytes).sum();
    let mut whole = Vec::with_capacity(usize::try_from(total).unwrap_or_default());
    for part in &upload.parts {
        whole.extend(fetched(deps, &part_of(upload, part.number), part.bytes).await?);
    }
    match whole.starts_with(&[0x1f, 0x8b]) {
        true => intake::oaa::gunzip(&whole).map_err(|issue| Error::invalid("$", issue)),
        false => Ok(whole),
    }
}

/// The bytes of an object.
pub(super) async fn fetched(deps: &Deps, object: &str, max: u64) -> Result<Vec<u8>, Error> {
    match deps.objects.get(object, max).await? {
        Fetched::Whole(bytes) => Ok(bytes),
        Fetched::TooLarge => Err(Error::TooLarge(format!("longer than {max} bytes"))),
        Fetched::Absent => Err(Error::invalid("$", "the bytes are not there any more")),
    }
}
