//! Whole inputs in, whole pictures or lists of faults out.

mod csv;
mod full_json;
mod hris;
mod oaa;
mod pairs;
mod robust;
mod scim;
mod size;

use std::fmt::Write as _;

use domain::ids::DataSourceId;
use domain::inventory::{Family, Value};

use crate::{DataSource, Faults, Format, Parsed};

/// Parses for the data source `src`, named `Payroll EU`.
fn parsed(format: &str, input: &str) -> Result<Parsed, Faults> {
    parsed_bytes(format.parse().unwrap(), input.as_bytes())
}

fn parsed_bytes(format: Format, input: &[u8]) -> Result<Parsed, Faults> {
    let id: DataSourceId = "src".parse().unwrap();
    crate::parse(format, &DataSource { id: &id, name: "Payroll EU" }, input)
}

/// The whole result as text: what a client would have to know to be sure of it.
fn show(result: &Result<Parsed, Faults>) -> String {
    let mut text = String::new();
    let parsed = match result {
        Ok(parsed) => parsed,
        Err(faults) => {
            for fault in &faults.faults {
                writeln!(text, "{fault}").unwrap();
            }
            if faults.more > 0 {
                writeln!(text, "and {} more", faults.more).unwrap();
            }
            return text;
        }
    };
    let picture = &parsed.picture;
    writeln!(text, "`{}` on `{}`", picture.name, picture.platform).unwrap();
    for node in &picture.nodes {
        write!(text, "{} {} `{}`", label(node.family), node.id, node.name).unwrap();
        if node.node_type != node.family.default_node_type() {
            write!(text, " ({})", node.node_type).unwrap();
        }
        let attributes: Vec<_> =
            node.attributes.iter().map(|(name, value)| format!("{name}={}", plain(value))).collect();
        writeln!(text, " {}", attributes.join(" ")).unwrap();
    }
    for edge in &picture.edges {
        let end = |index: u32| {
            let node = &picture.nodes[index as usize];
            format!("{} {}", label(node.family), node.id)
        };
        let set = &picture.permission_sets[edge.permissions as usize];
        write!(text, "{} -> {}", end(edge.from), end(edge.to)).unwrap();
        if edge.permissions > 0 {
            write!(text, " {} = {}", set.raw.join(","), set.effective.join(",")).unwrap();
        }
        text.push('\n');
    }
    for warning in &parsed.warnings {
        writeln!(text, "warning: {warning}").unwrap();
    }
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn label(family: Family) -> &'static str {
    family.default_node_type()
}

fn plain(value: &Value) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => format!("{number}f"),
        Value::Time(time) => time.to_string(),
        Value::Text(text) => format!("{text:?}"),
        Value::List(texts) => format!("{texts:?}"),
    }
}

/// The faults of an input that must be refused.
#[track_caller]
fn refused(format: &str, input: &str) -> String {
    let result = parsed(format, input);
    assert!(result.is_err(), "taken, although it is wrong:\n{}", show(&result));
    show(&result)
}

#[test]
fn a_format_prints_as_it_parses() {
    let names = [
        "full",
        "csv",
        "pairs",
        "oaa_application",
        "oaa_identity_provider",
        "oaa_hris",
        "owners.csv",
        "accounts.csv",
        "applications.csv",
        "groups.csv",
        "memberships.csv",
        "entitlements.csv",
    ];
    for name in names {
        assert_eq!(name.parse::<Format>().unwrap().to_string(), name);
        assert_eq!(name.to_uppercase().parse::<Format>().unwrap().to_string(), name);
    }
    assert_eq!("".parse::<Format>(), Ok(Format::Full));
    assert!("xml".parse::<Format>().unwrap_err().to_string().contains("`accounts.csv`"));
}

#[test]
fn the_documentation_names_every_field_format_and_effective_permission() {
    const TEXT: &str = include_str!("../../../docs/inventory.md");
    use crate::attributes as of;
    let tables = [of::OWNER, of::ACCOUNT, of::APPLICATION, of::GROUP, of::ROLE, of::RESOURCE, of::CLASSIFICATION];
    let fields = tables.into_iter().flatten().map(|attribute| attribute.field);
    let files = crate::Table::ALL.map(crate::Table::file_name);
    let formats = ["full", "csv", "pairs", "oaa_application", "oaa_identity_provider", "oaa_hris"];
    let effective = ["DataRead", "DataWrite", "DataCreate", "DataDelete", "MetadataWrite", "NonData", "odd"]
        .map(|name| crate::permissions::effective(name).unwrap_or(crate::permissions::UNCATEGORIZED));
    for word in fields.chain(files).chain(formats).chain(effective) {
        assert!(TEXT.contains(&format!("`{word}`")), "docs/inventory.md does not mention `{word}`");
    }
}
