//! Bodies to copy: one for each request that is not obvious. A test decodes each of them with the decoder of its route.

use serde_json::{Value, json};

/// The example of a request's schema.
pub fn example(schema: &str) -> Option<Value> {
    of_campaigns(schema).or_else(|| of_reviews(schema)).or_else(|| of_inventory(schema))
}

fn of_campaigns(schema: &str) -> Option<Value> {
    match schema {
        "CampaignInput" => Some(json!({
            "name": "Warehouse badge accounts", "description": "Half-yearly check", "type": "periodic",
            "start_date": "2027-01-11T07:00:00Z", "end_date": "2027-01-29T17:00:00Z",
            "scope": { "applications": ["app-wms"], "account_types": ["user", "service"] },
        })),
        "CampaignChange" => Some(json!({ "end_date": "2026-09-28T18:00:00Z", "description": "Extended by one week" })),
        "CampaignFromTemplate" => Some(json!({
            "name": "Payroll system review, winter",
            "start_date": "2026-12-01T07:00:00Z", "end_date": "2026-12-18T17:00:00Z",
        })),
        "CampaignQuery" => Some(json!({
            "inclusion_filters": [
                { "entity": "account", "field": "department", "operator": "equals", "value": "Treasury" },
            ],
            "exclusion_filters": [
                { "entity": "account", "field": "account_type", "operator": "equals", "value": "service" },
            ],
        })),
        "AssignRulesInput" => Some(json!({ "rule_ids": ["rule-6a8f5c1e-8a0b-4c4d-9f0e-0b7a5e1d2c33"] })),
        "RuleSwitch" => Some(json!({ "enabled": false })),
        "RuleTestInput" => Some(json!({
            "rule_type": "account", "condition": "account.privileged = true AND account.mfa_enabled = false",
        })),
        "RuleInput" => Some(json!({
            "name": "Reject long-dormant accounts", "type": "account", "decision": "auto_reject",
            "condition": "account.login_age_days > 180 AND account.account_type = 'user'",
        })),
        "RuleChange" => Some(json!({ "status": "inactive" })),
        "PolicyInput" => Some(json!({
            "name": "Payments are entered and approved by different people", "type": "separation_of_duties",
            "duties": [
                { "name": "Enter payments", "entitlements": ["PaymentEntry"] },
                { "name": "Approve payments", "entitlements": ["grp-approvers"] },
            ],
            "target_applications": ["app-payroll"], "on_failure": "flag",
        })),
        "PolicyChange" => Some(json!({ "status": "inactive" })),
        "DecisionInput" => Some(json!({ "decision": "rejected", "comment": "Transferred to another plant" })),
        "BatchDecisionInput" => Some(json!({
            "account_ids": ["acct-7731", "acct-7740"], "decision": "approved", "comment": "Regular close team",
        })),
        _ => None,
    }
}

fn of_reviews(schema: &str) -> Option<Value> {
    match schema {
        "WorkflowInput" => Some(json!({
            "name": "Vault access", "description": "People with secrets access",
            "query": {
                "source_node_types": { "nodes": [{ "node_type": "Account" }], "nodes_operator": "AND" },
                "destination_node_types": {
                    "nodes": [{ "node_type": "Role", "condition_expression": "name sw \"vault\"" }],
                    "nodes_operator": "AND",
                },
            },
        })),
        "CertificationInput" => Some(json!({
            "workflow_id": "b2f1e7f4-40b7-4a1b-8a55-b6f3a0a0a111", "name": "June", "due_date": "2099-06-30T16:00:00Z",
            "reviewer_assignment": { "users_manager": true },
        })),
        "WorkflowChangeValue" => Some(json!({ "value": {
            "workflow_id": "b2f1e7f4-40b7-4a1b-8a55-b6f3a0a0a111", "notes": "Before the audit",
        } })),
        "CertificationChangeValue" => Some(json!({ "value": {
            "certification_id": "d0a3a5f0-7f7e-4a6f-9f59-0c6a7a1b2c01", "name": "June, late", "due_date": "2099-07-14T16:00:00Z",
        } })),
        "ResultUpdateValue" => Some(json!({ "value": {
            "result_id": 4, "decision": "REJECTED", "notes": "No longer in the vault team",
            "signed_off_state": "SIGNED_OFF",
        } })),
        "SettingInput" => Some(json!({ "value": "COMPLETION_ALLOWED_ANYTIME" })),
        "SignOffInput" => Some(json!({ "all_assigned_to_me": true })),
        "ApiKeyInput" => Some(json!({ "name": "nightly load", "role": "operator", "user": "loader@corp.example" })),
        _ => None,
    }
}

fn of_inventory(schema: &str) -> Option<Value> {
    match schema {
        "UploadInput" => Some(json!({ "format": "pairs" })),
        "ProviderInput" => Some(json!({ "name": "Billing", "custom_template": "application" })),
        "ProviderChange" => Some(json!({ "provisioning": true })),
        "ProviderIcon" => Some(json!({ "icon_base64": "iVBORw0KGgo=" })),
        "PushPart" => Some(json!({ "operation": "start" })),
        "PushedFile" => Some(json!({ "csv_data": "dXNlcl9pZCxyb2xlCjEscmVhZGVyCg==" })),
        "ScimUser" => Some(json!({ "userName": "ann@corp.example", "displayName": "Ann Ó", "active": true })),
        "ScimGroup" => Some(json!({ "displayName": "Clerks" })),
        "ScimPatch" => Some(json!({ "Operations": [{ "op": "replace", "path": "active", "value": false }] })),
        "ProviderSourceInput" => Some(json!({ "name": "Billing EU" })),
        _ => None,
    }
}
