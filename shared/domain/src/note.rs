//! Notes by their digests.
//!
//! Logs and states never hold the text of a note: they outlive the right to forget it. They hold a digest, and the
//! text lives in an item of its own that can be replaced.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// The largest number of characters of a note.
pub const MAX_CHARS: usize = 4_000;

/// SHA-256 of a note's text under a tag of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NoteDigest(pub [u8; 32]);

impl NoteDigest {
    /// The digest of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(b"access-review/note/1\0");
        hasher.update(text.as_bytes());
        Self(hasher.finalize().into())
    }

    /// The short form kept in row states.
    #[must_use]
    pub fn tag(&self) -> NoteTag {
        let mut tag = [0; 8];
        tag.iter_mut().zip(self.0).for_each(|(to, from)| *to = from);
        NoteTag(tag)
    }
}

/// The first 8 bytes of a [`NoteDigest`]: enough to see that a note is repeated word for word. Whoever went to the
/// trouble of finding a second text with the same tag would only keep his own second text from being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoteTag(pub [u8; 8]);

/// What a command does to the note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NoteEdit {
    /// Leave it.
    #[default]
    Keep,
    /// Remove it.
    Clear,
    /// Replace it by a text with this digest.
    Set(NoteDigest),
}

impl NoteEdit {
    /// What a client means: absent leaves the note, empty or blank removes it, anything else replaces it.
    #[must_use]
    pub fn from_text(text: Option<&str>) -> Self {
        match text {
            None => Self::Keep,
            Some(text) if text.trim().is_empty() => Self::Clear,
            Some(text) => Self::Set(NoteDigest::of(text)),
        }
    }
}

impl fmt::Debug for NoteDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::page::hex::encode(&self.0))
    }
}

impl Serialize for NoteDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&crate::page::hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for NoteDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        crate::page::hex::decode(&text).map(Self).ok_or_else(|| de::Error::custom("not 64 lower-case hex digits"))
    }
}
