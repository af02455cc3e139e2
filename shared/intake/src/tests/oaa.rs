use std::io::Write as _;

use base64::Engine as _;

use super::{parsed, refused, show};
use crate::oaa::{decode_csv_push, decode_push};

const APPLICATION: &str = include_str!("../../../../docs/samples/inventory/oaa_application.json");
const PROVIDER: &str = include_str!("../../../../docs/samples/inventory/oaa_identity_provider.json");

#[test]
fn an_application_as_the_public_client_builds_it() {
    insta::assert_snapshot!(show(&parsed("oaa_application", APPLICATION)));
}

#[test]
fn an_identity_provider_as_the_public_client_builds_it() {
    insta::assert_snapshot!(show(&parsed("oaa_identity_provider", PROVIDER)));
}

fn edges(format: &str, payload: &str) -> Vec<String> {
    let text = show(&parsed(format, payload));
    text.lines().filter(|line| line.contains("->")).map(str::to_owned).collect()
}

fn warnings(format: &str, payload: &str) -> Vec<String> {
    parsed(format, payload).unwrap().warnings.iter().map(ToString::to_string).collect()
}

/// A payload of one application `A`, with the given lists and assignments, and permissions `see` and `fix`.
fn application(lists: &str, assignments: &str) -> String {
    format!(
        r#"{{"identity_to_permissions":[{assignments}],
            "applications":[{{"name":"A","application_type":"t",{lists}}}],
            "permissions":[{{"name":"see","permission_type":["dataread"],"apply_to_sub_resources":true}},
                           {{"name":"fix","permission_type":["DataWrite","MetadataWrite"],"resource_types":["Year"]}}]}}"#
    )
}

const TREE: &str = r#""resources":[
    {"name":"ledger","resource_type":"book","sub_resources":[
        {"name":"2026","resource_type":"year"},{"id":"b","name":"2025","resource_type":"year"}]},
    {"name":"other","resource_type":"book"}]"#;

#[test]
fn whoever_holds_a_role_elsewhere_does_not_reach_a_resource() {
    let lists = format!(
        r#""local_users":[{{"name":"u"}},{{"name":"v"}},{{"name":"w"}}],{TREE},
           "local_roles":[{{"id":"r","name":"Reader","permissions":["see","fix"],"roles":["Base"]}},{{"name":"base","permissions":["FIX"]}}]"#
    );
    let payload = application(
        &lists,
        r#"{"identity":"u","identity_type":"local_user","role_assignments":[{"application":"a","role":"reader","resources":["Ledger"]}]},
           {"identity":"V","identity_type":"local_user","role_assignments":[{"application":"A","role":"r","resources":["ledger.b","other"]}]},
           {"identity":"w","identity_type":"local_user","role_assignments":[{"application":"A","role":"r","apply_to_application":true}]}"#,
    );
    assert_eq!(
        edges("oaa_application", &payload),
        [
            "Account src:u -> Role src:r@ledger",
            "Account src:v -> Role src:r@ledger.b",
            "Account src:v -> Role src:r@other",
            "Account src:w -> Role src:r",
            // `fix` is only for years, and through a role it does not reach down.
            "Role src:base@ledger.b -> Resource src:ledger.b fix = MetadataUpdate,Update",
            "Role src:r -> Application src:A see = Read",
            "Role src:r -> Role src:base",
            "Role src:r -> Resource src:ledger see = Read",
            "Role src:r -> Resource src:ledger.2026 see = Read",
            "Role src:r -> Resource src:ledger.b see = Read",
            "Role src:r -> Resource src:other see = Read",
            "Role src:r@ledger -> Role src:base@ledger",
            "Role src:r@ledger -> Resource src:ledger see = Read",
            "Role src:r@ledger -> Resource src:ledger.2026 see = Read",
            "Role src:r@ledger -> Resource src:ledger.b see = Read",
            "Role src:r@ledger.b -> Role src:base@ledger.b",
            "Role src:r@ledger.b -> Resource src:ledger.b fix,see = MetadataUpdate,Read,Update",
            "Role src:r@other -> Role src:base@other",
            "Role src:r@other -> Resource src:other see = Read",
        ]
    );
}

