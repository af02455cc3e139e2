use super::*;
use crate::row::Mark;
use crate::user::UserKey;

const RECORDED: Course = Course { terminated: false, revoke_mode: RevokeMode::RecordOnly };
const ENFORCED: Course = Course { terminated: false, revoke_mode: RevokeMode::Enforce };

fn row(decision: Decision, notification: NotificationStatus) -> RowState {
    RowState { decision, notification, ..RowState::default() }
}

fn user(email: &str) -> User {
    User { email: email.to_owned(), ..User::system() }
}

#[test]
fn a_decision_is_the_response_whatever_became_of_the_campaign() {
    let terminated = Course { terminated: true, ..RECORDED };
    for course in [RECORDED, ENFORCED, terminated] {
        for (decision, response) in [
            (Decision::Accepted, Response::Approved),
            (Decision::Rejected, Response::Revoked),
            (Decision::Fixed, Response::Revoked),
        ] {
            assert_eq!(course.response(&row(decision, NotificationStatus::Unknown), []), response);
        }
    }
    let undecided = RowState::default();
    assert_eq!(terminated.response(&undecided, [&user("lena@corp.example")]), Response::Terminated);
    assert_eq!(terminated.response(&undecided, []), Response::Terminated);
}

#[test]
fn an_undecided_row_waits_for_its_answer_where_anybody_can_be_asked() {
    let (reachable, unreachable) = (user("lena@corp.example"), user(""));
    for flagged in [false, true] {
        let undecided = RowState { flagged, ..RowState::default() };
        assert_eq!(RECORDED.response(&undecided, [&unreachable, &reachable]), Response::PendingResponse);
        assert_eq!(RECORDED.response(&undecided, [&unreachable]), Response::MessageDeliveryFailed);
        assert_eq!(RECORDED.response(&undecided, []), Response::MessageDeliveryFailed);
        assert_eq!(RECORDED.outcome(&undecided), None);
    }
}

#[test]
fn recording_an_answer_succeeds_and_enforcing_one_succeeds_with_the_removal() {
    use NotificationStatus::{Failed, Pending, Succeed, Unknown};
    for (decision, notification, recorded, enforced) in [
        (Decision::Accepted, Unknown, Some(Outcome::Success), Some(Outcome::Success)),
        (Decision::Fixed, Failed, Some(Outcome::Success), Some(Outcome::Success)),
        (Decision::Rejected, Unknown, Some(Outcome::Success), None),
        (Decision::Rejected, Pending, None, None),
        (Decision::Rejected, Succeed, Some(Outcome::Success), Some(Outcome::Success)),
        (Decision::Rejected, Failed, Some(Outcome::Failure), Some(Outcome::Failure)),
    ] {
        let row = row(decision, notification);
        assert_eq!(RECORDED.outcome(&row), recorded, "{decision:?} {notification:?}");
        assert_eq!(ENFORCED.outcome(&row), enforced, "{decision:?} {notification:?}");
    }
}

#[test]
fn only_an_answer_has_a_time() {
    let mark = Some(Mark { by: UserKey::system(), at: Timestamp::UNIX_EPOCH });
    let flagged = RowState { flagged: true, decided: mark.clone(), ..RowState::default() };
    assert_eq!(answered_at(&flagged), None);
    let accepted = RowState { decision: Decision::Accepted, decided: mark, ..RowState::default() };
    assert_eq!(answered_at(&accepted), Some(Timestamp::UNIX_EPOCH));
}

#[test]
fn what_cannot_be_an_address_is_none() {
    for text in ["", "lena", "@corp.example", "lena@", "a@b@c", "a b@c", "a@b\n", &format!("{}@b", "a".repeat(260))] {
        assert!(!is_address(text), "{text}");
    }
    assert!(is_address("lena.brandt@corp.example"));
}
