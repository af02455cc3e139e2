//! What administrators settle is told as it happens, and what changes nothing is not.

use domain::automation::{ActionParts, Criteria};
use domain::export::Format;
use domain::inventory::Family;
use domain::settings::PredefinedNotes;

use super::*;
use crate::automation::{self, AttachInput, ContentInput};
use crate::review::UserReference;
use crate::standing::{self, DelegationReference};
use crate::testing::sketch::{Sketch, text};
use crate::{export, settings};

fn named(id: &str) -> UserReference {
    UserReference { user_type: "Identity".to_owned(), id: id.to_owned(), email: None, name: None }
}

/// A stand with a campaign, and what was told of it forgotten.
async fn running() -> (Stand, ReviewId, usize) {
    let stand = Stand::new();
    let sketch = Sketch::default()
        .node(Family::Application, "app", &[])
        .node(Family::Identity, "lena", &[])
        .node(Family::Identity, "omar", &[])
        .account("a1", &[("owner_id", text("omar"))]);
    stand.load("ds", &sketch.picture()).await.unwrap();
    let campaign = stand.start_campaign().await;
    stand.drain().await;
    let told = stand.bus.taken().len();
    (stand, campaign, told)
}

/// Types and data of what was told since, and that an administrator did it.
fn since(stand: &Stand, before: usize) -> Vec<(String, Value)> {
    for event in &stand.bus.taken()[before..] {
        let detail: Value = serde_json::from_str(&event.detail).unwrap();
        assert_eq!(detail["actor"], "localCookieUser/root");
    }
    stand.bus.told().split_off(before)
}

#[test]
fn choices_of_settings_are_told_with_their_versions_and_codes_and_nothing_else_of_them() {
    engine::simulate(1, async {
        let (stand, _, before) = running().await;
        let (deps, call) = (&stand.deps, || stand.call());
        settings::put(deps, &call(), Chosen::SelfReview(SelfReview::CheckingEnabled), None).await.unwrap();
        let notes = PredefinedNotes { reject: vec!["left the company".to_owned()], accept: Vec::new() };
        settings::put(deps, &call(), Chosen::PredefinedNotes(notes), None).await.unwrap();
        settings::remove(deps, &call(), Setting::SelfReview, None).await.unwrap();
        settings::remove(deps, &call(), Setting::SelfReview, None).await.unwrap();
        let told = |kind: &str, data: Value| (kind.to_owned(), data);
        let setting = |name: &str, versions: [u64; 2], value: Value| {
            let [before, version] = versions;
            json!({"setting": name, "workflow": null, "before": before, "version": version, "value": value})
        };
        let expected = [
            told("setting.changed", setting("self_reviewer_settings", [0, 1], json!(2))),
            told("setting.changed", setting("predefined_decision_notes", [0, 1], Value::Null)),
            told("setting.removed", setting("self_reviewer_settings", [1, 0], Value::Null)),
        ];
        assert_eq!(since(&stand, before), expected);
    });
}

#[test]
fn the_deny_list_and_delegations_tell_who_came_and_who_went() {
    engine::simulate(1, async {
        let (stand, _, before) = running().await;
        let (deps, call) = (&stand.deps, || stand.call());
        let pair = || [DelegationReference { original: named("lena"), delegate: named("omar") }];
        standing::deny(deps, &call(), &[named("lena"), named("omar")]).await.unwrap();
        standing::deny(deps, &call(), &[named("lena")]).await.unwrap();
        standing::allow(deps, &call(), &[named("lena")]).await.unwrap();
        standing::delegate(deps, &call(), &pair()).await.unwrap();
        standing::undelegate(deps, &call(), &pair()).await.unwrap();
        standing::undelegate(deps, &call(), &pair()).await.unwrap();
        let (lena, omar) = ("Identity/lena", "Identity/omar");
        let stands_in = || json!([{"original": lena, "delegate": omar}]);
        let changed = |kind: &str, added: Value, removed: Value, version: u64| {
            (format!("{kind}.changed"), json!({"added": added, "removed": removed, "version": version}))
        };
        let expected = [
            changed("deny_list", json!([lena, omar]), json!([]), 1),
            changed("deny_list", json!([]), json!([lena]), 2),
            changed("delegation", stands_in(), json!([]), 1),
            changed("delegation", json!([]), stands_in(), 2),
        ];
        assert_eq!(since(&stand, before), expected);
    });
}

#[test]
fn automations_and_exports_are_told() {
    engine::simulate(1, async {
        let (stand, campaign, before) = running().await;
        let (deps, call) = (&stand.deps, || stand.call());
        let content = |name: &str| ContentInput {
            name: name.to_owned(),
            criteria: Criteria { filter: "source.id pr".to_owned(), mutable_filter: String::new() },
            action: ActionParts { signed_off: Some(true), ..ActionParts::default() },
            ..ContentInput::default()
        };
        let workflow = stand.deps.store.certifications().get(&campaign).await.unwrap().unwrap();
        let workflow = workflow.certification.workflow_id;
        let id = automation::create(deps, &call(), content("One")).await.unwrap();
        automation::replace(deps, &call(), id, content("Two")).await.unwrap();
        automation::replace(deps, &call(), id, content("Two")).await.unwrap();
        let one = AttachInput::One(id, workflow);
        automation::attach(deps, &call(), one, None).await.unwrap();
        automation::attach(deps, &call(), one, None).await.unwrap();
        automation::detach(deps, &call(), AttachInput::EveryWorkflow(id)).await.unwrap();
        automation::delete(deps, &call(), id).await.unwrap();
        let (previous, title, filter, mutable_filter, order) = (None, None, None, None, Vec::new());
        let format = Format::Csv;
        let input = export::CreateInput { review: campaign, previous, format, title, filter, mutable_filter, order };
        let file = export::create(deps, &call(), input).await.unwrap();
        let of = |kind: &str, data: Value| (kind.to_owned(), data);
        let version = |version: u64| json!({"automation": id.to_string(), "version": version});
        let expected = [
            of("automation.created", version(1)),
            of("automation.updated", version(2)),
            of("automation.attached", json!({"automation": id.to_string(), "workflow": workflow.to_string()})),
            of("automation.detached", json!({"automation": id.to_string(), "workflow": null})),
            of("automation.deleted", version(2)),
            of("export.created", json!({"export": file.to_string(), "review": campaign.to_string(), "format": "csv"})),
        ];
        assert_eq!(since(&stand, before), expected);
    });
}
