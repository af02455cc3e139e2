use super::{parsed, parsed_bytes, refused, show};
use crate::{Format, Table};

const ACCOUNTS: &str = include_str!("../../../../docs/samples/inventory/csv/accounts.csv");
const OWNERS: &str = include_str!("../../../../docs/samples/inventory/csv/owners.csv");
const APPLICATIONS: &str = include_str!("../../../../docs/samples/inventory/csv/applications.csv");
const GROUPS: &str = include_str!("../../../../docs/samples/inventory/csv/groups.csv");
const MEMBERSHIPS: &str = include_str!("../../../../docs/samples/inventory/csv/memberships.csv");
const ENTITLEMENTS: &str = include_str!("../../../../docs/samples/inventory/csv/entitlements.csv");

fn set(files: &[(&str, &str)]) -> String {
    let files: serde_json::Map<_, _> = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).into())).collect();
    serde_json::json!({ "files": files }).to_string()
}

#[test]
fn accounts_alone_make_up_what_they_name() {
    insta::assert_snapshot!(show(&parsed("accounts.csv", ACCOUNTS)));
}

#[test]
fn a_set_of_files_is_one_picture() {
    // In an order in which nothing that is referred to comes first.
    let files = set(&[
        ("entitlements.csv", ENTITLEMENTS),
        ("memberships.csv", MEMBERSHIPS),
        ("accounts.csv", ACCOUNTS),
        ("Groups.csv", GROUPS),
        ("owners.csv", OWNERS),
        ("applications.csv", APPLICATIONS),
    ]);
    insta::assert_snapshot!(show(&parsed("csv", &files)));
}

#[test]
fn semicolons_tabs_a_byte_order_mark_and_line_ends_make_no_difference() {
    let comma = "account_id,account_name,email\na-1,maya,m@corp.example\n";
    let expected = parsed("accounts.csv", comma);
    assert!(expected.is_ok());
    let others = [
        comma.replace(',', ";"),
        comma.replace(',', "\t"),
        format!("\u{feff}{comma}"),
        comma.replace('\n', "\r\n"),
        comma.trim_end().to_owned(),
        "\"Account ID\" ,Account_Name, E-Mail \n a-1 ,\"maya\",m@corp.example\n\n".to_owned(),
    ];
    for other in others {
        assert_eq!(parsed("accounts.csv", &other), expected, "for {other:?}");
    }
}

#[test]
fn other_names_of_columns_are_understood() {
    let input = "id,user_name,Email Address,Is Active,Last_Login,first name,last name,MFA\n\
                 7,mo,m@corp.example,0,2026-01-30 07:12:00,Maya,Okafor,yes\n";
    let text = show(&parsed("accounts.csv", input));
    assert_eq!(
        text.lines().nth(2).unwrap(),
        "Account src:7 `mo` application_id=\"src:application\" display_name=\"Maya Okafor\" email=\"m@corp.example\" \
         last_login_at=2026-01-30T07:12:00Z mfa_enabled=true status=\"inactive\""
    );
    let input = "USER_NAME,ROLE\nmaya,admin\nmaya,audit\n";
    let text = show(&parsed("accounts.csv", input));
    assert_eq!(text.matches("Account src:maya -> Role").count(), 2, "{text}");
}

#[test]
fn a_repeated_account_adds_groups_and_roles_and_nothing_else() {
    let input = "account_id,email,groups,identities\na,first@corp.example,g1,x\na,second@corp.example,g2,x;y\n";
    let text = show(&parsed("accounts.csv", input));
    assert!(text.contains("email=\"first@corp.example\" identities=[\"x\", \"y\"]"), "{text}");
    assert!(text.contains("Account src:a -> Group src:g1\nAccount src:a -> Group src:g2"), "{text}");
}

#[test]
fn a_role_belongs_to_the_application_of_its_row() {
    let input = "user_id,application,role\nmaya,Ledger,admin\nmaya,Vault,admin\n";
    let text = show(&parsed("accounts.csv", input));
    assert!(
        text.contains("Account src:maya -> Role src:Ledger/admin\nAccount src:maya -> Role src:Vault/admin"),
        "{text}"
    );
}

#[test]
fn a_role_on_one_resource_leads_to_that_resource_alone() {
    let input = "account_id,role,resource\na,editor,x\nb,editor,y\nc,editor,\n";
    let text = show(&parsed("entitlements.csv", input));
    let edges: Vec<&str> = text.lines().filter(|line| line.contains("->")).collect();
    assert_eq!(
        edges,
        [
            "Account src:a -> Role src:application/editor@x",
            "Account src:b -> Role src:application/editor@y",
            "Account src:c -> Role src:application/editor",
            "Role src:application/editor -> Application src:application",
            "Role src:application/editor@x -> Resource src:application/x",
            "Role src:application/editor@y -> Resource src:application/y",
        ]
    );
}

