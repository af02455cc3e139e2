//! What every sample is answered: the files in `snapshots`, one a sample.

use app::rule::JobState;
use engine::Faults;
use insta::assert_json_snapshot;
use serde_json::Value;

use crate::scene::{
    ACCEPTED, ACTIVE, ANNOUNCED, ASKED, BUILT, CERTIFIABLE, DEFINED, DRAFT, EXPORTED, IN_PROGRESS, INVENTORY, LISTENED,
    NOTHING, ORDERED, POLICED, STARTED, Scene, TAKEN_UP, UPLOADED,
};

/// The sample whose test needs more than what was sent before it.
pub const THROTTLED: &str = "schedules-table-throttled";

/// Declares a test for each line: what the sample shows, the sample, what was sent before it, and whether its function
/// does what it asks for (`handled`) or does not (`refused`).
macro_rules! answers {
    ($($name:ident: $sample:literal after $before:ident $outcome:ident;)+) => {
        /// Each sample with a test here, and its outcome.
        pub const OUTCOMES: &[(&str, &str)] = &[$(($sample, stringify!($outcome))),+];

        $(
            #[tokio::test]
            async fn $name() {
                recorded($sample, &Scene::after($before).await.$outcome($sample).await);
            }
        )+
    };
}

/// Compares with the file that is named like the sample.
fn recorded(sample: &str, answer: &Value) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        assert_json_snapshot!(sample, answer);
    });
}

