mod campaign;
mod certification;

use jiff::Timestamp;

use super::*;
use crate::settings::{Origin, Settings};
use crate::user::User;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn user(name: &str) -> User {
    User {
        user_type: "localCookieUser".to_owned(),
        id: name.to_owned(),
        email: format!("{name}@corp.example"),
        name: name.to_uppercase(),
    }
}

fn counts(accepted: i64, rejected: i64, fixed: i64, signed_off: i64) -> Counts {
    Counts { accepted, rejected, fixed, flagged: 0, signed_off }
}

#[test]
fn the_completion_rule_names_the_rows_in_the_way() {
    let blocked = |not_signed_off, rejected| Err(Refusal::RowsBlockCompletion { not_signed_off, rejected });
    let rule = CompletionRule::AllRowsHaveDecision;
    assert_eq!(may_complete(rule, 10, &counts(8, 2, 0, 10)), Ok(()));
    assert_eq!(may_complete(rule, 10, &counts(8, 2, 0, 9)), blocked(1, 0));
    assert_eq!(may_complete(rule, 0, &counts(0, 0, 0, 0)), Ok(()));
    let rule = CompletionRule::AllRowsHaveNonRejectedDecision;
    assert_eq!(may_complete(rule, 10, &counts(8, 0, 2, 10)), Ok(()));
    assert_eq!(may_complete(rule, 10, &counts(8, 1, 1, 10)), blocked(0, 1));
    assert_eq!(may_complete(CompletionRule::Anytime, 10, &counts(0, 0, 0, 0)), Ok(()));
}

#[test]
fn built_in_rules_differ_by_origin() {
    let campaign = Settings::defaults(Origin::Campaign);
    let certification = Settings::defaults(Origin::Certification);
    assert_eq!(campaign.completion(), CompletionRule::Anytime);
    assert_eq!(certification.completion(), CompletionRule::AllRowsHaveDecision);
    let required = |settings| crate::decide::NotesRequired::from(settings);
    assert_eq!((required(&campaign).accept, required(&campaign).reject), (false, false));
    assert_eq!((required(&certification).accept, required(&certification).reject), (false, true));
}
