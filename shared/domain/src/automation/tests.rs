use super::*;

fn faults(parts: ActionParts) -> Vec<&'static str> {
    Action::of(parts).unwrap_err().into_iter().map(|fault| fault.field).collect()
}

#[test]
fn zero_values_are_parts_that_are_not_given() {
    assert_eq!(faults(ActionParts::default()), [""], "nothing is left to do");
    let blank = ActionParts { notes: "  ".to_owned(), ..ActionParts::default() };
    assert_eq!(faults(blank), [""]);
    let decided = ActionParts { decision: Some(Decision::Accepted), ..ActionParts::default() };
    let expected = Modification { decision: Some(Decision::Accepted), signed_off: None, notes: None };
    assert_eq!(Action::of(decided), Ok(Action::Modify(expected)));
}

#[test]
fn an_action_changes_rows_or_marks_them_and_never_both() {
    let style = Some(DisplayStyle::SuggestReject);
    for parts in [
        ActionParts { style, decision: Some(Decision::None), ..ActionParts::default() },
        ActionParts { style, signed_off: Some(false), ..ActionParts::default() },
        ActionParts { style, notes: "why".to_owned(), ..ActionParts::default() },
    ] {
        assert_eq!(faults(parts), ["display_style"]);
    }
}

#[test]
fn a_message_needs_a_style_and_a_colour_needs_a_highlight() {
    let message = ActionParts { text: "look".to_owned(), signed_off: Some(true), ..ActionParts::default() };
    assert_eq!(faults(message), ["display_text"]);
    let color = "#FFB02a".to_owned();
    let wrong = ActionParts {
        style: Some(DisplayStyle::SuggestAccept),
        color: color.clone(),
        text: "x".repeat(MAX_DISPLAY_TEXT + 1),
        ..ActionParts::default()
    };
    assert_eq!(faults(wrong), ["display_text", "highlight_color"]);
    let right = ActionParts { style: Some(DisplayStyle::Highlight), color, ..ActionParts::default() };
    let Ok(Action::Display(display)) = Action::of(right) else { panic!("a highlight") };
    assert_eq!(display.color.unwrap().as_str(), "#FFB02a", "as it was typed");
}

#[test]
fn a_colour_is_six_hexadecimal_digits_behind_a_hash() {
    for text in ["FFB020", "#FFB02", "#FFB0200", "#GGB020", "#FFB02é", "red", "#", " #FFB020"] {
        assert_eq!(Color::new(text), None, "{text}");
    }
}

#[test]
fn another_content_is_a_new_version_and_the_same_is_none() {
    let content = Content {
        name: "Carry over".to_owned(),
        description: String::new(),
        priority: 0,
        attachment: AttachmentBehavior::default(),
        criteria: Criteria { filter: "source.suspended eq true".to_owned(), mutable_filter: String::new() },
        action: Action::Modify(Modification { signed_off: Some(true), ..Modification::default() }),
    };
    let automation = Automation { id: AutomationId::new(uuid::Uuid::nil()), content: content.clone(), version: 3 };
    assert_eq!(automation.replaced(content.clone()), automation);
    let next = automation.replaced(Content { priority: 7, ..content });
    assert_eq!((next.version, next.content.priority), (4, 7));
}

#[test]
fn a_blank_filter_is_no_filter() {
    let blank = Criteria { filter: " ".to_owned(), mutable_filter: "\n".to_owned() };
    assert!(!blank.is_something());
    let before = Criteria { mutable_filter: "previous.notes pr".to_owned(), ..blank };
    assert!(before.is_something());
}