#[test]
fn names_with_separators_in_them_never_make_one_role_of_two() {
    for rows in [["a1,P,admin,prod", "a2,P,admin@prod,"], ["a2,P,admin@prod,", "a1,P,admin,prod"]] {
        let input = format!("account_id,application,role,resource\n{}\n", rows.join("\n"));
        let text = show(&parsed("entitlements.csv", &input));
        for edge in [
            "Account src:a1 -> Role src:P/admin@prod",
            "Account src:a2 -> Role src:P/admin%40prod",
            "Role src:P/admin%40prod -> Application src:P",
            "Role src:P/admin@prod -> Resource src:P/prod",
        ] {
            assert!(text.contains(edge), "{rows:?}: {text}");
        }
        assert_eq!(text.matches("-> Resource").count(), 1, "{rows:?}: {text}");
    }
    for rows in [["a1,SAP,ECC/Admin,x", "a2,SAP/ECC,Admin,x"], ["a2,SAP/ECC,Admin,x", "a1,SAP,ECC/Admin,x"]] {
        let input = format!("account_id,application,role,resource\n{}\n", rows.join("\n"));
        let text = show(&parsed("entitlements.csv", &input));
        for edge in [
            "Account src:a1 -> Role src:SAP/ECC%2FAdmin@x",
            "Account src:a2 -> Role src:SAP%2FECC/Admin@x",
            "Role src:SAP/ECC%2FAdmin@x -> Resource src:SAP/x",
            "Role src:SAP%2FECC/Admin@x -> Resource src:SAP%2FECC/x",
        ] {
            assert!(text.contains(edge), "{rows:?}: {text}");
        }
    }
}

#[test]
fn every_fault_names_line_and_column() {
    let cases = [
        ("accounts.csv", "", "1:1: the file is empty; it needs a header"),
        ("accounts.csv", "name_of_user\nx\n", "1:1: missing column `account_id` or `account_name`"),
        ("memberships.csv", "x\n", "1:1: missing column `group_id`\n1:1: missing column `account_id`"),
        ("accounts.csv", "account_id,email,e-mail\n", "1:3: means the same as column `email`"),
        (
            "accounts.csv",
            "account_id,email\na\nb,c,d\n",
            "2:1: has 1 columns, the header has 2\n3:2: has 3 columns, the header has 2",
        ),
        ("accounts.csv", "account_id,email\n,x\n", "2:1: `account_id`: is required"),
        (
            "accounts.csv",
            "account_id,privileged,last_login_at\na,perhaps,yesterday\n",
            "2:2: `privileged`: `perhaps` is not a boolean; use true or false, yes or no, 1 or 0\n\
             2:3: `last_login_at`: `yesterday` is not a time; use YYYY-MM-DD, YYYY-MM-DD HH:MM:SS (UTC) or RFC 3339",
        ),
        ("owners.csv", "owner_id,name\na,x\na,y\n", "3:1: owner `src:a` is defined twice"),
        ("groups.csv", "group_id,parent_group_id\na,b\n", "2:2: `parent_group_id`: unknown group `b`"),
        ("groups.csv", "group_id,parent_group_id\na,a\n", "2:2: `parent_group_id`: a group cannot contain itself"),
        (
            "entitlements.csv",
            "account_id,group_id,role\n,,x\na,b,x\na,,\n",
            "2:1: `account_id`: an account or a group is required\n3:2: `group_id`: give an account or a group, not both\n\
             4:3: `role`: a role or a permission is required",
        ),
    ];
    for (format, input, expected) in cases {
        assert_eq!(refused(format, input).trim_end(), expected, "for {format}: {input:?}");
    }
    let bytes = parsed_bytes(Format::CsvFile(Table::Accounts), b"account_id,email\na,\xff\xfe\n");
    assert_eq!(show(&bytes).trim_end(), "2:2: is not UTF-8");
}

