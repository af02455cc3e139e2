//! Answers that stay below what a function may send: a page that is too large is asked for again with fewer entries, so
//! that its cursor still says where to go on.

use std::io::{self, Write};

use app::error::Error;
use serde_json::Value;

use crate::exchange::Answer;

/// The largest body of an answer, in bytes. A function may send 6 MB, in which every quote counts twice.
pub const MAX_BODY: usize = 4 << 20;

/// Answers a page of at most `limit` entries that fits. `page` makes the body for a limit; it is asked again with a
/// smaller one as long as the body is too large, down to a single entry.
///
/// # Errors
/// Those of `page`.
pub async fn page(limit: usize, page: impl AsyncFn(usize) -> Result<Value, Error>) -> Result<Answer, Error> {
    within(MAX_BODY, limit, page).await
}

async fn within(
    most: usize,
    mut limit: usize,
    page: impl AsyncFn(usize) -> Result<Value, Error>,
) -> Result<Answer, Error> {
    loop {
        let body = page(limit).await?;
        let size = size(&body);
        if size <= most || limit <= 1 {
            return Ok(Answer::ok(body));
        }
        // A tenth below proportion, because entries differ in size.
        let fitting = limit.saturating_mul(most / 10 * 9) / size;
        limit = fitting.clamp(1, limit - 1);
    }
}

/// How many bytes a body takes when it is written.
fn size(body: &Value) -> usize {
    let mut counter = Counter(0);
    // Counting cannot fail, and neither can writing a value.
    let _ = serde_json::to_writer(&mut counter, body);
    counter.0
}

struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use serde_json::json;

    use super::*;
    use crate::exchange::Content;

    /// Pages of entries that take `each` bytes; answers the limits that were asked for and the number of entries.
    fn asked(limit: usize, each: usize, most: usize) -> (Vec<usize>, usize) {
        let limits = RefCell::new(Vec::new());
        let list = async |limit: usize| {
            limits.borrow_mut().push(limit);
            Ok(json!({ "entries": vec!["x".repeat(each - 3); limit] }))
        };
        let answer = match pin!(within(most, limit, list)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(Answer { content: Content::Json(body), .. })) => body,
            _ => panic!("nothing here waits"),
        };
        let entries = answer["entries"].as_array().unwrap().len();
        (limits.into_inner(), entries)
    }

    use std::future::Future as _;

    #[test]
    fn a_page_that_fits_is_asked_for_once() {
        assert_eq!(asked(10, 100, 2000), (vec![10], 10));
    }

    #[test]
    fn a_page_that_is_too_large_is_asked_for_again_with_fewer_entries() {
        let (limits, entries) = asked(100, 100, 2000);
        assert_eq!(limits.len(), 2);
        assert!((15..=20).contains(&entries), "{entries}");
    }

    #[test]
    fn a_single_entry_is_answered_whatever_its_size() {
        let (limits, entries) = asked(3, 10_000, 2000);
        assert_eq!((limits.first(), entries), (Some(&3), 1));
    }

    #[test]
    fn sizes_are_those_of_the_written_body() {
        let body = json!({ "a": ["ü", 1, null], "b": "\"" });
        assert_eq!(size(&body), body.to_string().len());
    }
}
