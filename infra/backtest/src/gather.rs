//! The evidence on every grant, from all the others.

use domain::advice::{Evidence, Held, Lean, Tally};

use crate::circles::{Decisions, others, pair};
use crate::peers::Share;
use crate::read::{Grants, Judged};

/// Pairs of attributes are looked at among so many attributes; beyond, they would be more pairs than they tell.
const PAIRED: usize = 10;

/// What is known about every grant.
#[derive(Debug)]
pub(crate) struct Gathered<'a> {
    shares: &'a [Share],
    same_access: Vec<Option<Lean>>,
    same_people: Vec<Option<Lean>>,
}

/// Gathers it from the decisions that are visible.
pub(crate) fn all<'a>(grants: &Grants, shares: &'a [Share], decisions: &Decisions<'_>) -> Gathered<'a> {
    let all = decisions.all();
    let bases: Vec<u32> = (0..grants.len()).map(|row| decisions.without(all, row).base()).collect();
    Gathered {
        shares,
        same_access: on_same_access(grants, decisions, &bases),
        same_people: on_same_people(grants, decisions, &bases),
    }
}

/// Leans that are averaged, circle by circle.
struct Average {
    sums: Vec<(i64, u32)>,
    nearest: Vec<Tally>,
}

impl Average {
    fn new(rows: usize) -> Self {
        Self { sums: vec![(0, 0); rows], nearest: vec![Tally::default(); rows] }
    }

    /// Adds a circle; a circle of few decisions is told rather than one of many.
    fn add(&mut self, row: usize, lean: Option<Lean>) {
        let (Some(lean), Some((sum, count)), Some(nearest)) = (lean, self.sums.get_mut(row), self.nearest.get_mut(row))
        else {
            return;
        };
        *sum += i64::from(lean.by);
        *count += 1;
        if nearest.of == 0 || lean.tally.of < nearest.of {
            *nearest = lean.tally;
        }
    }

    fn finish(self) -> Vec<Option<Lean>> {
        let rows = self.sums.into_iter().zip(self.nearest);
        rows.map(|((sum, count), tally)| {
            (count > 0).then(|| Lean { tally, by: i32::try_from(sum / i64::from(count)).unwrap_or(0) })
        })
        .collect()
    }
}

/// Decisions on the same resource: of everybody, and of those who share an attribute.
fn on_same_access(grants: &Grants, decisions: &Decisions<'_>, bases: &[u32]) -> Vec<Option<Lean>> {
    let keys: Vec<u64> = grants.resources.iter().copied().map(u64::from).collect();
    let wide = others(&keys, decisions);
    let mut average = Average::new(grants.len());
    for (row, (tally, base)) in wide.iter().zip(bases).enumerate() {
        average.add(row, Lean::narrowing(*base, [*tally]));
    }
    for attribute in &grants.attributes {
        let keys: Vec<u64> =
            grants.resources.iter().zip(&attribute.codes).map(|(resource, code)| pair(*resource, *code)).collect();
        let near = others(&keys, decisions);
        for (row, ((wide, near), base)) in wide.iter().zip(&near).zip(bases).enumerate() {
            if near.of > 0 {
                average.add(row, Lean::narrowing(*base, [*wide, *near]));
            }
        }
    }
    average.finish()
}

/// Decisions on whatever people hold who share one attribute, and two.
fn on_same_people(grants: &Grants, decisions: &Decisions<'_>, bases: &[u32]) -> Vec<Option<Lean>> {
    let mut average = Average::new(grants.len());
    let singles: Vec<Vec<Tally>> = grants
        .attributes
        .iter()
        .map(|attribute| {
            let keys: Vec<u64> = attribute.codes.iter().copied().map(u64::from).collect();
            others(&keys, decisions)
        })
        .collect();
    for (n, (one, wide)) in grants.attributes.iter().zip(&singles).enumerate() {
        for (row, (tally, base)) in wide.iter().zip(bases).enumerate() {
            average.add(row, Lean::narrowing(*base, [*tally]));
        }
        for other in grants.attributes.iter().take(PAIRED).skip(n + 1) {
            let keys: Vec<u64> = one.codes.iter().zip(&other.codes).map(|(one, other)| pair(*one, *other)).collect();
            for (row, (near, base)) in others(&keys, decisions).iter().zip(bases).enumerate() {
                let wide = wide.get(row).copied().unwrap_or_default();
                average.add(row, Lean::narrowing(*base, [wide, *near]));
            }
        }
    }
    average.finish()
}

impl Gathered<'_> {
    /// The evidence on one grant.
    pub(crate) fn evidence(&self, grants: &Grants, row: usize) -> Evidence {
        let lean = |leans: &[Option<Lean>]| leans.get(row).copied().flatten();
        let judged = |wanted: Judged| {
            let factors = grants.factors.iter();
            factors.filter(|held| held.judged.get(row) == Some(&wanted)).map(|held| held.factor).collect()
        };
        Evidence {
            held: self.shares.get(row).filter(|share| share.of > 0).map(|share| Held {
                with: share.with,
                of: share.of,
                what: grants.resource(row).to_owned(),
                alike: grants.alike(usize::from(share.alike)),
            }),
            same_access: lean(&self.same_access),
            same_people: lean(&self.same_people),
            own: None,
            idle_days: grants.idle_days.get(row).copied().flatten(),
            checks: None,
            triggered: judged(Judged::Triggered),
            passing: judged(Judged::Passing),
            gaps: judged(Judged::Unknown),
        }
    }
}
