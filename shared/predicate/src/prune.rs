//! Whether a block may hold a row of which a predicate holds, from its zone map alone.
//!
//! Each node is asked two things, whether it may hold of some row and whether it may fail of some row, because a
//! negation swaps them. Both may err towards yes only.

use columns::{Texts, Zone, ZoneMap};

use crate::check::Checked;
use crate::matcher::{Bound, Matcher};
use crate::node::{Leaf, Node};
use crate::syntax::Number;

/// What may be found in a block.
#[derive(Clone, Copy, Debug)]
struct May {
    hold: bool,
    fail: bool,
}

const EITHER: May = May { hold: true, fail: true };

impl Checked {
    /// Whether a row of the block may pass. `false` is certain: the block need not be read.
    #[must_use]
    pub fn may_match(&self, map: &ZoneMap) -> bool {
        map.rows > 0 && may(&self.node, map, false).hold
    }
}

/// `related`: the columns are lists of which one place is tested at a time.
fn may(node: &Node, map: &ZoneMap, related: bool) -> May {
    match node {
        Node::All(parts) => {
            let parts = parts.nodes.iter().map(|part| may(part, map, related));
            parts.fold(May { hold: true, fail: false }, |all, part| May {
                hold: all.hold && part.hold,
                fail: all.fail || part.fail,
            })
        }
        Node::Any(parts) => {
            let parts = parts.nodes.iter().map(|part| may(part, map, related));
            parts.fold(May { hold: false, fail: true }, |any, part| May {
                hold: any.hold || part.hold,
                fail: any.fail && part.fail,
            })
        }
        Node::Not(part) => {
            let part = may(part, map, related);
            May { hold: part.fail, fail: part.hold }
        }
        Node::Joined { inner, .. } => may(inner, map, related),
        Node::Related(inner) => May { hold: may(&inner.inner, map, true).hold, fail: true },
        Node::Leaf(leaf) => {
            let part = may_leaf(leaf, map, related);
            if leaf.negated { May { hold: part.fail, fail: part.hold } } else { part }
        }
    }
}

/// As if the test were not negated.
fn may_leaf(leaf: &Leaf, map: &ZoneMap, related: bool) -> May {
    let Some(column) = map.column(&leaf.place.name) else { return EITHER };
    let matcher = &leaf.matcher;
    let of_values = if related { may_one(matcher, &column.zone) } else { may_value(matcher, &column.zone) };
    // One place of parallel lists may be missing in this one even where every row has a list.
    if column.absent == 0 && !related {
        return of_values;
    }
    May { hold: of_values.hold || matcher.missing(), fail: of_values.fail || !matcher.missing() }
}

/// Of the rows that have a value.
fn may_value(matcher: &Matcher, zone: &Zone) -> May {
    match zone {
        Zone::Unknown => EITHER,
        Zone::Empty => May { hold: false, fail: false },
        Zone::Bool { any_true, any_false } => {
            let (set, unset) = (matcher.bool(true), matcher.bool(false));
            May { hold: *any_true && set || *any_false && unset, fail: *any_true && !set || *any_false && !unset }
        }
        Zone::Int { min, max } => match matcher.whole_range() {
            Some(range) => within(range, *min, *max),
            None if min == max => certain(matcher.number(Number::Int(*min))),
            None => EITHER,
        },
        Zone::Time { min, max } => match matcher.time_range() {
            Some(range) => within(range, *min, *max),
            None if min == max => certain(matcher.time(*min)),
            None => EITHER,
        },
        Zone::Float { min, max } if min.to_bits() == max.to_bits() => certain(matcher.number(Number::Float(*min))),
        Zone::Float { min, max } => match matcher.whole_range() {
            Some((least, most)) => {
                let (least, most) = (Number::Int(least).as_float(), Number::Int(most).as_float());
                // Strict bounds became whole ones, which fractions between them may pass: one off to be safe.
                May { hold: *min <= most + 1.0 && *max >= least - 1.0, fail: true }
            }
            None => EITHER,
        },
        Zone::Text(texts) => may_text(matcher, texts),
        Zone::TextList { elements, any_empty } => {
            if !matcher.asks_for_value() {
                let (filled, empty) = (matcher.list_is_present(false), matcher.list_is_present(true));
                return May { hold: filled || *any_empty && empty, fail: !filled || *any_empty && !empty };
            }
            let elements = may_text(matcher, elements);
            May { hold: elements.hold, fail: elements.fail || *any_empty }
        }
    }
}

/// Of one value of the lists.
fn may_one(matcher: &Matcher, zone: &Zone) -> May {
    match zone {
        Zone::Text(texts) | Zone::TextList { elements: texts, .. } => may_text(matcher, texts),
        Zone::Empty => May { hold: false, fail: false },
        Zone::Unknown | Zone::Bool { .. } | Zone::Int { .. } | Zone::Float { .. } | Zone::Time { .. } => EITHER,
    }
}

fn may_text(matcher: &Matcher, texts: &Texts) -> May {
    if let Some(distinct) = &texts.distinct {
        let passing = distinct.iter().filter(|text| matcher.text(text)).count();
        return May { hold: passing > 0, fail: passing < distinct.len() };
    }
    let hold = match matcher.folded_bound() {
        Some(Bound::Whole(folded)) => texts.may_hold(&folded),
        Some(Bound::Beginning(folded)) => texts.may_begin(&folded),
        None => true,
    };
    May { hold, fail: true }
}

fn within((least, most): (i64, i64), min: i64, max: i64) -> May {
    May { hold: least <= max && min <= most && least <= most, fail: min < least || most < max || most < least }
}

fn certain(holds: bool) -> May {
    May { hold: holds, fail: !holds }
}
