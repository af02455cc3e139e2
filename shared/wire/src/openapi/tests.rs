use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use domain::user::Role;

use super::*;
use crate::routes::ROUTES;

/// Compares a committed file with what the code says now; `UPDATE=1` writes the file instead.
#[track_caller]
fn committed(name: &str, now: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/api").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, now).unwrap();
        return;
    }
    let held = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(held == now, "docs/api/{name} is stale: run `UPDATE=1 cargo test -p wire`");
}

#[test]
fn the_committed_document_is_what_the_code_says() {
    committed("openapi.json", &format!("{:#}\n", document()));
}

#[test]
fn the_committed_authorisation_table_is_what_the_policy_says() {
    let mut table = String::from(
        "Who may call what, as the policy answers. A dash means 403; reviewers further see only their own rows.\n\n",
    );
    let head = ["anonymous", "reviewer", "operator", "administrator", "auditor"];
    let _ = writeln!(table, "{:7}{:78}{}", "", "", head.map(|name| format!("{name:14}")).concat().trim_end());
    for route in ROUTES {
        let roles = [Role::Reviewer, Role::Operator, Role::Administrator, Role::Auditor];
        let may = |role: Role| route.minimum_role.is_none_or(|minimum| role.may(minimum, route.reads));
        let cells = [route.minimum_role.is_none()].into_iter().chain(roles.map(may));
        let cells: String = cells.map(|may| format!("{:14}", if may { "yes" } else { "-" })).collect();
        let _ = writeln!(table, "{:7}{:78}{}", route.method.as_str(), route.path, cells.trim_end());
    }
    committed("authorisation.txt", &table);
}

#[test]
fn every_reference_has_a_schema_and_every_schema_is_used() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                    found.insert(reference.trim_start_matches("#/components/schemas/").to_owned());
                }
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = BTreeSet::new();
    references(&document(), &mut found);
    let defined: BTreeSet<String> = schemas().keys().cloned().collect();
    assert_eq!(found, defined);
}

#[test]
fn no_schema_is_defined_twice() {
    let all = [campaigns::schemas(), awf::schemas(), inventory::schemas(), common::schemas()].concat();
    let names: BTreeSet<_> = all.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), all.len());
}

#[test]
fn every_route_is_documented_once_with_its_parameters_and_role() {
    let document = document();
    for route in ROUTES {
        let operation = &document["paths"][route.path][route.method.as_str().to_ascii_lowercase()];
        assert_eq!(operation["operationId"], route.operation.name());
        assert_eq!(operation["x-minimum-role"].as_str(), route.minimum_role.map(|role| role.word()));
        assert_eq!(operation["x-reads"], route.reads);
        let named: Vec<_> =
            operation["parameters"].as_array().into_iter().flatten().filter(|p| p["in"] == "path").collect();
        assert_eq!(named.len(), route.parameters().len(), "{}", route.path);
    }
}

#[test]
fn creations_of_the_campaigns_dialect_answer_201_and_deletions_204() {
    for route in ROUTES.iter().filter(|route| route.path.starts_with("/api/v1/campaigns")) {
        let expected = match route.operation {
            Operation::CreateCampaign | Operation::CreateCampaignFromTemplate => 201,
            Operation::DeleteCampaign => 204,
            _ => 200,
        };
        assert_eq!(describe(route.operation).status, expected, "{}", route.path);
    }
}

#[test]
fn the_page_names_every_operation_and_loads_nothing_from_elsewhere() {
    let page = page();
    for route in ROUTES {
        assert!(page.contains(route.summary), "{}", route.path);
    }
    for foreign in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}

#[test]
fn every_example_fits_its_schema_and_is_understood_by_its_decoder() {
    use crate::{awf, campaigns, common};
    type Decoder = fn(&[u8]) -> Result<(), app::error::Error>;
    let decoders: [(&str, Decoder); 11] = [
        ("CampaignInput", |body| campaigns::campaign::create(body).map(drop)),
        ("CampaignChange", |body| campaigns::campaign::edit(body).map(drop)),
        ("CampaignFromTemplate", |body| campaigns::campaign::from_template(body).map(drop)),
        ("CampaignQuery", |body| campaigns::query::test(body).map(drop)),
        ("DecisionInput", |body| campaigns::approval::decide(body).map(drop)),
        ("BatchDecisionInput", |body| campaigns::approval::decide_batch(body).map(drop)),
        ("WorkflowInput", |body| awf::workflow::create(body).map(drop)),
        ("CertificationInput", |body| awf::certification::create(body).map(drop)),
        ("ResultUpdateValue", |body| awf::result::update(body).map(drop)),
        ("SignOffInput", |body| awf::result::sign_off(body).map(drop)),
        ("ApiKeyInput", |body| common::create_key(body).map(drop)),
    ];
    for (name, decode) in decoders {
        let example = examples::example(name).unwrap();
        check::fits(name, &example);
        assert!(decode(example.to_string().as_bytes()).is_ok(), "{name}");
    }
    for name in ["UploadInput", "ProviderInput", "ProviderSourceInput"] {
        check::fits(name, &examples::example(name).unwrap());
    }
}
