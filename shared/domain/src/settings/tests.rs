//! Resolution, and the names of columns.

use super::*;

fn book(values: &[Value]) -> Book {
    let mut book = Book::default();
    for value in values {
        book.put(value.clone(), 1);
    }
    book
}

fn hiding(column: &str) -> Value {
    Value::Columns(ColumnSettings { shown: Vec::new(), hidden: vec![column.to_owned()] })
}

#[test]
fn a_workflow_comes_before_everything_and_a_stored_value_before_the_built_in_one() {
    let (own, all) = (book(&[hiding("notes")]), book(&[hiding("decision")]));
    let hidden =
        |own: &Book, all: &Book| Settings::new(own.clone(), all.clone(), Origin::Certification).columns().hidden;
    let none = Book::default();
    assert_eq!(hidden(&own, &all), ["notes"]);
    assert_eq!(hidden(&none, &all), ["decision"]);
    assert_eq!(hidden(&none, &none), [""; 0]);
}

#[test]
fn a_stored_value_replaces_the_other_one_as_a_whole() {
    let own = book(&[hiding("notes")]);
    assert_eq!(Settings::new(own, Book::default(), Origin::Certification).columns().shown, [""; 0]);
}

#[test]
fn a_workflow_has_no_value_of_its_own_where_settings_are_for_everything() {
    let own = book(&[Value::Completion(CompletionRule::Anytime)]);
    let settings = Settings::new(own, Book::default(), Origin::Certification);
    assert_eq!(settings.completion(), CompletionRule::AllRowsHaveDecision);
}

#[test]
fn a_stored_choice_rules_both_dialects() {
    let all = book(&[Value::Completion(CompletionRule::AllRowsHaveNonRejectedDecision)]);
    for origin in [Origin::Campaign, Origin::Certification] {
        let settings = Settings::new(Book::default(), all.clone(), origin);
        assert_eq!(settings.completion(), CompletionRule::AllRowsHaveNonRejectedDecision);
    }
    assert_eq!(Settings::defaults(Origin::Campaign).completion(), CompletionRule::Anytime);
    let notes = |origin| Settings::defaults(origin).ui_customization().reject_notes;
    assert_eq!(notes(Origin::Campaign), NotesBehavior::PopUpOptional);
    assert_eq!(notes(Origin::Certification), NotesBehavior::PopUpRequired);
}

#[test]
fn every_setting_is_found_by_its_name_and_has_a_built_in_value_of_its_own() {
    for setting in Setting::ALL {
        assert_eq!(Setting::from_name(setting.name()), Some(*setting));
        assert_eq!(setting.built_in(Origin::Campaign).setting(), *setting);
    }
    assert_eq!(Setting::from_name("nothing"), None);
}

#[test]
fn columns_are_attributes_of_nodes_and_known_names() {
    for name in ["source.name", "destination.a.b", "waypoint.x", "path_summary.type", "idp.name", "hr_2.team", "status"]
    {
        assert_eq!(ColumnSettings::column(name).as_deref(), Ok(name));
    }
    for spelling in ["is_signed_off", "Is_signed_off"] {
        assert_eq!(ColumnSettings::column(spelling).as_deref(), Ok("Is_signed_off"));
    }
    for (name, fault) in [
        ("", ColumnFault::Empty),
        ("source.a b", ColumnFault::Separator),
        ("source.a,b", ColumnFault::Separator),
        ("source.", ColumnFault::Unknown),
        ("source..a", ColumnFault::Unknown),
        ("Source.a", ColumnFault::Unknown),
        ("previous.decision", ColumnFault::Unknown),
        ("colour", ColumnFault::Unknown),
    ] {
        assert_eq!(ColumnSettings::column(name), Err(fault), "{name}");
    }
    let long = format!("source.{}", "x".repeat(200));
    assert_eq!(ColumnSettings::column(&long), Err(ColumnFault::Long));
    assert!(ColumnSettings::built_in(Origin::Campaign).shown.iter().all(|name| ColumnSettings::column(name).is_ok()));
}