#[test]
fn where_a_file_lists_things_only_those_may_be_named() {
    let files = set(&[
        ("accounts.csv", "account_id,application,groups\na,Nowhere,Nobody\n"),
        ("applications.csv", "application_id,name\none,One\ntwo,Two\n"),
        ("groups.csv", "group_id\ng\n"),
        ("memberships.csv", "group_id,account_id\ng,stranger\n"),
        ("entitlements.csv", "account_id,permission\nb,read\n"),
    ]);
    assert_eq!(
        refused("csv", &files).trim_end(),
        "accounts.csv:2:2: `application`: unknown application `Nowhere`\n\
         memberships.csv:2:2: `account_id`: unknown account `stranger`\n\
         entitlements.csv:2:1: `account_id`: unknown account `b`"
    );
}

#[test]
fn a_bad_envelope_is_refused() {
    let cases = [
        ("{}", "files: must hold at least one file, for instance `accounts.csv`"),
        (r#"{"files": []}"#, "files: must be an object"),
        (r#"{"files": {"people.csv": ""}}"#, "files.people.csv: is not a file that is known here"),
        (r#"{"files": {"owners.csv": 7}}"#, "files.owners.csv: must be the text of the file, as a string"),
        (r#"{"files": {"owners.csv": "owner_id\n", "OWNERS.csv": ""}}"#, "files.OWNERS.csv: given twice"),
    ];
    for (input, expected) in cases {
        assert_eq!(refused("csv", input).trim_end(), expected, "for {input}");
    }
}

#[test]
fn an_unknown_column_is_a_warning() {
    let parsed = parsed("owners.csv", "owner_id,name,shoe_size\na,Maya,38\n").unwrap();
    assert_eq!(
        parsed.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["1:3: unknown column `shoe_size` ignored"]
    );
}

#[test]
fn a_quote_that_is_never_closed_swallows_nothing() {
    let why = "a quote is opened here, or in the rest of this row, and never closed";
    let rows = |rows: &str| format!("account_id,title\n{rows}");
    for (input, line) in [
        (rows("a,\"Clerk\nb,Head\n"), 2),
        (rows("a,x\nb,\""), 3),
        (rows("a,x\nb,\"y\n\n"), 3),
        (rows("a,\"x\"\"\nb,y"), 2),
        ("account_id,\"title\na,x\n".to_owned(), 1),
    ] {
        assert_eq!(refused("accounts.csv", &input).trim_end(), format!("{line}:1: {why}"), "{input:?}");
    }
    for whole in
        ["a,\"x\"", "a,\"x\"\n", "a,\"\"", "a,\"x\n\"", "a,\"x\"\r\n\r\n", "a,x\"", "a,\"x\"\"\"\n\n", "\"a\",\n\"\","]
    {
        let taken = parsed("accounts.csv", &rows(whole));
        assert!(taken.is_ok(), "{whole:?}: {}", show(&taken));
    }
}

#[test]
fn a_quoted_cell_may_hold_separators_quotes_and_line_ends_and_later_places_still_fit() {
    let input = "account_id,title,privileged\r\na,\"Head,\r\nof \"\"all\"\"\",no\r\n\r\nb,=1+1,perhaps\r\n";
    assert!(
        refused("accounts.csv", input).starts_with("5:3: `privileged`: `perhaps`"),
        "{}",
        refused("accounts.csv", input)
    );
    let text = show(&parsed("accounts.csv", &input.replace("perhaps", "yes")));
    assert!(text.contains("title=\"Head,\\r\\nof \\\"all\\\"\""), "{text}");
    assert!(text.contains("title=\"=1+1\""), "what looks like a formula is a text: {text}");
}

#[test]
fn odd_shapes_of_files_mean_what_they_look_like() {
    let plain = parsed("accounts.csv", "account_id,title\na,x\nb,y\n");
    for same in
        ["\r\n\naccount_id;title\r\na;x\r\nb;y", "account_id,title\ra,x\rb,y\r", "ACCOUNT ID\tTITLE\na\tx\n\t\nb\ty\n"]
    {
        assert_eq!(parsed("accounts.csv", same), plain, "{same:?}");
    }
    let trailing = parsed("accounts.csv", "account_id,title,,\na,x,,\nb,y,,\n").unwrap();
    assert_eq!(trailing.picture, plain.unwrap().picture);
    let warnings: Vec<String> = trailing.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["1:3: column without a name `` ignored", "1:4: column without a name `` ignored"]);
    let wide: Vec<u8> = "\u{feff}account_id\na\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [&wide[..], &wide[2..]] {
        let refused = parsed_bytes(Format::CsvFile(Table::Accounts), bytes);
        assert_eq!(show(&refused).trim_end(), "1:1: is UTF-16; save it as UTF-8");
    }
    let cell = "x".repeat(1_000_000);
    let long = refused("accounts.csv", &format!("account_id,title,groups\na,{cell},\nb,,{cell}\n"));
    assert!(long.starts_with("2:2: `title`: `xxx") && long.contains("` is too long\n"), "{}", long.len());
    assert!(long.len() < 1_500, "what is wrong is told in short: {}", long.len());
    let twice = "account_id,custom_Team,custom team\na,x,y\n";
    assert_eq!(refused("accounts.csv", twice).trim_end(), "1:3: means the same as column `custom_Team`");
}

#[test]
fn a_name_is_that_of_its_spelling_and_in_another_letter_case_only_where_it_is_one() {
    let applications = ("applications.csv", "application_id,name\nERP,One\nerp,Two\nHR,Three\n");
    let groups = ("groups.csv", "group_id,name\ng1,Clerks\ng2,clerks\ng3,Heads\n");
    let with = |accounts: &str| set(&[applications, groups, ("accounts.csv", accounts)]);
    let text = show(&parsed(
        "csv",
        &with("account_id,application,groups\na,ERP,clerks\nb,erp,Clerks\nc,hr,HEADS\nd,two,g1\n"),
    ));
    for line in [
        "Account src:a `a` application_id=\"src:ERP\"",
        "Account src:b `b` application_id=\"src:erp\"",
        "Account src:c `c` application_id=\"src:HR\"",
        "Account src:d `d` application_id=\"src:erp\"",
        "Account src:a -> Group src:g2",
        "Account src:b -> Group src:g1",
        "Account src:c -> Group src:g3",
        "Account src:d -> Group src:g1",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert_eq!(
        refused("csv", &with("account_id,application,groups\na,Erp,\nb,HR,CLERKS\n")).trim_end(),
        "accounts.csv:2:2: `application`: application `Erp` may be `ERP` or `erp`\n\
         accounts.csv:3:3: `groups`: group `CLERKS` may be `Clerks` or `clerks`"
    );
}

fn pushed(table: Table, text: &str) -> String {
    show(&parsed_bytes(Format::CsvPush(table), text.as_bytes()))
}

#[test]
fn a_pushed_file_separates_groups_and_roles_by_commas_too() {
    let input = "user_id,name,email,active,groups,roles,last_login_at\n\
                 7,mo,m@corp.example,1,\"clerks, payables\",approver;reader,2026-01-30 07:12:00\n";
    let text = pushed(Table::Accounts, input);
    for edge in
        ["Group src:clerks", "Group src:payables", "Role src:application/approver", "Role src:application/reader"]
    {
        assert!(text.contains(&format!("Account src:7 -> {edge}")), "{edge} in {text}");
    }
    assert!(
        show(&parsed("accounts.csv", input)).contains("Group src:clerks, payables"),
        "a file as it is keeps commas"
    );
}

#[test]
fn a_user_of_a_single_pushed_file_spans_a_row_for_each_role() {
    let input = "USER_ID,USER_NAME,EMAIL,IS_ACTIVE,LAST_LOGIN,ROLE\n\
                 7,mo,m@corp.example,0,2026-01-30 07:12:00,reader\n7,other,,1,,approver\n";
    let text = pushed(Table::Accounts, input);
    assert!(text.contains("Account src:7 `mo`") && text.contains("status=\"inactive\""), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("Account src:7 -> Role")).count(), 2, "{text}");
}

#[test]
fn people_of_the_human_resources_are_known_by_their_number() {
    let input = "employee_number,account,first_name,last_name,work_email,employment_status,active,title,department,manager,\
                 start_date,date_terminated,employment_type\n\
                 1,lb,Lena,Brandt,l@corp.example,ACTIVE,true,Head,Finance,,2019-04-01,,employee\n\
                 2,ml,Marta,Lopez,m@corp.example,TERMINATED,false,Clerk,Finance,1,,2026-01-31,contractor\n";
    let text = pushed(Table::Owners, input);
    let lines: Vec<_> = text.lines().skip(1).collect();
    assert_eq!(
        lines,
        [
            "Identity src:1 `Lena Brandt` department=\"Finance\" email=\"l@corp.example\" employee_number=\"1\" \
             is_active=true owner_type=\"employee\" start_date=2019-04-01T00:00:00Z status=\"active\" title=\"Head\" \
             user_name=\"lb\"",
            "Identity src:2 `Marta Lopez` department=\"Finance\" email=\"m@corp.example\" employee_number=\"2\" \
             end_date=2026-01-31T00:00:00Z is_active=false manager_id=\"src:1\" owner_type=\"contractor\" \
             status=\"terminated\" title=\"Clerk\" user_name=\"ml\"",
        ]
    );
}
