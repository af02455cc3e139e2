//! Properties over random predicates, rows and blocks.

use crate::plain::{Row, batch, holds, settled};
use crate::random::{any_query, any_row, any_rule, any_scim};
use columns::{Bits, ZoneMap, ZoneOptions, decode_zones, encode_zones};
use predicate::{Dialect, Expr, Faults, Syntax, lower, places, rule, scim};
use proptest::prelude::*;

fn lowered(syntax: &Syntax, dialect: Dialect) -> Result<predicate::Checked, Faults> {
    let schema = match dialect {
        Dialect::Scim => places::frozen(),
        Dialect::Rule => places::rule(),
        Dialect::Query => places::query(),
    };
    predicate::check(&lower(syntax, dialect), &schema)
}

/// The columnar evaluator, the plain one, and the zone map agree on every row.
fn agree(checked: &predicate::Checked, rows: &[Row]) -> Result<(), TestCaseError> {
    let batch = batch(rows);
    let selected = checked.select(&batch);
    let expected: Bits = settled(&batch).iter().map(|row| holds(checked.resolved(), row)).collect();
    prop_assert_eq!(selected.ones_iter().collect::<Vec<_>>(), expected.ones_iter().collect::<Vec<_>>());

    // An evaluator that is used again, on some of the rows only, in a batch with the columns the other way round.
    let mut evaluator = checked.evaluator();
    evaluator.narrow(&batch, &mut Bits::ones(rows.len()));
    let turned = columns::Batch::of(rows.len(), batch.columns().iter().rev().map(|c| (**c).clone())).unwrap();
    let mut some: Bits = (0..rows.len()).map(|row| row % 3 != 1).collect();
    let mut expected_of_some = expected.clone();
    expected_of_some.and(&some);
    evaluator.narrow(&turned, &mut some);
    prop_assert_eq!(&some, &expected_of_some);

    for options in
        [ZoneOptions::default(), ZoneOptions { blooms: &["source.name", "group.name"], skip: &["source.t*"] }]
    {
        let map = ZoneMap::of(&batch, options);
        prop_assert!(!expected.any() || checked.may_match(&map), "a matching block was skipped");
        let stored = decode_zones(&encode_zones(std::slice::from_ref(&map)).unwrap()).unwrap();
        prop_assert_eq!(checked.may_match(&stored[0]), checked.may_match(&map));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_filter_printed_then_read_is_the_same(syntax in any_scim()) {
        let printed = syntax.to_scim().unwrap();
        prop_assert_eq!(scim::parse(&printed), Ok(syntax));
    }

    #[test]
    fn a_rule_printed_then_read_is_the_same(syntax in any_rule()) {
        let printed = syntax.to_rule().unwrap();
        prop_assert_eq!(rule::parse(&printed), Ok(syntax));
    }

    #[test]
    fn filters_hold_of_the_rows_that_the_plain_evaluator_says(
        syntax in any_scim(), rows in prop::collection::vec(any_row(), 0..150),
    ) {
        agree(&lowered(&syntax, Dialect::Scim).unwrap(), &rows)?;
    }

    #[test]
    fn rules_hold_of_the_rows_that_the_plain_evaluator_says(
        syntax in any_rule(), rows in prop::collection::vec(any_row(), 0..150),
    ) {
        if let Ok(checked) = lowered(&syntax, Dialect::Rule) {
            agree(&checked, &rows)?;
        }
    }

    #[test]
    fn queries_hold_of_the_rows_that_the_plain_evaluator_says(
        query in any_query(), rows in prop::collection::vec(any_row(), 0..150),
    ) {
        agree(&predicate::json_query(&query).unwrap(), &rows)?;
    }

    #[test]
    fn text_that_may_be_anything_is_read_or_refused_within_its_bounds(text in "\\PC{0,60}|[ ()\"'a-c.=<>!0-9\\\\]{0,80}") {
        for read in [scim::parse(&text), rule::parse(&text)] {
            if let Err(faults) = read {
                prop_assert!(!faults.is_empty());
                prop_assert!(faults.iter().all(|fault| fault.at.span.end <= text.chars().count()));
                prop_assert!(faults.iter().all(|fault| fault.at.span.start <= fault.at.span.end));
            }
        }
    }

    #[test]
    fn a_negation_turns_the_selection_round(syntax in any_scim(), rows in prop::collection::vec(any_row(), 1..80)) {
        let batch = batch(&rows);
        let mut selected = lowered(&syntax, Dialect::Scim).unwrap().select(&batch);
        selected.negate();
        let negated = lowered(&Syntax::Not(Box::new(syntax)), Dialect::Scim).unwrap();
        prop_assert_eq!(negated.select(&batch), selected);
    }
}

#[test]
fn combining_predicates_keeps_rows_of_which_all_hold() {
    let schema = places::frozen();
    let parts = ["source.a gt 3", "source.a lt 6"].map(|text| predicate::filter(text, &schema).unwrap());
    let both = predicate::Checked::all(parts);
    let rows: Vec<Row> = (0..10).map(|n| Row::from([("source.a".to_owned(), columns::Value::Int(n))])).collect();
    assert_eq!(both.select(&batch(&rows)).ones_iter().collect::<Vec<_>>(), [4, 5]);
    assert!(matches!(both.resolved(), Expr::All(parts) if parts.len() == 2));
    assert!(predicate::Checked::all([]).is_always());
}

/// Dense and sparse words of rows, at the ends of what numbers and instants can be.
#[test]
fn bounds_hold_up_to_the_least_and_the_greatest_number() {
    const ENDS: [i64; 7] = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    let mut numbers = columns::IntBuilder::new();
    (0..200).for_each(|row: usize| numbers.push((!row.is_multiple_of(9)).then(|| ENDS[row % ENDS.len()])));
    let batch = columns::Batch::of(200, [numbers.finish("source.a")]).unwrap();
    let rows = settled(&batch);
    for (operator, end) in
        ["eq", "ne", "gt", "ge", "lt", "le"].iter().flat_map(|operator| ENDS.map(|end| (operator, end)))
    {
        let text = format!("source.a {operator} {end}");
        let checked = predicate::filter(&text, &places::frozen()).unwrap();
        for every in [1, 2, 7] {
            let mut selected: Bits = (0..200).map(|row| row % every == 0).collect();
            checked.evaluator().narrow(&batch, &mut selected);
            let expected = (0..200).filter(|row| row % every == 0 && holds(checked.resolved(), &rows[*row]));
            assert_eq!(selected.ones_iter().collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{text}, 1 in {every}");
        }
    }
}
