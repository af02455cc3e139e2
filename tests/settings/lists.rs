//! The order of rows where nobody asks for one.

use serde_json::{Value, json};

use crate::alone::{Alone, path};
use crate::world::{World, administrator, all_rows, names_field, operator};

const SETTING: &str = "view_sort_settings";

fn names(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["source"]["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn rows_come_in_the_stored_order_unless_the_client_asks_for_another() {
    let alone = Alone::new();
    let (id, _) = World::new(9).certification();
    let path = format!("/api/preview/awf/certifications/{id}/results");
    alone.put(SETTING, json!({ "order_by": "source.name DESC, destination.name" }));
    let found = names(&all_rows(&operator(), &format!("{path}?page_size=4")));
    assert!(found.is_sorted_by(|one, other| one >= other), "{found:?}");
    let found = names(&all_rows(&operator(), &format!("{path}?page_size=4&order_by=source.name")));
    assert!(found.is_sorted(), "{found:?}");
}

#[test]
fn a_list_ends_in_the_order_that_it_began_in() {
    let alone = Alone::new();
    let (id, total) = World::new(9).certification();
    let path = format!("/api/preview/awf/certifications/{id}/results?page_size=4");
    alone.put(SETTING, json!({ "order_by": "source.name desc" }));
    let first = operator().get(&path).expect(200);
    let mut found = names(first.list("/values"));
    alone.put(SETTING, json!({ "order_by": "source.name" }));
    let mut token = first.str("/next_page_token").to_owned();
    while !token.is_empty() {
        let page = operator().get(&format!("{path}&page_token={token}")).expect(200);
        found.extend(names(page.list("/values")));
        token = page.str("/next_page_token").to_owned();
    }
    assert_eq!(found.len() as u64, total);
    assert!(found.is_sorted_by(|one, other| one >= other), "{found:?}");
}

#[test]
fn an_order_that_cannot_be_read_is_refused() {
    let _alone = Alone::new();
    for order in ["", "colour", "source.name upwards", "decision", "source.name,", "source.name asc desc"] {
        let answer = administrator().put(&path(SETTING), json!({ "value": { "order_by": order } }));
        names_field(&answer, "value.order_by");
    }
    let stored =
        administrator().put(&path(SETTING), json!({ "value": { "order_by": "idp.name, destination.name desc" } }));
    assert_eq!(stored.expect(200).body, json!({ "value": { "order_by": "idp.name, destination.name desc" } }));
    let _ = administrator().delete(&path(SETTING)).expect(200);
    assert_eq!(
        administrator().get(&path(SETTING)).expect(200).body,
        json!({ "value": { "order_by": "source.type asc" } })
    );
}
