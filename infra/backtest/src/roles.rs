//! Which column of a file is what.

/// The roles of columns, by their names in the header; letter case does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    /// What was decided.
    pub decision: String,
    /// The words that mean granted; everything else means denied. Without any, the usual words of both are known.
    pub granted: Vec<String>,
    /// What was granted.
    pub resource: String,
    /// Who holds it. Without one, rows that agree in all attributes are the same subject.
    pub subject: Option<String>,
    /// What describes the subject. Without any: every column that has no other role.
    pub attributes: Vec<String>,
    /// The attributes in which peers agree, the widest circle first. Without any: those that divide the subjects least.
    pub peers: Vec<String>,
    /// Whole days since the grant was used.
    pub idle_days: Option<String>,
    /// Columns that are not looked at.
    pub ignore: Vec<String>,
}

impl Default for Roles {
    fn default() -> Self {
        Self {
            decision: "decision".to_owned(),
            granted: Vec::new(),
            resource: "resource".to_owned(),
            subject: None,
            attributes: Vec::new(),
            peers: Vec::new(),
            idle_days: None,
            ignore: Vec::new(),
        }
    }
}

impl Roles {
    /// Those of the decisions on the generated organisation.
    #[must_use]
    pub fn of_sample() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            resource: "entitlement".to_owned(),
            subject: Some("account".to_owned()),
            peers: names(&["application", "department", "title"]),
            idle_days: Some("idle_days".to_owned()),
            ignore: names(&["planted"]),
            ..Self::default()
        }
    }
}
