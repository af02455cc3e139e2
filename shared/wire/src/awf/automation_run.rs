//! How the automations of a certification went.

use app::automate::RunView;
use serde_json::{Value, json};

use crate::encode;

/// The runs of a certification.
#[must_use]
pub fn encode_all(runs: &[RunView]) -> Value {
    json!({ "values": runs.iter().map(encode).collect::<Vec<_>>() })
}

fn encode(run: &RunView) -> Value {
    json!({
        "id": run.id,
        "certification_id": run.certification,
        "automation_ids": run.automations,
        "status": run.status.word(),
        "error_message": run.error,
        "started_at": encode::time(run.started_at),
        "completed_at": encode::optional_time(run.completed_at),
        "rows_matched": run.rows_matched,
        "rows_changed": run.rows_changed,
        "conflicts": run.conflicts,
        "skipped": run.skipped,
    })
}

#[cfg(test)]
mod tests {
    use domain::automation::run::RunStatus;
    use domain::ids::{AutomationId, AutomationRunId};
    use uuid::Uuid;

    use super::*;
    use crate::fixture::{at, review};
    use crate::openapi::check::fits;

    #[test]
    fn a_run_fits_its_schema_whether_or_not_it_has_ended() {
        let run = RunView {
            id: AutomationRunId::new(Uuid::from_u128(7)),
            certification: review(),
            automations: vec![AutomationId::new(Uuid::from_u128(1))],
            status: RunStatus::Running,
            error: String::new(),
            started_at: at("2026-09-01T06:00:00Z"),
            completed_at: None,
            rows_matched: 3,
            rows_changed: 2,
            conflicts: 1,
            skipped: 0,
        };
        let failed = RunView {
            status: RunStatus::Failed,
            error: "no".to_owned(),
            completed_at: Some(at("2026-09-01T06:00:01Z")),
            ..run.clone()
        };
        let shown = encode_all(&[run, failed]);
        fits("AutomationRunList", &shown);
        assert_eq!(
            (&shown["values"][0]["status"], &shown["values"][0]["completed_at"]),
            (&json!("RUNNING"), &Value::Null)
        );
        assert_eq!(shown["values"][1]["error_message"], "no");
    }
}
