//! A page of a list, as every list of this crate answers it.

/// What was found, and how to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The things of this page, in the order of the list. May be shorter than the limit although there is more, when
    /// the search stopped at its bound of examined rows.
    pub items: Vec<T>,
    /// Where the next page starts: opaque, bound to the list, its filters and its order. `None` on the last page.
    pub next: Option<String>,
    /// The cursor of the last item of this page, also on the last page; `None` when the page is empty and the last.
    pub end: Option<String>,
    /// Whether something lies before this page.
    pub has_previous: bool,
}

impl<T> Page<T> {
    /// A page without anything on it and nothing after it.
    pub fn empty() -> Self {
        Self { items: Vec::new(), next: None, end: None, has_previous: false }
    }

    /// Whether there is more after this page.
    pub fn has_more(&self) -> bool {
        self.next.is_some()
    }

    /// The same page of other things.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        let Self { items, next, end, has_previous } = self;
        Page { items: items.into_iter().map(each).collect(), next, end, has_previous }
    }
}
