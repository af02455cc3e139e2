//! Who was given what: permissions on the application or resources, and roles.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::known::{Application, Permission, Reader};
use super::pass;
use super::roles::{self, Grants};
use crate::builder::{Origin, Slot};
use crate::fields::Fields;
use crate::names::{Miss, Names};
use crate::report::Report;
use crate::walk::{Path, Shape};

/// Reads `identity_to_permissions`.
pub(super) fn read(reader: &mut Reader, payload: &[u8]) {
    let shape = |names: &[&str], index: Option<usize>| match (names, index) {
        ([], _) => Shape::Object,
        (["identity_to_permissions"], None) => Shape::List,
        (["identity_to_permissions"], Some(_)) => Shape::Whole,
        _ => Shape::Skip,
    };
    let mut report = std::mem::take(&mut reader.builder.report);
    pass(payload, &mut report, &shape, &mut |path, value, report| {
        if reader.builder.full() {
            return;
        }
        std::mem::swap(&mut reader.builder.report, report);
        reader.assignment(path, value);
        std::mem::swap(&mut reader.builder.report, report);
    });
    reader.builder.report = report;
}

/// Who is given something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    User,
    Group,
    Role,
    Idp,
    Credential,
    Agent,
}

impl Kind {
    fn from_name(name: &str) -> Option<Self> {
        const NAMES: [(&str, Kind); 6] = [
            ("local_user", Kind::User),
            ("local_group", Kind::Group),
            ("local_role", Kind::Role),
            ("idp", Kind::Idp),
            ("local_access_creds", Kind::Credential),
            ("local_agent", Kind::Agent),
        ];
        NAMES.iter().find(|(word, _)| word.eq_ignore_ascii_case(name)).map(|(_, kind)| *kind)
    }
}

/// Where something is given.
struct Where {
    application: usize,
    whole: bool,
    resources: Vec<usize>,
}

impl Reader {
    fn assignment(&mut self, path: &Path, value: Json) {
        let report = &mut self.builder.report;
        let Some(mut fields) = Fields::new(path, value, report) else { return };
        let (identity, kind) = (fields.required("identity", report), fields.required("identity_type", report));
        let permissions = fields.objects("application_permissions", report);
        let roles = fields.objects("role_assignments", report);
        let (Some(identity), Some(kind)) = (identity, kind) else { return };
        let Some(kind) = Kind::from_name(&kind) else {
            fields.warn("identity_type", format_args!("unknown type `{kind}`, ignored"), report);
            return;
        };
        // All permissions of one holder on one target are one grant; an identity may have an account in each application.
        let mut granted: BTreeMap<usize, (Slot, Grants)> = BTreeMap::new();
        for (at, value) in permissions {
            let Some(mut fields) = Fields::new(&at, value, &mut self.builder.report) else { continue };
            let Some(place) = locate(&self.names, &self.applications, &mut fields, &mut self.builder.report) else {
                continue;
            };
            let Some(name) = fields.required("permission", &mut self.builder.report) else { continue };
            let permission = match self.permission_names.find(&name) {
                Ok(permission) => permission,
                Err(miss) => {
                    let remark = format_args!("{}, ignored", miss.of("permission", &name));
                    fields.warn("permission", remark, &mut self.builder.report);
                    continue;
                }
            };
            let Some(holder) = self.holder(path, place.application, kind, &identity) else { return };
            if let Some(application) = self.applications.get(place.application) {
                let (_, grants) = granted.entry(place.application).or_insert_with(|| (holder, Grants::new()));
                spread(grants, application, &self.permissions, permission, &place);
            }
        }
        for (application, (holder, grants)) in granted {
            self.draw(holder, application, kind, grants);
        }
        for (at, value) in roles {
            if self.builder.full() {
                return;
            }
            self.role_assignment(path, &at, value, kind, &identity);
        }
    }

    /// Turns grants into edges. Grants to a role are remembered, because they hold wherever it is assigned.
    fn draw(&mut self, holder: Slot, application: usize, kind: Kind, grants: Grants) {
        for (target, chosen) in grants.into_values() {
            let set = roles::set(&mut self.builder.sets, &self.permissions, &chosen);
            self.builder.edge(holder, target, set, Origin::DERIVED);
            let roles = self.applications.get_mut(application).map(|found| &mut found.roles);
            let role = roles.into_iter().flatten().find(|role| kind == Kind::Role && role.slot == holder);
            if let Some(role) = role {
                role.direct.push((target, set));
            }
        }
    }

