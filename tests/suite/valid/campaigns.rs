//! Writes of the campaigns dialect: campaigns, their items, rules and policies.

use serde_json::{Value, json};

use super::{Make, Request, Scene, done, made};
use crate::world::administrator;

/// A condition that no account of the tests satisfies.
const NOBODYS: &str = "account.account_type = 'robot'";

fn rule(scene: &Scene) -> String {
    made("/api/v1/campaign-rules", rule_body(scene), "/id")
}

fn rule_body(scene: &Scene) -> Value {
    json!({ "name": scene.world.word, "type": "account", "condition": NOBODYS, "decision": "flag_for_review" })
}

/// A rule that the campaign has.
fn assigned(scene: &Scene) -> String {
    let rule = rule(scene);
    let path = format!("/api/v1/campaigns/{}/rules", scene.campaign());
    done(&administrator().sweeping().post(&path, json!({ "rule_ids": [rule] })));
    rule
}

fn policy(scene: &Scene) -> String {
    made("/api/v1/policies", policy_body(scene), "/id")
}

fn policy_body(scene: &Scene) -> Value {
    let duty = |name: &str| json!({ "name": name, "entitlements": [name] });
    json!({
        "name": scene.world.word, "type": "separation_of_duties", "on_failure": "flag",
        "duties": [duty("Enter"), duty("Approve")], "target_applications": [scene.world.application],
    })
}

fn applied(scene: &Scene) -> String {
    let policy = policy(scene);
    let path = format!("/api/v1/campaigns/{}/policies/{policy}", scene.campaign());
    done(&administrator().sweeping().post(&path, json!({})));
    policy
}

fn decided(scene: &Scene, place: usize) -> &str {
    let account = scene.account(place);
    let path = format!("/api/v1/campaigns/{}/approvals/{account}", scene.campaign());
    done(&administrator().sweeping().post(&path, json!({ "decision": "approved" })));
    account
}

fn recurring(scene: &Scene) -> String {
    let draft = scene.world.draft();
    let path = format!("/api/v1/campaigns/{draft}/recurrence");
    done(&administrator().sweeping().put(&path, json!({ "frequency": "yearly" })));
    draft
}

fn group(scene: &Scene) -> String {
    let groups = administrator().sweeping().get(&format!("/api/v1/campaigns/{}/batch-groups", scene.campaign()));
    groups.str("/batch_groups/0/id").to_owned()
}

/// One request for each operation.
pub const WRITES: &[Make] = &[
    |scene| Request::making("CreateCampaign", &[]).body(scene.world.campaign_body()),
    |scene| Request::of_one("UpdateCampaign", &[&scene.world.draft()]).body(json!({ "description": "again" })),
    |scene| Request::of_one("DeleteCampaign", &[&scene.world.draft()]),
    |scene| {
        let dates =
            json!({ "name": "Winter", "start_date": "2026-12-01T07:00:00Z", "end_date": "2099-12-18T17:00:00Z" });
        Request::making("CreateCampaignFromTemplate", &[scene.campaign()]).body(dates)
    },
    |scene| Request::of_one("StartCampaign", &[&scene.world.draft()]),
    |scene| Request::of_one("CancelCampaignStart", &[&scene.world.draft()]),
    |scene| Request::of_one("CompleteCampaign", &[&scene.world.active()]),
    |scene| Request::of_one("TerminateCampaign", &[&scene.world.active()]),
    |scene| Request::of_one("SetRecurrence", &[&scene.world.draft()]).body(json!({ "frequency": "weekly" })),
    |scene| Request::of_one("EndRecurrence", &[&recurring(scene)]),
    |scene| Request::of_one("ApplyPolicy", &[scene.campaign(), &policy(scene)]).body(json!({ "threshold": 3 })),
    |scene| Request::of_one("RemovePolicy", &[scene.campaign(), &applied(scene)]),
    |scene| {
        let both = json!({ "account_ids": [scene.account(0), scene.account(1)], "decision": "approved" });
        Request::making("DecideApprovals", &[scene.campaign()]).body(both)
    },
    |scene| {
        let decision = json!({ "decision": "rejected", "comment": "left" });
        Request::of_one("DecideApproval", &[scene.campaign(), scene.account(2)]).body(decision)
    },
    |scene| Request::of_one("UndoApproval", &[scene.campaign(), decided(scene, 3)]),
    |scene| {
        let reviewer = json!({ "reviewer": scene.world.email("omar") });
        Request::of_one("ChangeReviewer", &[scene.campaign(), scene.account(4)]).body(reviewer)
    },
    |scene| {
        let decision = json!({ "decision": "approved" });
        Request::making("DecideBatchGroup", &[scene.campaign(), &group(scene)]).body(decision)
    },
    |scene| {
        Request::of_one("AssignRules", &[scene.campaign()])
            .body(json!({ "rule_ids": [rule(scene)] }))
            .naming(&["/rule_ids/0"])
    },
    |scene| {
        Request::of_one("UpdateAssignedRule", &[scene.campaign(), &assigned(scene)]).body(json!({ "enabled": false }))
    },
    |scene| Request::of_one("RemoveAssignedRule", &[scene.campaign(), &assigned(scene)]),
    |scene| {
        let _ = assigned(scene);
        Request::making("EvaluateRules", &[scene.campaign()])
    },
    |_| Request::making("TestRule", &[]).body(json!({ "rule_type": "account", "condition": NOBODYS })),
    |scene| Request::making("CreateRule", &[]).body(rule_body(scene)),
    |scene| Request::of_one("UpdateRule", &[&rule(scene)]).body(json!({ "status": "inactive" })),
    |scene| Request::of_one("DeleteRule", &[&rule(scene)]),
    |scene| Request::making("CreatePolicy", &[]).body(policy_body(scene)),
    |scene| Request::of_one("UpdatePolicy", &[&policy(scene)]).body(json!({ "status": "inactive" })),
    |scene| Request::of_one("DeletePolicy", &[&policy(scene)]),
];