answers! {
    a_data_source_is_put:
        "inventory-put-datasource" after NOTHING handled;
    a_data_source_with_an_account_of_no_application_is_refused:
        "inventory-put-datasource-with-fault" after NOTHING refused;
    data_sources_are_listed:
        "inventory-list-datasources" after INVENTORY handled;
    an_upload_is_opened:
        "inventory-open-upload" after NOTHING handled;
    an_identity_provider_makes_a_user:
        "scim-create-user" after NOTHING handled;
    a_filter_that_cannot_be_read_is_refused:
        "scim-list-with-bad-filter" after NOTHING refused;
    a_campaign_is_created:
        "campaigns-create" after INVENTORY handled;
    every_fault_of_a_campaign_is_named:
        "campaigns-create-with-faults" after INVENTORY refused;
    an_auditor_creates_no_campaign:
        "campaigns-create-as-auditor" after INVENTORY refused;
    a_campaign_is_started_by_a_message:
        "campaigns-start" after DRAFT handled;
    a_campaign_is_read:
        "campaigns-get" after ACTIVE handled;
    a_caller_learns_who_they_are:
        "settings-me" after NOTHING handled;
    who_was_not_recognised_is_told_so:
        "settings-me-without-caller" after NOTHING refused;
    health_needs_no_token:
        "settings-health" after NOTHING handled;
    a_key_is_created:
        "settings-create-key" after NOTHING handled;
    people_who_can_be_reviewers_are_found:
        "settings-list-users" after INVENTORY handled;
    a_certification_without_automations_has_no_run:
        "reviews-automation-runs" after IN_PROGRESS handled;
    certifications_without_a_row_of_anns_are_not_listed_for_her:
        "reviews-list-assigned" after IN_PROGRESS handled;
    somebody_must_not_review:
        "settings-deny-user" after INVENTORY handled;
    somebody_stands_in_for_somebody_else:
        "settings-delegate" after INVENTORY handled;
    nobody_stands_in_for_themselves:
        "settings-delegate-to-oneself" after INVENTORY refused;
    a_setting_is_stored:
        "settings-put-setting" after NOTHING handled;
    a_word_of_another_setting_is_refused:
        "settings-put-foreign-word" after NOTHING refused;
    a_receiver_is_named:
        "settings-put-webhook" after NOTHING handled;
    what_no_other_route_matches_is_not_found:
        "settings-unmatched-path" after NOTHING refused;
    open_approvals_are_listed:
        "approvals-list" after ACTIVE handled;
    what_is_recommended_for_an_account_is_told:
        "approvals-recommendation" after ACTIVE handled;
    groups_of_accounts_are_listed:
        "approvals-list-groups" after ACTIVE handled;
    a_group_that_is_not_there_is_not_found:
        "approvals-decide-unknown-group" after ACTIVE refused;
    an_account_is_approved:
        "approvals-decide" after ACTIVE handled;
    an_account_that_is_not_in_the_campaign_is_not_found:
        "approvals-decide-unknown-account" after ACTIVE refused;
    another_reviewer_is_named_for_an_account:
        "approvals-change-reviewer" after ACTIVE handled;
    an_account_that_is_reviewed_for_the_first_time_has_no_history:
        "approvals-history" after ACTIVE handled;
    campaigns_like_one_are_set_up_for_every_quarter:
        "campaigns-set-recurrence" after ACTIVE handled;
    a_rule_that_speaks_of_hours_is_refused:
        "campaigns-set-recurrence-with-fault" after ACTIVE refused;
    the_run_history_of_a_campaign_is_listed:
        "campaigns-run-history" after ACTIVE handled;
    a_workflow_is_created:
        "reviews-create-workflow" after INVENTORY handled;
    a_certification_is_created_and_ordered_by_a_message:
        "reviews-create-certification" after CERTIFIABLE handled;
    a_workflow_is_changed:
        "reviews-update-workflow" after CERTIFIABLE handled;
    a_workflow_with_a_certification_is_not_deleted:
        "reviews-delete-workflow-in-use" after IN_PROGRESS refused;
    a_certification_is_renamed:
        "reviews-update-certification" after IN_PROGRESS handled;
    a_certification_is_deleted_and_a_message_sweeps_it:
        "reviews-delete-certification" after IN_PROGRESS handled;
    results_are_listed:
        "reviews-list-results" after IN_PROGRESS handled;
    a_row_is_explained:
        "reviews-access-graph" after IN_PROGRESS handled;
    it_is_told_how_the_data_sources_of_a_workflow_are:
        "reviews-datasource-status" after CERTIFIABLE handled;
    a_result_is_decided:
        "reviews-update-result" after IN_PROGRESS handled;
    a_result_that_is_not_there_is_not_found:
        "reviews-update-unknown-result" after IN_PROGRESS refused;
    a_smart_action_is_prepared:
        "reviews-create-smart-action" after IN_PROGRESS handled;
    an_automation_is_made:
        "automations-create" after NOTHING handled;
    an_automation_with_a_bad_filter_is_refused:
        "automations-create-with-bad-filter" after NOTHING refused;
    every_automation_is_attached_to_a_workflow:
        "automations-attach" after CERTIFIABLE handled;
    an_automation_is_tried_out:
        "automations-test" after IN_PROGRESS handled;
    a_quick_filter_is_prepared:
        "reviews-create-quick-filter" after IN_PROGRESS handled;
    a_smart_action_that_is_not_there_is_not_found:
        "reviews-apply-unknown-smart-action" after IN_PROGRESS refused;
    undecided_results_are_accepted_together:
        "reviews-bulk-update" after IN_PROGRESS handled;
    a_result_is_mended_by_force:
        "reviews-force-update" after IN_PROGRESS handled;
    force_signs_off_no_result_without_a_decision:
        "reviews-force-update-of-undecided" after IN_PROGRESS refused;
    it_is_told_how_a_removal_goes:
        "reviews-webhook-info" after IN_PROGRESS handled;
    a_file_with_the_results_is_asked_for:
        "exports-create" after IN_PROGRESS handled;
    every_fault_of_an_export_is_named:
        "exports-create-with-faults" after IN_PROGRESS refused;
    a_rule_is_created:
        "rules-create" after NOTHING handled;
    a_rule_whose_condition_breaks_off_is_refused_with_the_place:
        "rules-create-with-bad-condition" after NOTHING refused;
    a_condition_is_to_be_tried_out:
        "rules-test" after INVENTORY handled;
    a_policy_is_created:
        "rules-create-policy" after NOTHING handled;
    a_policy_is_applied_to_a_campaign:
        "campaigns-apply-policy" after DEFINED handled;
    a_policy_that_is_not_applied_cannot_be_taken_off:
        "campaigns-remove-unknown-policy" after DEFINED refused;
    an_account_is_checked_against_the_policies_of_its_campaign:
        "approvals-policy-checks" after POLICED handled;
    the_risk_of_an_account_counts_the_policies_that_it_fails:
        "approvals-risk-assessment" after POLICED handled;
    a_token_names_its_caller:
        "authorizer-known-token" after NOTHING handled;
    a_token_that_nobody_has_names_nobody:
        "authorizer-unknown-token" after NOTHING refused;
    a_jwt_names_the_person_of_the_inventory_with_its_address:
        "authorizer-jwt" after INVENTORY handled;
    a_jwt_that_has_expired_names_nobody:
        "authorizer-jwt-expired" after NOTHING refused;
    a_jwt_without_signature_names_nobody:
        "authorizer-jwt-unsigned" after NOTHING refused;
    the_rows_of_a_campaign_are_built:
        "materialize-campaign" after STARTED handled;
    the_rows_of_a_certification_are_built:
        "materialize-certification" after ORDERED handled;
    a_message_of_another_queue_builds_nothing_and_comes_again:
        "materialize-foreign-message" after NOTHING refused;
    a_condition_is_tried_out:
        "evaluate-rules" after ASKED handled;
    a_campaign_is_opened_when_its_policies_have_decided:
        "evaluate-campaign" after BUILT handled;
    a_message_of_another_queue_evaluates_nothing_and_comes_again:
        "evaluate-foreign-message" after NOTHING refused;
    a_run_that_nobody_waits_for_is_done:
        "automate-forgotten" after NOTHING handled;
    a_message_of_another_queue_automates_nothing_and_comes_again:
        "automate-foreign-message" after NOTHING refused;
    a_receiver_is_told_of_a_signed_off_result:
        "deliver-signed-off" after ACCEPTED handled;
    the_secret_of_a_deleted_workflow_is_forgotten:
        "deliver-workflow-deleted" after NOTHING handled;
    a_message_that_is_no_event_tells_nobody_and_comes_again:
        "deliver-foreign-message" after NOTHING refused;
    reviewers_are_to_hear_of_a_certification:
        "notify-opened" after IN_PROGRESS handled;
    a_reviewer_is_mailed:
        "notify-letter" after ANNOUNCED handled;
    whoever_has_rows_to_decide_is_reminded:
        "notify-remind" after IN_PROGRESS handled;
    a_message_that_is_not_about_mails_comes_again:
        "notify-foreign-message" after NOTHING refused;
    the_rows_of_a_certification_are_written_to_a_file:
        "render-job" after EXPORTED handled;
    a_message_of_another_queue_writes_nothing_and_comes_again:
        "render-foreign-message" after NOTHING refused;
    an_uploaded_object_begins_the_work:
        "ingest-object-created" after UPLOADED handled;
    an_upload_is_taken_in:
        "ingest-job" after TAKEN_UP handled;
    the_test_of_a_new_notification_is_taken_note_of:
        "ingest-test-event" after NOTHING handled;
    a_message_of_another_queue_takes_nothing_in_and_comes_again:
        "ingest-foreign-message" after NOTHING refused;
    a_tick_finds_an_upload_that_nobody_told_of:
        "schedules-every-minute" after UPLOADED handled;
}