    fn role_assignment(&mut self, path: &Path, at: &Path, value: Json, kind: Kind, identity: &str) {
        let Some(mut fields) = Fields::new(at, value, &mut self.builder.report) else { return };
        let Some(place) = locate(&self.names, &self.applications, &mut fields, &mut self.builder.report) else {
            return;
        };
        let Some(name) = fields.required("role", &mut self.builder.report) else { return };
        let Some(holder) = self.holder(path, place.application, kind, identity) else { return };
        let Self { builder, applications, permissions, .. } = self;
        let Some(application) = applications.get_mut(place.application) else { return };
        let role = match application.role_names.find(&name) {
            Ok(role) => role,
            Err(miss) => {
                fields.warn("role", format_args!("{}, ignored", miss.of("role", &name)), &mut builder.report);
                return;
            }
        };
        let mut targets = Vec::new();
        // A role that is assigned nowhere in particular counts as assigned on the application: a review should rather
        // show too much than too little.
        if place.whole || place.resources.is_empty() {
            targets.extend(application.roles.get(role).map(|role| role.slot));
        }
        for resource in place.resources {
            targets.extend(application.scoped_role(builder, permissions, role, resource));
        }
        for target in targets {
            if target == holder {
                builder.report.warn(at, "a role cannot contain itself, ignored");
            } else {
                builder.edge(holder, target, 0, Origin::DERIVED);
            }
        }
    }

    /// Finds who is given something: in the application it is given in, else in another one of the payload.
    fn holder(&mut self, path: &Path, application: usize, kind: Kind, identity: &str) -> Option<Slot> {
        let Self { builder, applications, .. } = self;
        if kind == Kind::Idp {
            return applications.get_mut(application)?.idp_identity(builder, path, identity);
        }
        let own = applications.get(application);
        let mut places = own.into_iter().chain(applications.iter()).map(|place| find(place, kind, identity));
        let found = places.find(|found| *found != Err(Miss::Unknown)).unwrap_or(Err(Miss::Unknown));
        found.map_err(|miss| builder.report.warn(path, format_args!("{}, ignored", miss.of("identity", identity)))).ok()
    }
}

fn find(application: &Application, kind: Kind, identity: &str) -> Result<Slot, Miss> {
    match kind {
        Kind::User => application.users.find(identity),
        Kind::Group => application.groups.find(identity),
        Kind::Credential => application.credentials.find(identity),
        Kind::Agent => application.agents.find(identity),
        Kind::Idp => application.idp.find(identity),
        Kind::Role => {
            let role = application.role_names.find(identity)?;
            application.roles.get(role).map(|role| role.slot).ok_or(Miss::Unknown)
        }
    }
}

/// Reads `application`, `apply_to_application` and `resources`. What is unknown, or may be one of two, is a warning.
fn locate(
    names: &Names<usize>,
    applications: &[Application],
    fields: &mut Fields<'_>,
    report: &mut Report,
) -> Option<Where> {
    let name = fields.required("application", report)?;
    let whole = fields.flag("apply_to_application", report).unwrap_or(false);
    let keys = fields.texts("resources", report).unwrap_or_default();
    let index = match names.find(&name) {
        Ok(index) => index,
        Err(miss) => {
            fields.warn("application", format_args!("{}, ignored", miss.of("application", &name)), report);
            return None;
        }
    };
    let application = applications.get(index)?;
    let given = keys.len();
    let mut resources = Vec::with_capacity(given);
    for key in keys {
        match application.resources.find(&key) {
            Ok(resource) => resources.push(resource),
            Err(miss) => fields.warn("resources", format_args!("{}, ignored", miss.of("resource", &key)), report),
        }
    }
    // Only unknown resources: what is left would wrongly read as "on the application".
    (whole || given == 0 || !resources.is_empty()).then_some(Where { application: index, whole, resources })
}

/// Adds a permission on the application or on resources, and on what lies below where it says so.
fn spread(
    grants: &mut Grants,
    application: &Application,
    permissions: &[Permission],
    permission: usize,
    place: &Where,
) {
    let deep = permissions.get(permission).is_some_and(|found| found.apply_to_sub_resources);
    if place.whole {
        roles::grant(grants, application.slot, permission);
        if deep {
            for (_, resource) in application.resources.all() {
                roles::grant(grants, resource.slot, permission);
            }
        }
    }
    for index in &place.resources {
        if let Some(resource) = application.resources.get(*index) {
            roles::grant(grants, resource.slot, permission);
        }
        if deep {
            for resource in application.resources.below(*index) {
                roles::grant(grants, resource.slot, permission);
            }
        }
    }
}
