//! What stored values mean, wherever they are read: of a node of the inventory, or of a frozen row.

use columns::Cell;

/// A text; absent, empty and blank are the same.
pub(crate) fn text(cell: Cell<'_>) -> Option<&str> {
    match cell {
        Cell::Text(text) => Some(text).filter(|text| !text.trim().is_empty()),
        Cell::Bool(_) | Cell::Int(_) | Cell::Float(_) | Cell::Time(_) | Cell::List(_) => None,
    }
}

/// A flag, also when it was loaded as text.
pub(crate) fn flag(cell: Cell<'_>) -> Option<bool> {
    match cell {
        Cell::Bool(flag) => Some(flag),
        Cell::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Cell::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        Cell::Text(_) | Cell::Int(_) | Cell::Float(_) | Cell::Time(_) | Cell::List(_) => None,
    }
}

/// An instant in milliseconds since 1970.
pub(crate) fn time(cell: Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Time(at) => Some(at),
        Cell::Bool(_) | Cell::Int(_) | Cell::Float(_) | Cell::Text(_) | Cell::List(_) => None,
    }
}

/// Whether an identity is active, where that is known: what it says so, else its status.
pub(crate) fn activity(is_active: Option<Cell<'_>>, status: Option<Cell<'_>>) -> Option<bool> {
    let by_status = || status.and_then(text).map(|status| status.eq_ignore_ascii_case("active"));
    is_active.and_then(flag).or_else(by_status)
}