#[test]
fn a_permission_is_one_grant_with_the_others_on_the_same_target() {
    let payload = application(
        &format!(r#""local_groups":[{{"name":"g"}}],{TREE}"#),
        r#"{"identity":"G","identity_type":"local_group","application_permissions":[
             {"application":"A","permission":"fix","resources":["ledger","LEDGER.B"]},
             {"application":"A","permission":"see","resources":["ledger"]},
             {"application":"A","permission":"fix","apply_to_application":true}]}"#,
    );
    assert_eq!(
        edges("oaa_application", &payload),
        [
            "Group src:g -> Application src:A fix = MetadataUpdate,Update",
            "Group src:g -> Resource src:ledger fix,see = MetadataUpdate,Read,Update",
            "Group src:g -> Resource src:ledger.2026 see = Read",
            "Group src:g -> Resource src:ledger.b fix,see = MetadataUpdate,Read,Update",
        ]
    );
}

#[test]
fn whoever_has_accounts_in_two_applications_holds_in_each_what_was_given_there() {
    let payload = r#"{"identity_to_permissions":[{"identity":"bob","identity_type":"local_user","application_permissions":[
            {"application":"A","permission":"see","apply_to_application":true},
            {"application":"B","permission":"fix","apply_to_application":true},
            {"application":"A","permission":"fix","apply_to_application":true}]}],
        "applications":[{"name":"A","application_type":"t","local_users":[{"name":"bob","id":"a-bob"}]},
                        {"name":"B","application_type":"t","local_users":[{"name":"bob","id":"b-bob"}]}],
        "permissions":[{"name":"see","permission_type":["DataRead"]},{"name":"fix","permission_type":["DataWrite"]}]}"#;
    assert_eq!(
        edges("oaa_application", payload),
        [
            "Account src:A/a-bob -> Application src:A fix,see = Read,Update",
            "Account src:B/b-bob -> Application src:B fix = Update",
        ]
    );
}

#[test]
fn a_dotted_key_means_the_longest_name_that_fits() {
    let payload = application(
        r#""local_users":[{"name":"u"}],"resources":[
            {"name":"a","resource_type":"t","sub_resources":[{"name":"b.c","resource_type":"t"},{"name":"b","resource_type":"t"}]},
            {"name":"a.b","resource_type":"t","sub_resources":[{"name":"c","resource_type":"t"}]}]"#,
        r#"{"identity":"u","identity_type":"local_user","application_permissions":[
             {"application":"A","permission":"fix","resources":["a.b.c"]}]}"#,
    );
    assert_eq!(
        edges("oaa_application", &payload),
        ["Account src:u -> Resource src:a\\.b.c fix = MetadataUpdate,Update"]
    );
}

