//! Finds things by id or name, exactly or without regard to letter case.

use std::collections::HashMap;

/// Things by the words they answer to. The exact spelling wins over another letter case, and who came first wins over
/// who came later.
#[derive(Debug)]
pub(super) struct Names<T> {
    exact: HashMap<String, T>,
    folded: HashMap<String, T>,
}

impl<T: Copy> Names<T> {
    pub(super) fn new() -> Self {
        Self { exact: HashMap::new(), folded: HashMap::new() }
    }

    /// Lets a thing answer to a word, unless something does already.
    pub(super) fn add(&mut self, word: &str, thing: T) {
        self.exact.entry(word.to_owned()).or_insert(thing);
        self.folded.entry(word.to_lowercase()).or_insert(thing);
    }

    pub(super) fn find(&self, word: &str) -> Option<T> {
        self.exact.get(word).or_else(|| self.folded.get(&word.to_lowercase())).copied()
    }
}

/// Things with an id and a name: the id wins.
#[derive(Debug)]
pub(super) struct Directory<T> {
    by_id: Names<T>,
    by_name: Names<T>,
}

impl<T: Copy> Directory<T> {
    pub(super) fn new() -> Self {
        Self { by_id: Names::new(), by_name: Names::new() }
    }

    pub(super) fn add(&mut self, id: &str, name: &str, thing: T) {
        self.by_id.add(id, thing);
        self.by_name.add(name, thing);
    }

    pub(super) fn find(&self, word: &str) -> Option<T> {
        self.by_id.find(word).or_else(|| self.by_name.find(word))
    }
}
