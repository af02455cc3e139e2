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
    let _ = writeln!(table, "{:7}{:86}{}", "", "", head.map(|name| format!("{name:14}")).concat().trim_end());
    for route in ROUTES {
        let roles = [Role::Reviewer, Role::Operator, Role::Administrator, Role::Auditor];
        let may = |role: Role| route.minimum_role.is_none_or(|minimum| role.may(minimum, route.reads));
        let cells = [route.minimum_role.is_none()].into_iter().chain(roles.map(may));
        let cells: String = cells.map(|may| format!("{:14}", if may { "yes" } else { "-" })).collect();
        let _ = writeln!(table, "{:7}{:86}{}", route.method.as_str(), route.path, cells.trim_end());
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
    let all = [
        campaigns::schemas(),
        rules::schemas(),
        policies::schemas(),
        awf::schemas(),
        inventory::schemas(),
        common::schemas(),
    ]
    .concat();
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
    let paths = ["/api/v1/campaign", "/api/v1/policies"];
    for route in ROUTES.iter().filter(|route| paths.iter().any(|path| route.path.starts_with(path))) {
        let expected = match route.operation {
            Operation::CreateCampaign
            | Operation::CreateCampaignFromTemplate
            | Operation::CreateRule
            | Operation::CreatePolicy => 201,
            Operation::DeleteCampaign
            | Operation::EndRecurrence
            | Operation::DeleteRule
            | Operation::RemoveAssignedRule
            | Operation::DeletePolicy
            | Operation::RemovePolicy => 204,
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
    let decoders: [(&str, Decoder); 20] = [
        ("CampaignInput", |body| campaigns::campaign::create(body).map(drop)),
        ("CampaignChange", |body| campaigns::campaign::edit(body).map(drop)),
        ("CampaignFromTemplate", |body| campaigns::campaign::from_template(body).map(drop)),
        ("CampaignQuery", |body| campaigns::query::test(body).map(drop)),
        ("AssignRulesInput", |body| campaigns::rule_job::assign(body).map(drop)),
        ("RuleSwitch", |body| campaigns::rule_job::enable(body).map(drop)),
        ("RuleTestInput", |body| campaigns::rule_job::test(body).map(drop)),
        ("RuleInput", |body| campaigns::rule::create(body).map(drop)),
        ("RuleChange", |body| campaigns::rule::edit(body).map(drop)),
        ("PolicyInput", |body| campaigns::policy::create(body).map(drop)),
        ("PolicyChange", |body| campaigns::policy::edit(body).map(drop)),
        ("DecisionInput", |body| campaigns::approval::decide(body).map(drop)),
        ("BatchDecisionInput", |body| campaigns::approval::decide_batch(body).map(drop)),
        ("WorkflowInput", |body| awf::workflow::create(body).map(drop)),
        ("CertificationInput", |body| awf::certification::create(body).map(drop)),
        ("WorkflowChangeValue", |body| awf::workflow::update(body).map(drop)),
        ("CertificationChangeValue", |body| awf::certification::update(body).map(drop)),
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

#[test]
fn what_the_inventory_answers_fits_its_schemas() {
    use app::loading::ingestion::{report, upload};
    use app::loading::sources::{snapshot, source};
    use domain::ids::{DataSourceId, SnapshotId, UploadId};
    use uuid::Uuid;

    use crate::fixture::at;
    use crate::inventory as bodies;

    let (at, id) = (at("2026-01-01T00:00:00Z"), DataSourceId::new("ds-hr").unwrap());
    let note = report::Note { place: "accounts[1]".to_owned(), message: "no owner".to_owned() };
    let loaded = report::Report { created: 1, updated: 2, removed: 3, warnings: vec![note.clone()] };
    check::fits("LoadReport", &bodies::source::report(&loaded));
    check::fits("Pushed", &bodies::provider::pushed(&loaded));
    check::fits("Pushed", &bodies::provider::pushed(&report::Report::default()));
    let source = source::SourceView {
        id: id.clone(),
        name: "HR".to_owned(),
        platform: String::new(),
        format: "full".to_owned(),
        provider: None,
        created_at: at,
        loaded_at: None,
        accounts: 1,
        nodes: 2,
        edges: 3,
    };
    let page = app::page::Page { items: vec![source], next: None, end: None, has_previous: false };
    check::fits("DataSourcePage", &bodies::source::list(&page));
    let upload = UploadId::new(Uuid::from_u128(1));
    let opened = upload::Opened { id: upload, url: "u".to_owned(), expires_at: at, max_bytes: 1 };
    check::fits("OpenedUpload", &bodies::upload::opened(&opened));
    for phase in [
        upload::Phase::Waiting,
        upload::Phase::Processing,
        upload::Phase::Done,
        upload::Phase::Failed,
        upload::Phase::Expired,
    ] {
        let view = upload::UploadView {
            id: upload,
            source: id.clone(),
            phase,
            created_at: at,
            expires_at: at,
            result: Some(loaded.clone()),
            faults: vec![note.clone()],
            percent: 50,
        };
        check::fits("Upload", &bodies::upload::upload(&view));
    }
    let snapshot = snapshot::SnapshotView { id: SnapshotId::new(1).unwrap(), taken_at: at, sources: vec![id.clone()] };
    check::fits("SnapshotId", &bodies::snapshot::taken(&snapshot));
    let page = app::page::Page { items: vec![snapshot], next: None, end: None, has_previous: false };
    check::fits("SnapshotPage", &bodies::snapshot::list(&page));
}

#[test]
fn what_providers_answer_fits_its_schemas() {
    use app::loading::sources::provider::{ProviderSourceView, ProviderView};
    use domain::ids::DataSourceId;
    use uuid::Uuid;

    use crate::inventory::provider as bodies;

    let (id, at) = (DataSourceId::new("ds-hr").unwrap(), crate::fixture::at("2026-01-01T00:00:00Z"));
    let of = Uuid::from_u128(2);
    let provider = ProviderView {
        id: of,
        name: "B".to_owned(),
        template: "application".to_owned(),
        provisioning: false,
        created_at: at,
        version: 1,
    };
    check::fits("ProviderValue", &bodies::value(&provider, None));
    check::fits("ProviderValue", &bodies::value(&provider, Some("aWNvbg==")));
    let source = ProviderSourceView { id, provider: of, name: "B EU".to_owned(), created_at: at, loaded_at: None };
    check::fits("ProviderSourceValue", &bodies::source_value(&source));
    check::fits("ProviderTemplateList", &bodies::templates());
}