#[tokio::test]
async fn a_condition_that_was_tried_out_has_counted_every_account() {
    let scene = Scene::after(ASKED).await;
    let asked = *scene.bed.sent.all()[0].job();
    let _ = scene.handled("evaluate-rules").await;
    let job = scene.bed.deps.store.jobs().get(&asked).await.expect("the table answers").expect("the job");
    assert_eq!((job.state, job.total, job.processed), (JobState::Completed, Some(1), 1));
}

#[tokio::test]
async fn what_was_asked_for_lies_in_the_object_store() {
    let scene = Scene::after(EXPORTED).await;
    let asked = *scene.bed.sent.all().last().expect("a message").job();
    let _ = scene.handled("render-job").await;
    let job = scene.bed.deps.store.jobs().get(&asked).await.expect("the table answers").expect("the job");
    let written: Value = serde_json::from_str(&job.result.expect("a result")).expect("JSON");
    let object = written["object"].as_str().expect("an object");
    let size = scene.bed.deps.objects.size(object).await.expect("an object store");
    assert_eq!((job.state, size), (JobState::Completed, written["bytes"].as_u64()));
}

#[tokio::test]
async fn the_receiver_hears_of_the_result_as_the_api_shows_it() {
    let scene = Scene::after(ACCEPTED).await;
    let _ = scene.handled("deliver-signed-off").await;
    let heard = scene.bed.receivers.heard();
    let [(id, body)] = heard.as_slice() else { panic!("one message: {heard:?}") };
    let body: Value = serde_json::from_str(body).expect("JSON");
    let listed = scene.handled("reviews-list-results").await;
    assert_eq!((&body["id"], &body["event"]), (&Value::from(id.as_str()), &Value::from("row.accepted")));
    assert_eq!(body["results"][0]["source"], listed["body"]["values"][0]["source"]);
    assert_eq!(body["results"][0]["decision"], "ACCEPTED");
    assert_eq!(body["actor"]["email"], "ann@corp.example");
}

