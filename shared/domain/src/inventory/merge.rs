//! One picture over another: what is told again changes, what is not told stays.

use std::collections::HashMap;

use super::{Edge, Family, Node, Picture};

impl Picture {
    /// Lays `told` over this picture. A node that both have keeps what `told` does not say of it; nothing goes. The name and
    /// the platform stay where `told` has none. The result is normalised.
    #[must_use]
    pub fn with(mut self, told: Self) -> Self {
        let Self { name, platform, nodes, edges, permission_sets } = told;
        let replace = |held: &mut String, new: String| {
            if !new.is_empty() {
                *held = new;
            }
        };
        replace(&mut self.name, name);
        replace(&mut self.platform, platform);
        let mut places: HashMap<(Family, String), u32> =
            (0..).zip(&self.nodes).map(|(place, node)| ((node.family, node.id.clone()), place)).collect();
        let mut moved = Vec::with_capacity(nodes.len());
        for node in nodes {
            let next = self.nodes.len() as u32;
            let place = *places.entry((node.family, node.id.clone())).or_insert(next);
            match self.nodes.get_mut(place as usize) {
                Some(held) => held.hear(node),
                None => self.nodes.push(node),
            }
            moved.push(place);
        }
        let sets = self.permission_sets.len() as u32;
        self.permission_sets.extend(permission_sets);
        let place = |index: u32| moved.get(index as usize).copied();
        self.edges.extend(edges.into_iter().filter_map(|Edge { from, to, permissions }| {
            Some(Edge { from: place(from)?, to: place(to)?, permissions: sets + permissions })
        }));
        self.normalise();
        self
    }
}

impl Node {
    /// Takes in what is told of it again. A node that was only mentioned has the end of its id for a name, and the usual
    /// type.
    fn hear(&mut self, told: Self) {
        let mention = told.id.strip_suffix(&told.name);
        if !mention.is_some_and(|rest| rest.is_empty() || rest.ends_with([':', '/'])) {
            self.name = told.name;
        }
        if told.node_type != told.family.default_node_type() {
            self.node_type = told.node_type;
        }
        self.attributes.extend(told.attributes);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PermissionSet, Value};
    use super::*;

    /// A node: its family, its id, and its attributes.
    type Given<'a> = (Family, &'a str, &'a [(&'a str, &'a str)]);

    fn picture(nodes: &[Given<'_>], edges: &[(u32, u32, &str)]) -> Picture {
        let node = |(family, id, attributes): &Given<'_>| {
            let mut node = Node::new(*family, *id);
            let attributes =
                attributes.iter().map(|(name, value)| ((*name).to_owned(), Value::Text((*value).to_owned())));
            node.attributes.extend(attributes);
            node
        };
        let mut picture = Picture { nodes: nodes.iter().map(node).collect(), ..Picture::default() };
        picture.permission_sets.push(PermissionSet::default());
        for (from, to, permission) in edges {
            picture.permission_sets.push(PermissionSet { raw: vec![(*permission).to_owned()], effective: Vec::new() });
            picture.edges.push(Edge { from: *from, to: *to, permissions: picture.permission_sets.len() as u32 - 1 });
        }
        picture.normalise();
        picture
    }

    const ACCOUNT: Family = Family::Account;
    const ROLE: Family = Family::Role;

    #[test]
    fn what_is_told_again_changes_and_the_rest_stays() {
        let held = picture(
            &[
                (ACCOUNT, "a", &[("email", "a@x"), ("title", "Clerk")]),
                (ACCOUNT, "b", &[]),
                (ROLE, "r", &[("platform", "p")]),
            ],
            &[(0, 2, "read"), (1, 2, "read")],
        );
        let told = picture(
            &[(ACCOUNT, "a", &[("title", "Head")]), (ACCOUNT, "c", &[]), (ROLE, "r", &[])],
            &[(0, 2, "write"), (1, 2, "read")],
        );
        let expected = picture(
            &[
                (ACCOUNT, "a", &[("email", "a@x"), ("title", "Head")]),
                (ACCOUNT, "b", &[]),
                (ACCOUNT, "c", &[]),
                (ROLE, "r", &[("platform", "p")]),
            ],
            &[(0, 3, "read"), (0, 3, "write"), (1, 3, "read"), (2, 3, "read")],
        );
        assert_eq!(held.with(told), expected);
    }

    #[test]
    fn names_and_types_that_were_made_up_replace_none() {
        let mut held = picture(&[(ROLE, "r", &[])], &[]);
        held.name = "Payroll".to_owned();
        held.nodes[0].id = "ds:app/r".to_owned();
        held.nodes[0].name = "Closer".to_owned();
        held.nodes[0].node_type = "PayrollRole".to_owned();
        let mut told = picture(&[(ROLE, "ds:app/r", &[])], &[]);
        for mentioned in ["ds:app/r", "app/r", "r"] {
            told.nodes[0].name = mentioned.to_owned();
            assert_eq!(held.clone().with(told.clone()), held, "{mentioned}");
        }
        told.nodes[0].name = "Opener".to_owned();
        assert_eq!(held.with(told).nodes[0].name, "Opener");
    }

    #[test]
    fn nothing_laid_over_a_picture_is_the_picture() {
        let held = picture(&[(ACCOUNT, "a", &[("email", "a@x")]), (ROLE, "r", &[])], &[(0, 1, "read")]);
        assert_eq!(held.clone().with(Picture::default()), held);
        assert_eq!(Picture::default().with(held.clone()), held);
    }
}
