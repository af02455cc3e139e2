//! Answers that stay below what a function may send: a page that is too large is asked for again with fewer entries, so
//! that its cursor still says where to go on.

use std::io::{self, Write};

use app::page::Page;
use serde_json::Value;

use crate::exchange::Answer;

/// The largest body of an answer, in bytes. A function may send 6 MB, in which every quote and every backslash of a body is
/// escaped once more: a body of many such is the smaller.
pub const MAX_BODY: usize = 4 << 20;

/// The answer, when a page of at most `limit` entries is small enough, or cannot be smaller. Else lowers `limit` to what
/// should fit: the page is to be asked for again with that.
#[must_use]
pub fn answer(page: Value, limit: &mut usize) -> Option<Answer> {
    answer_within(page, MAX_BODY, limit)
}

/// The same for a body of at most `most` bytes.
#[must_use]
pub fn answer_within(page: Value, most: usize, limit: &mut usize) -> Option<Answer> {
    match fewer(size(&page), *limit, most) {
        None => Some(Answer::ok(page)),
        Some(fewer) => {
            *limit = fewer;
            None
        }
    }
}

/// The same for a list of entries, which may be far fewer than were asked for.
#[must_use]
pub fn page<T>(page: &Page<T>, encode: impl Fn(&Page<T>) -> Value, limit: &mut usize) -> Option<Answer> {
    *limit = (*limit).min(page.items.len());
    answer(encode(page), limit)
}

/// The answer with a list that has no pages: all of its `entries`, or the first ones, as many as an answer holds. `encode`
/// is told how many.
#[must_use]
pub fn first(encode: impl Fn(usize) -> Value, entries: usize) -> Answer {
    let mut limit = entries;
    loop {
        if let Some(answer) = answer(encode(limit), &mut limit) {
            return answer;
        }
    }
}

/// How many entries should fit where `limit` of them took `size` bytes; `None` when they fit, or are one.
fn fewer(size: usize, limit: usize, most: usize) -> Option<usize> {
    if size <= most || limit <= 1 {
        return None;
    }
    // A tenth below proportion, because entries differ in size.
    let fitting = limit.saturating_mul(most / 10 * 9) / size;
    Some(fitting.clamp(1, limit - 1))
}

/// How large a body is against [`MAX_BODY`]: what it takes when it is written, or, where much of it is escaped when it is
/// sent, as much of that as keeps below what a function may send.
fn size(body: &Value) -> usize {
    let mut counter = Counter::default();
    // Counting cannot fail, and neither can writing a value.
    let _ = serde_json::to_writer(&mut counter, body);
    counter.written.max((counter.written + counter.escaped) / 10 * 7)
}

#[derive(Default)]
struct Counter {
    written: usize,
    /// Bytes that sending puts a backslash before.
    escaped: usize,
}

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.written += bytes.len();
        self.escaped += bytes.iter().filter(|byte| matches!(byte, b'"' | b'\\')).count();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_that_fits_is_answered() {
        let mut limit = 10;
        let answered = answer(json!({ "entries": [1, 2] }), &mut limit);
        assert_eq!((answered, limit), (Some(Answer::ok(json!({ "entries": [1, 2] }))), 10));
    }

    #[test]
    fn a_page_that_is_too_large_is_to_be_asked_for_again_with_fewer_entries() {
        let mut limit = 2000;
        let entry = "x".repeat(8000);
        let page = |entries: usize| json!({ "entries": vec![&entry; entries] });
        assert_eq!(answer(page(2000), &mut limit), None);
        assert!((400..=524).contains(&limit), "{limit}");
        assert!(answer(page(limit), &mut limit).is_some());
    }

    #[test]
    fn a_page_of_fewer_entries_than_were_asked_for_shrinks_from_what_it_holds() {
        let entry = "x".repeat(8000);
        let held = |items: usize| Page { items: vec![(); items], next: None, end: None, has_previous: false };
        let encode = |page: &Page<()>| json!({ "entries": vec![&entry; page.items.len()] });
        let mut limit = 1_000_000;
        assert_eq!(page(&held(600), encode, &mut limit), None);
        assert!((400..=524).contains(&limit), "{limit}");
        assert!(page(&held(limit), encode, &mut limit).is_some());
        let mut limit = 1_000_000;
        assert!(page(&held(0), encode, &mut limit).is_some(), "an empty list is an answer");
    }

    #[test]
    fn a_body_that_doubles_when_it_is_sent_is_the_smaller() {
        let entry = "\"".repeat(4_000);
        let mut limit = 1_000;
        let page = |entries: usize| json!({ "entries": vec![&entry; entries] });
        let body = loop {
            if let Some(answer) = answer(page(limit), &mut limit) {
                break answer.content;
            }
        };
        let crate::exchange::Content::Json(body) = body else { panic!("JSON") };
        let sent = serde_json::to_string(&body.to_string()).unwrap().len();
        assert!((4 << 20..(6 << 20) - (64 << 10)).contains(&sent), "{sent} bytes for {limit} entries");
    }

    #[test]
    fn every_try_asks_for_fewer_down_to_one_entry() {
        assert_eq!(fewer(2001, 3, 2000), Some(2));
        assert_eq!(fewer(1 << 40, 3, 2000), Some(1));
        assert_eq!(fewer(1 << 40, 1, 2000), None);
        assert_eq!(fewer(2000, 3, 2000), None);
    }

    #[test]
    fn sizes_are_those_of_the_written_body() {
        let body = json!({ "a": ["ü", 1, null], "b": "\"" });
        assert_eq!(size(&body), body.to_string().len());
    }
}
