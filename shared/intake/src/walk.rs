//! Reads a JSON document piece by piece.
//!
//! A picture may be a hundred megabytes, and as a tree of JSON values it would take many times that. So the outer
//! structure is walked as it is parsed, and only one entity at a time becomes a value. Paths are kept on the way, which
//! lets every fault name its place.

use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::report::Report;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// A field of an object.
    Key(String),
    /// A place in a list, from 0.
    Index(usize),
}

/// Where in the document: `accounts[3].email`, or `$` for the document itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Path(pub(crate) Vec<Step>);

impl Path {
    /// The path of a field of this place.
    pub(crate) fn field(&self, name: &str) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Key(name.to_owned()));
        Self(steps)
    }

    /// The path of an entry of this place.
    pub(crate) fn entry(&self, index: usize) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        Self(steps)
    }

    /// The names on the way, without the indexes.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|step| match step {
            Step::Key(name) => Some(name.as_str()),
            Step::Index(_) => None,
        })
    }

    /// The last index on the way, for instance 3 in `accounts[3].email`.
    pub(crate) fn index(&self) -> Option<usize> {
        self.0.iter().rev().find_map(|step| match step {
            Step::Index(index) => Some(*index),
            Step::Key(_) => None,
        })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("$");
        }
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(name) if position == 0 => write!(f, "{name}")?,
                Step::Key(name) => write!(f, ".{name}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// How a place of the document is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// An object whose fields are asked for one by one.
    Object,
    /// A list whose entries are asked for one by one.
    List,
    /// A value, handed over whole.
    Whole,
    /// Not read at all.
    Skip,
}

/// Takes the pieces.
pub(crate) trait Sink {
    /// How to read this place.
    fn shape(&self, path: &Path) -> Shape;
    /// Takes a value whose shape is [`Shape::Whole`].
    fn take(&mut self, path: &Path, value: Value);
    /// Hears that an object is about to be read.
    fn enter(&mut self, _path: &Path) {}
    /// Hears that a field was skipped.
    fn skipped(&mut self, path: &Path);
    /// Where faults go.
    fn report(&mut self) -> &mut Report;
}

/// Walks a document. What is not JSON is a fault at `line:column`; a place that has another shape than the sink wants
/// is a fault at its path, and the walk goes on.
pub(crate) fn walk(bytes: &[u8], sink: &mut dyn Sink) {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let mut path = Path::default();
    let shape = sink.shape(&path);
    let seed = Walker { path: &mut path, shape, sink };
    let done = seed.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    if let Err(error) = done {
        syntax_fault(&error, sink.report());
    }
}

/// Notes a syntax error with its line and column, both from 1.
pub(crate) fn syntax_fault(error: &serde_json::Error, report: &mut Report) {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or(&text);
    let (line, column) = (error.line().max(1), error.column().max(1));
    report.fault(&format_args!("{line}:{column}"), format_args!("not JSON: {message}"));
}

struct Walker<'a> {
    path: &'a mut Path,
    shape: Shape,
    sink: &'a mut dyn Sink,
}

impl Walker<'_> {
    fn wrong<E>(self) -> Result<(), E> {
        let wanted = if self.shape == Shape::List { "must be a list" } else { "must be an object" };
        self.sink.report().fault(&*self.path, wanted);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Walker<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.shape {
            Shape::Object | Shape::List => deserializer.deserialize_any(self),
            Shape::Skip => {
                deserializer.deserialize_ignored_any(IgnoredAny)?;
                self.sink.skipped(self.path);
                Ok(())
            }
            Shape::Whole => {
                let value = <Value as serde::Deserialize>::deserialize(deserializer)?;
                self.sink.take(self.path, value);
                Ok(())
            }
        }
    }
}

impl<'de> Visitor<'de> for Walker<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if self.shape != Shape::Object {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return self.wrong();
        }
        self.sink.enter(self.path);
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            self.path.0.push(Step::Key(key.clone()));
            let shape = self.sink.shape(self.path);
            if shape != Shape::Skip && !seen.insert(key) {
                self.sink.report().fault(&*self.path, "given twice");
                map.next_value::<IgnoredAny>()?;
            } else {
                map.next_value_seed(Walker { path: &mut *self.path, shape, sink: &mut *self.sink })?;
            }
            self.path.0.pop();
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if self.shape != Shape::List {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return self.wrong();
        }
        for index in 0.. {
            self.path.0.push(Step::Index(index));
            let shape = self.sink.shape(self.path);
            let seed = Walker { path: &mut *self.path, shape, sink: &mut *self.sink };
            let found = list.next_element_seed(seed)?;
            self.path.0.pop();
            if found.is_none() {
                return Ok(());
            }
        }
        Err(A::Error::custom("a list without end"))
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        // Null stands for an absent field, but not for the document or an entry of a list.
        match self.path.0.last() {
            Some(Step::Key(_)) => Ok(()),
            Some(Step::Index(_)) | None => self.wrong(),
        }
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        self.wrong()
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        self.wrong()
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        self.wrong()
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        self.wrong()
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        self.wrong()
    }
}