#[test]
fn what_may_be_one_of_two_is_left_out_and_both_are_named() {
    let payload = application(
        r#""local_users":[{"name":"Ann","groups":["clerks","HEADS"]},{"name":"ANN","groups":["Clerks"]},{"name":"Bo"}],
           "local_groups":[{"name":"clerks"},{"name":"Clerks"},{"id":"h1","name":"Heads"},{"id":"h2","name":"Heads"}],
           "local_roles":[{"name":"r","permissions":["SEE"]},{"name":"R","permissions":["see"]}],
           "resources":[{"name":"Ledger","resource_type":"t"},{"name":"LEDGER","resource_type":"t"},{"name":"Vault","resource_type":"t"}]"#,
        r#"{"identity":"ann","identity_type":"local_user","role_assignments":[{"application":"A","role":"r"}]},
           {"identity":"ANN","identity_type":"local_user","role_assignments":[{"application":"A","role":"R"}]},
           {"identity":"BO","identity_type":"local_user","application_permissions":[
             {"application":"a","permission":"see","resources":["LEDGER","ledger","vault"]}]}"#,
    );
    let text = show(&parsed("oaa_application", &payload));
    for edge in [
        "Account src:ANN -> Group src:Clerks",
        "Account src:ANN -> Role src:R",
        "Account src:Ann -> Group src:clerks",
        "Account src:Bo -> Resource src:LEDGER see",
        "Account src:Bo -> Resource src:Vault see",
    ] {
        assert!(text.contains(edge), "{edge} in {text}");
    }
    assert_eq!(text.lines().filter(|line| line.starts_with("Account") && line.contains("->")).count(), 5, "{text}");
    for warning in [
        "local_users[0].groups: group `HEADS` may be `h1` or `h2`, ignored",
        "identity_to_permissions[0]: identity `ann` may be `Ann` or `ANN`, ignored",
        "resources: resource `ledger` may be `Ledger` or `LEDGER`, ignored",
    ] {
        assert!(text.contains(warning), "{warning} in {text}");
    }
}

#[test]
fn managers_are_found_by_spelling_else_by_the_only_other_letter_case() {
    let people = r#"{"name":"P","idp_type":"okta","users":[
        {"name":"Ann","identity":"i-1"},{"name":"Bo","identity":"I-2","manager_id":"I-1"},{"name":"BO","identity":"i-3","manager_id":"ann"},
        {"name":"Cy","identity":"i-4","manager_id":"bo"}]}"#;
    let text = show(&parsed("oaa_identity_provider", people));
    for person in ["`Bo` manager_id=\"src:i-1\"", "`BO` manager_id=\"src:i-1\"", "`Cy` manager_id=\"bo\""] {
        assert!(text.contains(person), "{person} in {text}");
    }
    let warning = "warning: users[3].manager_id: user `bo` may be `Bo` or `BO`, kept as it is";
    assert_eq!(text.lines().filter(|line| line.starts_with("warning")).collect::<Vec<_>>(), [warning]);
}

#[test]
fn an_idp_identity_with_access_becomes_an_account() {
    let payload = application(
        TREE,
        r#"{"identity":"maya@corp.example","identity_type":"idp","application_permissions":[
             {"application":"A","permission":"see","apply_to_application":true}]}"#,
    );
    let text = show(&parsed("oaa_application", &payload));
    assert!(text.contains("Account src:idp/maya@corp.example `maya@corp.example` (IdpIdentity)"), "{text}");
    assert!(text.contains("email=\"maya@corp.example\" identities=[\"maya@corp.example\"]"), "{text}");
}

#[test]
fn a_property_named_like_a_known_attribute_becomes_it_where_the_type_fits() {
    let payload = application(
        r#""local_users":[{"name":"u","custom_properties":{"mfa_enabled":true,"privileged":"very","application_id":"B"}}]"#,
        "",
    )
    .replace(
        r#""permissions":["#,
        r#""custom_property_definition":{"applications":[{"application_type":"t","local_user_properties":
            {"MFA_enabled":"BOOLEAN","privileged":"STRING","application_id":"STRING"}}]},"permissions":["#,
    );
    let text = show(&parsed("oaa_application", &payload));
    assert_eq!(
        text.lines().nth(2).unwrap(),
        "Account src:u `u` account_type=\"user\" application_id=\"src:A\" customprop_application_id=\"B\" \
         customprop_mfa_enabled=true customprop_privileged=\"very\" mfa_enabled=true"
    );
}

