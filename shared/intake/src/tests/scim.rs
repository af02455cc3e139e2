use domain::ids::DataSourceId;
use domain::inventory::Family;
use jiff::Timestamp;

use crate::DataSource;
use crate::scim::{Group, picture};

#[test]
fn a_name_that_is_too_long_is_cut_between_characters_and_keeps_nobody_out() {
    let group = |id: &str, name: &str| Group {
        id: id.to_owned(),
        name: name.to_owned(),
        external_id: None,
        users: Vec::new(),
        groups: Vec::new(),
        created_at: Timestamp::UNIX_EPOCH,
    };
    let groups = vec![group("g1", &"界".repeat(200)), group("g2", "Finance")];
    let parsed =
        picture(&DataSource { id: &DataSourceId::new("dir").unwrap(), name: "Directory" }, Vec::new(), groups).unwrap();
    let names = parsed.picture.nodes.iter().filter(|node| node.family == Family::Group);
    let names: Vec<String> = names.map(|node| node.name.clone()).collect();
    assert_eq!(names, ["界".repeat(170), "Finance".to_owned()]);
}
