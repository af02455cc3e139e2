use super::{parsed, parsed_bytes, refused, show};
use crate::Format;

#[test]
fn users_become_accounts_and_permissions_roles_of_one_application() {
    insta::assert_snapshot!(show(&parsed("pairs", include_str!("../../../../docs/samples/inventory/pairs.txt"))));
}

#[test]
fn blanks_comments_and_line_ends_make_no_difference() {
    let expected = parsed("pairs", "u p\nv q\n");
    for other in ["\u{feff}u p\r\nv q\r\n", "   u \t p\n\n# v r\n v   q", "v q\nu p"] {
        assert_eq!(parsed("pairs", other), expected, "for {other:?}");
    }
    assert!(expected.is_ok());
}

#[test]
fn a_repeated_line_is_one_edge_and_a_warning() {
    let parsed = parsed("pairs", "u p\nu p\nu q\n").unwrap();
    assert_eq!(parsed.picture.edges.len(), 4, "two that are held, and two roles that lead to the application");
    assert_eq!(parsed.warnings[0].message, "1 lines repeat an earlier one");
}

#[test]
fn faults_name_line_and_column() {
    assert_eq!(
        refused("pairs", "u p\n  u\nu p x y\n"),
        "2:4: the permission is missing\n3:5: a third word; a line is a user and a permission\n"
    );
    assert_eq!(show(&parsed_bytes(Format::Pairs, b"u p\nu \xff\n")), "2:3: is not UTF-8\n");
}

#[test]
fn an_input_without_pairs_is_taken_with_a_warning() {
    let parsed = parsed("pairs", "\n# nothing\n").unwrap();
    assert_eq!(parsed.picture.nodes.len(), 1);
    assert_eq!(parsed.warnings[0].message, "there is no pair in the input");
}