#[test]
fn credentials_belong_to_whoever_uses_them() {
    let payload = application(
        r#""local_users":[{"name":"u","email":"u@corp.example","identities":["u"],"access_creds":["K1","none"]}],
           "local_access_creds":[{"id":"k1","name":"key one","can_expire":false,"last_used_at":"2026-01-01T00:00:00Z"}]"#,
        "",
    );
    let text = show(&parsed("oaa_application", &payload));
    assert!(text.contains("Account src:cred/k1 `key one` (AccessCredential)"), "{text}");
    assert!(text.contains("identities=[\"u\", \"u@corp.example\"] last_login_at=2026-01-01T00:00:00Z"), "{text}");
    assert!(
        text.contains(
            "warning: applications[0].local_users[0].access_creds: unknown access credential `none`, ignored"
        ),
        "{text}"
    );
}

#[test]
fn what_leads_nowhere_is_a_warning() {
    let payload = application(
        r#""local_users":[{"name":"u","groups":["none"],"created_at":"once","custom_properties":{"shoe":1}}],
           "local_groups":[{"name":"g","groups":["G","none"]}],
           "local_roles":[{"name":"r","permissions":["none"],"roles":["R","none"]}],
           "local_models":[{"name":"m"}]"#,
        r#"{"identity":"none","identity_type":"local_user","role_assignments":[{"application":"A","role":"r","apply_to_application":true}]},
           {"identity":"u","identity_type":"ghost","role_assignments":[{"application":"A","role":"r"}]},
           {"identity":"u","identity_type":"local_user",
            "role_assignments":[{"application":"B","role":"r"},{"application":"A","role":"none"}],
            "application_permissions":[{"application":"A","permission":"none","apply_to_application":true},
                                       {"application":"A","permission":"see","resources":["none"]}]}"#,
    );
    let payload = payload.replace("[\"dataread\"]", "[\"Fly\"]");
    insta::assert_snapshot!(warnings("oaa_application", &payload).join("\n"), @r"
    permissions[0].permission_type: unknown permission `Fly`, Uncategorized
    applications[0].local_groups[0].groups: a group cannot contain itself, ignored
    applications[0].local_groups[0].groups: unknown group `none`, ignored
    applications[0].local_users[0].created_at: is not a time, ignored
    applications[0].local_users[0].custom_properties.shoe: property is not defined, ignored
    applications[0].local_users[0].groups: unknown group `none`, ignored
    applications: 1 models ignored: they hold no access
    applications[0].local_roles[0].permissions: unknown permission `none`, ignored
    applications[0].local_roles[0].roles: a role cannot contain itself, ignored
    applications[0].local_roles[0].roles: unknown role `none`, ignored
    identity_to_permissions[0]: unknown identity `none`, ignored
    identity_to_permissions[1].identity_type: unknown type `ghost`, ignored
    identity_to_permissions[2].application_permissions[0].permission: unknown permission `none`, ignored
    identity_to_permissions[2].application_permissions[1].resources: unknown resource `none`, ignored
    identity_to_permissions[2].role_assignments[0].application: unknown application `B`, ignored
    identity_to_permissions[2].role_assignments[1].role: unknown role `none`, ignored
    ");
    assert!(edges("oaa_application", &payload).is_empty());
}

#[test]
fn a_wrong_shape_is_refused() {
    let cases = [
        ("oaa_application", "{", "1:1: not JSON: EOF while parsing an object"),
        ("oaa_application", "{}", "applications: must hold at least one application"),
        ("oaa_application", r#"{"applications":{}}"#, "applications: must be a list"),
        (
            "oaa_application",
            r#"{"applications":[{"name":"A","application_type":"t"},{"local_users":[]}]}"#,
            "applications[1].name: is required\napplications[1].application_type: is required",
        ),
        (
            "oaa_application",
            r#"{"applications":[{"name":"A","application_type":"t","local_users":[{"id":"u"},{"name":"v"},{"name":"w","id":"v"}],"resources":[{"name":"r"}]}]}"#,
            "applications[0].resources[0].resource_type: is required\napplications[0].local_users[0].name: is required\n\
             applications[0].local_users[2]: account `src:v` is defined twice",
        ),
        (
            "oaa_application",
            r#"{"applications":[{"name":"A","application_type":"t","local_users":7}],"permissions":[{"name":"P"},{"name":"p"},{"name":"P"}]}"#,
            "permissions[2].name: `P` is defined twice",
        ),
        ("oaa_identity_provider", r#"{"name":"I"}"#, "idp_type: is required"),
        (
            "oaa_identity_provider",
            r#"{"name":"I","idp_type":"t","users":[{"name":"u","groups":["g"]},{"identity":"x"}]}"#,
            "users[1].name: is required",
        ),
        (
            "oaa_identity_provider",
            r#"{"name":"I","idp_type":"t","users":[{"name":"u","groups":["g"]}]}"#,
            "users[0].groups[0]: must be an object",
        ),
    ];
    for (format, input, expected) in cases {
        assert_eq!(refused(format, input).trim_end(), expected, "for {input}");
    }
}

fn compressed(payload: &str) -> String {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(payload.as_bytes()).unwrap();
    base64::engine::general_purpose::STANDARD.encode(encoder.finish().unwrap())
}

#[test]
fn a_payload_is_pushed_compressed_as_a_string_or_as_an_object() {
    let plain = serde_json::json!({ "id": "p", "data_source_id": "d", "json_data": "{\"name\":1}" });
    let packed = serde_json::json!({ "json_data": compressed("{\"name\":1}"), "compression_type": "GZIP", "more": [] });
    let object = serde_json::json!({ "json_data": { "name": 1 } });
    for body in [&plain, &packed, &object] {
        assert_eq!(decode_push(body.to_string().as_bytes()).unwrap().payload, b"{\"name\":1}");
    }
    let push = decode_push(plain.to_string().as_bytes()).unwrap();
    assert_eq!((push.provider_id.as_deref(), push.data_source_id.as_deref()), (Some("p"), Some("d")));
}

#[test]
fn a_bad_envelope_is_refused() {
    let cases = [
        ("", "1:1: not JSON: EOF while parsing a value"),
        ("{}", "json_data: is required"),
        (r#"{"json_data": 7}"#, "json_data: must be a string or an object"),
        (r#"{"json_data": "{}", "compression_type": "ZIP"}"#, "compression_type: must be `GZIP`, or absent"),
        (r#"{"json_data": "*", "compression_type": "GZIP"}"#, "json_data: is not base64: Invalid symbol 42, offset 0."),
        (
            r#"{"json_data": "bm8gZ3ppcCBhdCBhbGw=", "compression_type": "gzip"}"#,
            "json_data: is not gzip: invalid gzip header",
        ),
    ];
    for (body, expected) in cases {
        let faults = decode_push(body.as_bytes()).unwrap_err();
        let text: Vec<String> = faults.faults.iter().map(ToString::to_string).collect();
        assert!(text.join("\n").starts_with(expected), "for {body}: {text:?}");
    }
}

#[test]
fn a_pushed_file_is_encoded() {
    let plain = serde_json::json!({ "id": "p", "csv_data": "YSxi\nCjEsMgo=" });
    assert_eq!(decode_csv_push(plain.to_string().as_bytes()).unwrap().payload, b"a,b\n1,2\n");
    let packed = serde_json::json!({ "csv_data": compressed("a,b\n"), "compression_type": "GZIP" });
    assert_eq!(decode_csv_push(packed.to_string().as_bytes()).unwrap().payload, b"a,b\n");
    for (body, expected) in [
        ("{}", "csv_data: is required"),
        (r#"{"json_data": "{}"}"#, "csv_data: is required"),
        (r#"{"csv_data": "a,b\n1,2\n"}"#, "csv_data: is not base64"),
        (r#"{"csv_data": {"a": 1}}"#, "csv_data: must be a string"),
    ] {
        let faults = decode_csv_push(body.as_bytes()).unwrap_err();
        assert!(faults.faults[0].to_string().starts_with(expected), "for {body}: {faults:?}");
    }
}
