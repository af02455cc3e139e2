//! The catalogue of the query builder, as clients see it.

use predicate::{catalogue, query};

#[test]
fn the_catalogue_is_what_clients_rely_on() {
    let lines: Vec<String> = query::ENTITIES
        .into_iter()
        .flat_map(catalogue::of_entity)
        .map(|field| {
            let operators: Vec<&str> = field.operators.iter().filter_map(|operator| query::word(*operator)).collect();
            format!("{}.{} {} [{}] {}", field.entity, field.field, field.kind.name(), field.label, operators.join(" "))
        })
        .collect();
    let golden = include_str!("catalogue.txt");
    assert_eq!(lines.join("\n"), golden.trim_end());
}

#[test]
fn every_field_can_be_asked_with_every_operator_it_offers() {
    for field in catalogue::FIELDS {
        for operator in field.operators {
            let value = match field.kind {
                catalogue::Kind::String => serde_json::json!("x"),
                catalogue::Kind::Boolean => serde_json::json!(true),
                catalogue::Kind::Number => serde_json::json!(5),
                catalogue::Kind::Date => serde_json::json!("2026-01-01"),
            };
            let condition = serde_json::json!({ "entity": field.entity, "field": field.field,
                "operator": query::word(*operator).unwrap(), "value": value });
            let asked = predicate::json_query(&serde_json::json!({ "inclusion_filters": [condition] }));
            let checked = asked.unwrap_or_else(|faults| panic!("{}: {faults:?}", field.field));
            assert!(checked.columns().iter().any(|column| column == field.column));
        }
    }
}
