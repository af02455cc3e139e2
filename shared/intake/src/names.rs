//! Finds things by id or name: as it is spelled, else without regard to letter case, and never one of several that it may
//! be.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

/// Why a word stands for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Miss {
    /// Nothing answers to it.
    Unknown,
    /// Several things do: two of them.
    Several(Box<str>, Box<str>),
}

impl Miss {
    /// What is wrong with a word that should name something of a kind.
    pub(crate) fn of<'a>(&'a self, kind: &'a str, word: &'a str) -> impl fmt::Display + 'a {
        fmt::from_fn(move |f| match self {
            Self::Unknown => write!(f, "unknown {kind} `{word}`"),
            Self::Several(one, other) => write!(f, "{kind} `{word}` may be `{one}` or `{other}`"),
        })
    }
}

/// Words as they are spelled, by what they are in lower case.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spellings(HashMap<String, (Box<str>, Option<Box<str>>)>);

impl Spellings {
    pub(crate) fn add(&mut self, word: &str) {
        match self.0.entry(word.to_lowercase()) {
            Entry::Vacant(vacant) => _ = vacant.insert((word.into(), None)),
            Entry::Occupied(mut held) => {
                let (first, other) = held.get_mut();
                if &**first != word && other.is_none() {
                    *other = Some(word.into());
                }
            }
        }
    }

    /// The one spelling of a word.
    pub(crate) fn find(&self, word: &str) -> Result<&str, Miss> {
        match self.0.get(&word.to_lowercase()) {
            None => Err(Miss::Unknown),
            Some((only, None)) => Ok(only),
            Some((one, Some(other))) => Err(Miss::Several(one.clone(), other.clone())),
        }
    }
}

/// What answers to a word.
#[derive(Debug, Clone)]
struct Held<T> {
    thing: T,
    id: Box<str>,
    /// The id of another thing that answers to the same word.
    other: Option<Box<str>>,
}

/// Things by words of one kind that they answer to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names<T> {
    exact: HashMap<String, Held<T>>,
    spellings: Spellings,
}

impl<T: Copy + PartialEq> Names<T> {
    pub(crate) fn new() -> Self {
        Self { exact: HashMap::new(), spellings: Spellings::default() }
    }

    /// Lets a thing answer to a word; `id` tells it from others that do.
    pub(crate) fn add(&mut self, word: &str, id: &str, thing: T) {
        match self.exact.entry(word.to_owned()) {
            Entry::Vacant(vacant) => _ = vacant.insert(Held { thing, id: id.into(), other: None }),
            Entry::Occupied(mut held) => {
                let held = held.get_mut();
                if held.thing != thing && held.other.is_none() {
                    held.other = Some(id.into());
                }
            }
        }
        self.spellings.add(word);
    }

    /// What answers to a word, in whatever letter case where nothing does as it is spelled.
    pub(crate) fn find(&self, word: &str) -> Result<T, Miss> {
        match self.exact(word) {
            Err(Miss::Unknown) => self.folded(word),
            found => found,
        }
    }

    /// What answers to a word as it is spelled.
    pub(crate) fn exact(&self, word: &str) -> Result<T, Miss> {
        match self.exact.get(word) {
            None => Err(Miss::Unknown),
            Some(Held { thing, other: None, .. }) => Ok(*thing),
            Some(Held { id, other: Some(other), .. }) => Err(Miss::Several(id.clone(), other.clone())),
        }
    }

    fn folded(&self, word: &str) -> Result<T, Miss> {
        self.spellings.find(word).and_then(|spelled| self.exact(spelled))
    }
}

/// Things with an id and a name. Where words fit several, the exact spelling wins over another letter case, and then the
/// id over the name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Directory<T> {
    by_id: Names<T>,
    by_name: Names<T>,
}

impl<T: Copy + PartialEq> Directory<T> {
    pub(crate) fn new() -> Self {
        Self { by_id: Names::new(), by_name: Names::new() }
    }

    pub(crate) fn add(&mut self, id: &str, name: &str, thing: T) {
        self.by_id.add(id, id, thing);
        self.by_name.add(name, id, thing);
    }

    /// The thing of an id or name.
    pub(crate) fn find(&self, word: &str) -> Result<T, Miss> {
        let Self { by_id, by_name } = self;
        let ways: [&dyn Fn() -> Result<T, Miss>; 4] =
            [&|| by_id.exact(word), &|| by_name.exact(word), &|| by_id.folded(word), &|| by_name.folded(word)];
        ways.iter().map(|way| way()).find(|found| *found != Err(Miss::Unknown)).unwrap_or(Err(Miss::Unknown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn several<T>(one: &str, other: &str) -> Result<T, Miss> {
        Err(Miss::Several(one.into(), other.into()))
    }

    #[test]
    fn the_exact_spelling_wins_and_another_letter_case_only_where_it_is_one() {
        let mut names = Names::new();
        for (n, word) in ["Clerks", "CLERKS", "Heads"].into_iter().enumerate() {
            names.add(word, word, n);
        }
        assert_eq!((names.find("Clerks"), names.find("CLERKS"), names.find("heads")), (Ok(0), Ok(1), Ok(2)));
        assert_eq!(names.find("clerks"), several("Clerks", "CLERKS"));
        assert_eq!(names.find("others"), Err(Miss::Unknown));
        assert_eq!(Miss::Unknown.of("group", "x").to_string(), "unknown group `x`");
        let Err(miss) = names.find("clerks") else { unreachable!("it is one of two") };
        assert_eq!(miss.of("group", "clerks").to_string(), "group `clerks` may be `Clerks` or `CLERKS`");
    }

    #[test]
    fn the_id_wins_over_the_name_and_the_spelling_over_both() {
        let mut things = Directory::new();
        for (n, (id, name)) in [("a", "B"), ("b", "x"), ("c", "y"), ("d", "y")].into_iter().enumerate() {
            things.add(id, name, n);
        }
        assert_eq!((things.find("b"), things.find("B")), (Ok(1), Ok(0)), "each as it is spelled");
        assert_eq!(things.find("A"), Ok(0), "an id in another letter case");
        assert_eq!(things.find("X"), Ok(1), "a name in another letter case");
        assert_eq!(things.find("y"), several("c", "d"), "a name of two is neither's");
        assert_eq!(things.find("Y"), several("c", "d"));
    }
}
