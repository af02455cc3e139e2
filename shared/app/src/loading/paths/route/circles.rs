//! Where something leads round in a circle.

use columns::Bits;

use crate::loading::graph::Csr;

/// The nodes that lie in a circle, or between circles: all that is left when nodes to which nothing leads any more are
/// taken away one after the other, and those that lead nowhere. What is not among them cannot be come past twice.
pub(super) fn around(edges: &Csr) -> Bits {
    let nodes = edges.nodes();
    let mut leading_here = vec![0_u32; nodes];
    for node in 0..nodes {
        for target in edges.of(u32::try_from(node).unwrap_or(u32::MAX)) {
            if let Some(count) = leading_here.get_mut(target.to as usize) {
                *count += 1;
            }
        }
    }
    let mut left = Bits::ones(nodes);
    let mut free: Vec<u32> =
        (0_u32..).zip(&leading_here).filter(|(_, count)| **count == 0).map(|(node, _)| node).collect();
    while let Some(node) = free.pop() {
        left.set(node as usize, false);
        for target in edges.of(node) {
            if let Some(count) = leading_here.get_mut(target.to as usize) {
                *count -= 1;
                if *count == 0 {
                    free.push(target.to);
                }
            }
        }
    }
    for node in 0..nodes {
        if edges.of(u32::try_from(node).unwrap_or(u32::MAX)).is_empty() {
            left.set(node, false);
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loading::graph::Link;

    #[test]
    fn nodes_in_a_circle_are_told_from_those_before_it_and_from_those_that_lead_nowhere() {
        let links = [(0, 1), (1, 2), (2, 3), (3, 1), (3, 4), (0, 5), (5, 4)];
        let links = links.into_iter().map(|(from, to)| Link { from, to, set: 0 }).collect();
        let left: Vec<usize> = around(&Csr::pack(6, links)).ones_iter().collect();
        assert_eq!(left, [1, 2, 3]);
    }
}