#[tokio::test]
async fn what_is_told_of_a_review_that_is_not_open_yet_is_put_into_the_queue_anew() {
    let scene = Scene::after(LISTENED).await;
    let _ = scene.handled("deliver-signed-off").await;
    let put_off = scene.bed.sent.put_off();
    let [(queue, body, wait)] = put_off.as_slice() else { panic!("one message: {put_off:?}") };
    assert_eq!((queue.as_str(), wait.as_secs()), ("deliver", 300));
    assert!(body.contains("row.signed_off"), "{body}");
    assert_eq!(scene.bed.receivers.heard(), []);
}

#[tokio::test]
async fn what_no_worker_understands_comes_again_to_each_of_them() {
    let scene = Scene::after(NOTHING).await;
    for (sample, queue, least) in [
        ("automate-foreign-message", "automate", 10),
        ("deliver-foreign-message", "deliver", 120),
        ("evaluate-foreign-message", "evaluate", 10),
        ("ingest-foreign-message", "ingest", 10),
        ("materialize-foreign-message", "materialise", 10),
        ("notify-foreign-message", "notify", 120),
        ("render-foreign-message", "export", 10),
    ] {
        let _ = scene.refused(sample).await;
        let again = scene.bed.sent.again();
        let Some((asked, wait)) = again.last() else { panic!("{sample} is lost") };
        assert_eq!(asked, queue);
        assert!((least..=least * 5 / 4).contains(&wait.as_secs()), "{sample}: {wait:?}");
    }
}

#[tokio::test]
async fn what_was_uploaded_is_in_the_inventory() {
    let scene = Scene::after(TAKEN_UP).await;
    let _ = scene.handled("ingest-job").await;
    let listed = scene.handled("inventory-list-datasources").await;
    assert_eq!(listed["body"]["datasources"][0]["datasource_id"], "warehouse");
}

#[tokio::test(start_paused = true)]
async fn a_tick_fails_when_the_table_answers_nobody() {
    let scene = Scene::after(NOTHING).await;
    scene.bed.engine.set_faults(Faults { throttled: 1.0, ..Faults::default() }).expect("faults");
    recorded(THROTTLED, &scene.refused(THROTTLED).await);
}
