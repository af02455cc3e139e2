//! The table of what an ordinary update may do, held against the published one, which is written out here a second
//! time: by state of the review, sign-off of the row, and role.

use super::*;

const GRACE_MS: i64 = 7 * 24 * 3_600_000;

/// What one update asks for, and what is different on the row afterwards where it is carried out.
struct Asked {
    name: &'static str,
    command: RowCommand,
}

fn asked() -> Vec<Asked> {
    let one = |name, command| Asked { name, command };
    vec![
        one("NONE", set(Decision::None)),
        one("ACCEPTED", set(Decision::Accepted)),
        one("REJECTED", set(Decision::Rejected)),
        one("FIXED", set(Decision::Fixed)),
        one("note", update(|it| it.note = note("why"))),
        one("reviewers", update(|it| it.reviewers = Some(vec![user("bob")]))),
        one("SIGNED_OFF", update(|it| it.signed_off = Some(true))),
        one("NOT_SIGNED_OFF", update(|it| it.signed_off = Some(false))),
    ]
}

fn phases() -> [(&'static str, Phase, i64); 9] {
    let closed = at(DECIDED_AT);
    let (within, after) = (DECIDED_AT + GRACE_MS, DECIDED_AT + GRACE_MS + 1);
    [
        ("open", Phase::Open, within),
        ("searching", Phase::Searching, within),
        ("expired", Phase::Expired { at: closed }, within),
        ("completed", Phase::Completed { at: closed }, within),
        ("terminated", Phase::Terminated { at: closed }, within),
        ("expired long ago", Phase::Expired { at: closed }, after),
        ("completed long ago", Phase::Completed { at: closed }, after),
        ("terminated long ago", Phase::Terminated { at: closed }, after),
        ("searching long ago", Phase::Searching, after),
    ]
}

/// Whether the table lets an update pass.
fn allowed(phase: &str, row: &RowState, asked: &str, operator: bool) -> bool {
    let decision = match asked {
        "NONE" => Some(Decision::None),
        "ACCEPTED" => Some(Decision::Accepted),
        "REJECTED" => Some(Decision::Rejected),
        "FIXED" => Some(Decision::Fixed),
        _ => None,
    };
    let fixes = decision == Some(Decision::Fixed) && matches!(row.decision, Decision::Rejected | Decision::Fixed);
    match phase {
        "expired" => operator && fixes,
        "open" if row.is_signed_off() => match asked {
            "SIGNED_OFF" => true,
            "NOT_SIGNED_OFF" | "reviewers" => false,
            "note" => operator,
            _ => fixes || decision == Some(row.decision),
        },
        "open" => match asked {
            "FIXED" => fixes,
            "SIGNED_OFF" => row.decision != Decision::None,
            _ => true,
        },
        _ => false,
    }
}

#[test]
fn an_ordinary_update_passes_exactly_where_the_published_table_lets_it() {
    let mut seen = 0;
    for (phase_name, phase, now) in phases() {
        for (row_name, row) in rows() {
            for Asked { name, command } in asked() {
                for (role, context) in [("reviewer", reviewer()), ("operator", operator()), ("admin", administrator())]
                {
                    let context = Context { phase, ..context };
                    let passed = apply_command(&row, &command, &context, at(now));
                    let expected = allowed(phase_name, &row, name, role != "reviewer");
                    assert_eq!(passed.is_ok(), expected, "{phase_name}, {row_name}, {name}, {role}: {passed:?}");
                    seen += 1;
                }
            }
        }
    }
    assert_eq!(seen, 9 * 8 * 8 * 3);
}
