//! In which order the parts of a conjunction or disjunction are looked at: what costs least first, so that what costs
//! most finds few rows left.
//!
//! What a part costs follows from the types of its columns and from how many distinct strings they hold, which the first
//! batch tells. The order holds for all batches after it, since the blocks of one thing are alike: another order would be
//! as right, only slower.

use columns::{Batch, Data, Dict};

use crate::node::{Leaf, Node, Parts};

/// What looking costs, in instructions or nearly so.
mod price {
    /// A code of a string, compared with one that is sought.
    pub(super) const CODE: usize = 3;
    /// A number or instant, compared with bounds.
    pub(super) const NUMBER: usize = 6;
    /// A code, looked up in a table.
    pub(super) const LOOKUP: usize = 7;
    /// A row that is looked at by itself.
    pub(super) const ROW: usize = 16;
    /// A value that is made text, or a string that is compared.
    pub(super) const STRING: usize = 64;
}

/// The orders of one predicate's chains, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    known: Vec<Vec<usize>>,
}

impl Orders {
    /// The places of the parts, cheapest first. To be put back after use.
    #[inline]
    pub(crate) fn take(&mut self, parts: &Parts, batch: &Batch, hints: &mut Vec<usize>) -> Vec<usize> {
        match self.known.get_mut(parts.slot) {
            Some(known) if known.len() == parts.nodes.len() => std::mem::take(known),
            _ => settled(parts, batch, hints),
        }
    }

    /// Remembers an order that was taken.
    #[inline]
    pub(crate) fn put_back(&mut self, parts: &Parts, order: Vec<usize>) {
        if self.known.len() <= parts.slot {
            self.known.resize(parts.slot + 1, Vec::new());
        }
        if let Some(known) = self.known.get_mut(parts.slot) {
            *known = order;
        }
    }
}

#[cold]
fn settled(parts: &Parts, batch: &Batch, hints: &mut Vec<usize>) -> Vec<usize> {
    let costs: Vec<usize> = parts.nodes.iter().map(|node| cost(node, batch, hints)).collect();
    let mut order: Vec<usize> = (0..costs.len()).collect();
    // Stable: of equal cost, the order of whoever wrote it.
    order.sort_by_key(|place| costs.get(*place));
    order
}

/// What a node costs if it has to look at every row of a batch.
fn cost(node: &Node, batch: &Batch, hints: &mut Vec<usize>) -> usize {
    match node {
        Node::All(parts) | Node::Any(parts) => parts.nodes.iter().map(|part| cost(part, batch, hints)).sum(),
        Node::Not(part) => cost(part, batch, hints),
        Node::Leaf(leaf) => leaf_cost(leaf, batch, hints),
        Node::Joined { place, inner } => match place.find(batch, hints).map(|column| &column.data) {
            Some(Data::Text { dict, .. }) => strings(dict) + batch.rows() * price::LOOKUP,
            Some(_) => cost(inner, batch, hints),
            None => 0,
        },
        // It lays the entities of all rows end to end before anything is compared.
        Node::Related(related) => batch.rows() * price::STRING + cost(&related.inner, batch, hints),
    }
}

fn leaf_cost(leaf: &Leaf, batch: &Batch, hints: &mut Vec<usize>) -> usize {
    let Some(column) = leaf.place.find(batch, hints) else { return 0 };
    let (rows, matcher) = (batch.rows(), &leaf.matcher);
    let number = |range: Option<_>| rows * if range.is_some() { price::NUMBER } else { price::STRING };
    let is_exact = matcher.exact().is_some();
    match &column.data {
        Data::Bool(_) => rows / 64,
        Data::Int(_) => number(matcher.whole_range()),
        Data::Time(_) => number(matcher.time_range()),
        Data::Float(_) => rows * price::ROW,
        Data::Text { .. } if is_exact => rows * price::CODE,
        Data::Text { dict, .. } => strings(dict) + rows * price::LOOKUP,
        Data::TextList { codes, .. } if is_exact => rows * price::ROW + codes.len() * price::CODE,
        Data::TextList { .. } if !matcher.asks_for_value() => rows * price::ROW,
        Data::TextList { codes, dict, .. } => strings(dict) + rows * price::ROW + codes.len() * price::LOOKUP,
    }
}

/// What it costs to decide a test for each distinct string.
fn strings(dict: &Dict) -> usize {
    dict.len() * price::STRING
}

#[cfg(test)]
mod tests {
    use columns::{Batch, BoolBuilder, IntBuilder, ListBuilder, TextBuilder};

    use super::*;

    /// 64 rows with a column of each kind; the names are all distinct.
    fn batch() -> Batch {
        let (mut flag, mut number, mut tags) = (BoolBuilder::new(), IntBuilder::new(), ListBuilder::new());
        let (mut kind, mut name) = (TextBuilder::new(), TextBuilder::new());
        for row in 0..64 {
            flag.push(Some(row % 2 == 0));
            number.push(Some(row));
            tags.push(Some(["a", "b"]));
            kind.push(Some("k"));
            name.push(Some(&format!("name {row}")));
        }
        let columns = [
            name.finish("source.name"),
            kind.finish("source.kind"),
            tags.finish("source.tags"),
            number.finish("source.number"),
            flag.finish("source.flag"),
        ];
        Batch::of(64, columns).unwrap()
    }

    fn order(filter: &str, batch: &Batch) -> Vec<usize> {
        let checked = crate::filter(filter, &crate::places::frozen()).unwrap();
        let (Node::All(parts) | Node::Any(parts)) = &checked.node else { panic!("a chain: {filter}") };
        Orders::default().take(parts, batch, &mut Vec::new())
    }

    #[test]
    fn whatever_was_written_first_the_cheapest_is_looked_at_first() {
        let batch = batch();
        for word in ["and", "or"] {
            let parts = [
                r#"source.name co "7""#,
                r#"source.tags eq "a""#,
                "source.number gt 7",
                r#"source.kind eq "k""#,
                "source.flag eq true",
                "source.missing pr",
            ];
            assert_eq!(order(&parts.join(&format!(" {word} ")), &batch), [5, 4, 3, 2, 1, 0], "{word}");
        }
    }

    #[test]
    fn few_distinct_strings_come_before_many_and_what_costs_the_same_stays_as_written() {
        let batch = batch();
        assert_eq!(order(r#"source.name co "7" and source.kind co "k""#, &batch), [1, 0]);
        assert_eq!(
            order(r#"source.flag eq true and not (source.flag eq false) and source.number gt 1"#, &batch),
            [0, 1]
        );
        assert_eq!(order("source.number gt 1 and source.missing pr and source.other pr", &batch), [1, 2, 0]);
    }

    #[test]
    fn an_order_is_settled_once() {
        let checked = crate::filter("source.number gt 1 and source.flag eq true", &crate::places::frozen()).unwrap();
        let Node::All(parts) = &checked.node else { panic!("a chain") };
        let mut orders = Orders::default();
        let first = orders.take(parts, &batch(), &mut Vec::new());
        orders.put_back(parts, first.clone());
        assert_eq!(first, [1, 0]);
        assert_eq!(orders.take(parts, &Batch::new(3), &mut Vec::new()), first);
    }
}
