use super::{parsed, refused, show};

const HRIS: &str = include_str!("../../../../docs/samples/inventory/oaa_hris.json");

/// A payload of these employees, with a group `d`.
fn payload(employees: &str) -> String {
    format!(
        r#"{{"name":"HR","hris_type":"hr","groups":[{{"id":"d","name":"Sales","group_type":"Department"}}],"employees":[{employees}]}}"#
    )
}

/// An employee with what every employee needs, and more.
fn employee(id: &str, more: &str) -> String {
    format!(
        r#"{{"id":"{id}","name":"{id}","employee_number":"1","first_name":"A","last_name":"B","is_active":true,"employment_status":"ACTIVE"{more}}}"#
    )
}

#[test]
fn a_payload_of_the_human_resources_as_the_public_client_builds_it() {
    insta::assert_snapshot!(show(&parsed("oaa_hris", HRIS)));
}

#[test]
fn somebody_is_active_when_flag_and_status_say_so() {
    for (flag, status, expected) in [
        ("true", "ACTIVE", "is_active=true status=\"active\""),
        ("false", "ACTIVE", "is_active=false status=\"inactive\""),
        ("\"False\"", "On Leave", "is_active=false status=\"on leave\""),
    ] {
        let employee = employee("e", "")
            .replace("\"is_active\":true", &format!("\"is_active\":{flag}"))
            .replace("ACTIVE\"}", &format!("{status}\"}}"));
        let text = show(&parsed("oaa_hris", &payload(&employee)));
        let line = text.lines().nth(1).unwrap();
        let found = line.split(' ').filter(|part| part.starts_with("is_active") || part.starts_with("status"));
        let rest = line.split_once("status=").unwrap().1;
        assert_eq!(format!("{} status={rest}", found.clone().next().unwrap()), expected);
    }
}

#[test]
fn an_employee_without_what_is_needed_is_refused_by_its_place() {
    let text = refused("oaa_hris", &payload(r#"{"id":"e","name":"E","is_active":"perhaps"}"#));
    let expected = [
        "employees[0].employee_number: is required",
        "employees[0].first_name: is required",
        "employees[0].last_name: is required",
        "employees[0].employment_status: is required",
        "employees[0].is_active: must be true or false",
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    assert_eq!(refused("oaa_hris", "{}").lines().collect::<Vec<_>>(), ["name: is required", "hris_type: is required"]);
}

#[test]
fn ids_are_there_once() {
    let twice = [employee("e", ""), employee("e", "")].join(",");
    assert!(refused("oaa_hris", &payload(&twice)).contains("employees[1]: owner `src:e` is defined twice"));
    let groups = payload("").replace("\"groups\":[", r#""groups":[{"id":"d","name":"Other","group_type":"Team"},"#);
    assert!(refused("oaa_hris", &groups).contains("groups[1].id: group `d` is defined twice"));
}

#[test]
fn what_is_not_known_is_kept_or_left_out_with_a_warning() {
    let odd = employee(
        "e",
        r#","department":{"id":"x"},"groups":[{"id":"d"},{"id":"y"}],"managers":[{"id":"f"},{"id":"z"}],
           "start_date":"soon","custom_properties":{"badge":"7"}"#,
    );
    let both = [odd, employee("f", "")].join(",");
    let text = show(&parsed("oaa_hris", &payload(&both)));
    assert!(text.contains("department=\"x\"") && text.contains("groups=[\"Sales\"]"), "{text}");
    assert!(text.contains("manager_id=\"src:f\" manager_ids=[\"src:f\", \"z\"]"), "{text}");
    let warnings: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("warning: ")).collect();
    let expected = [
        "employees[0].start_date: is not a time, ignored",
        "employees[0].department: unknown group `x`, kept as it is",
        "employees[0].groups: unknown group `y`, ignored",
        "employees[0].custom_properties.badge: property is not defined, ignored",
        "employees[0].managers: unknown employee `z`, kept as it is",
    ];
    assert_eq!(warnings, expected);
}
