//! What it costs to change every row of a review by filters: in bulk, and by a smart action.

use std::time::Instant;

use app::prepared::{self, FieldsInput, SmartActionInput};
use app::review::{self, BulkInput, BulkOutcome, RowFilter, Selection, SmartInput, UpdateInput};
use bench::figure::Figure;
use domain::ids::ReviewId;
use domain::row::Decision;
use engine::Usage;

use crate::Failure;
use crate::world::World;

/// Larger reviews are not changed whole: what a row costs does not depend on their number.
pub(crate) const MOST_ROWS: usize = 100_000;

/// Gives every undecided row a decision in bulk, then has a smart action sign all rows off.
pub(crate) async fn run(world: &World, id: ReviewId, rows: usize) -> Result<Vec<Figure>, Failure> {
    let undecided = RowFilter { mutable_filter: Some("decision eq \"NONE\"".to_owned()), ..RowFilter::default() };
    let change = UpdateInput { decision: Some(Decision::Accepted), ..UpdateInput::default() };
    let mut bulk = BulkInput { selection: Selection::Matching(Box::new(undecided)), change, after: None };
    let mut changed = Changed::begin(world, rows);
    loop {
        let outcome = review::bulk_update(&world.deps, &world.call(), id, bulk.clone()).await?;
        changed.count(&outcome);
        match outcome.next {
            Some(next) => bulk.after = Some(next),
            None => break,
        }
    }
    let mut figures = changed.figures("bulk");

    let action = SmartActionInput {
        name: Some("Sign everything off".to_owned()),
        apply_to_all_rows: Some(true),
        fields: Some(FieldsInput { signed_off: Some(true), ..FieldsInput::default() }),
        ..SmartActionInput::default()
    };
    let action = prepared::create_smart_action(&world.deps, &world.call(), action).await?;
    let mut changed = Changed::begin(world, rows);
    let mut input = SmartInput::default();
    loop {
        let outcome = review::apply_smart_action(&world.deps, &world.call(), id, action, input.clone()).await?;
        changed.count(&outcome);
        match outcome.next {
            Some(next) => input.after = Some(next),
            None => break,
        }
    }
    figures.extend(changed.figures("smart"));
    Ok(figures)
}

/// What a change of many rows has come to so far.
struct Changed<'a> {
    world: &'a World,
    rows: usize,
    started: Instant,
    calls: usize,
    changed: usize,
}

impl<'a> Changed<'a> {
    fn begin(world: &'a World, rows: usize) -> Self {
        world.usage();
        Self { world, rows, started: Instant::now(), calls: 0, changed: 0 }
    }

    fn count(&mut self, outcome: &BulkOutcome) {
        self.calls += 1;
        self.changed += outcome.updated();
    }

    fn figures(self, name: &str) -> Vec<Figure> {
        let (seconds, usage) = (self.started.elapsed().as_secs_f64(), self.world.usage());
        let figure = |what: &str, value, unit| Figure::new(format!("{name}.{what}"), value, unit, self.rows);
        let per_row = |value: f64| value / count(self.changed.max(1));
        vec![
            figure("rows", count(self.changed), "rows"),
            figure("calls", count(self.calls), "calls"),
            figure("write_units_per_row", per_row(usage.write_units()), "units").at_most(0.24),
            figure("read_units_per_row", per_row(usage.read_units()), "units"),
            figure("requests_per_row", per_row(requests(&usage)), "requests"),
            figure("seconds_per_call", seconds / count(self.calls.max(1)), "s").at_most(29.0),
        ]
    }
}

#[expect(clippy::cast_precision_loss, reason = "figures are shown with four digits")]
fn count(value: usize) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "figures are shown with four digits")]
fn requests(usage: &Usage) -> f64 {
    usage.requests() as f64
}
