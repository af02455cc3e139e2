//! The identity provider whose identities are the users of reviews.

use super::Origin;
use super::built_in::BuiltIn;

/// Whose identities the users are, and what names them and their managers.
///
/// Where it is not enabled, every identity of the inventory is a user under its own id, and its manager is the one that
/// `manager_id` names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdentityProvider {
    /// Whether the rest counts.
    pub enabled: bool,
    /// Node type of the identities that are users: `OktaUser`, `AzureADUser`, `CustomIDPUser`, …
    pub user_type: String,
    /// Which of several providers of that type; empty for any.
    pub instance_id: String,
    /// The attribute whose value is the id of a user.
    pub user_identity_property: String,
    /// The attribute that tells the provider; compared with `instance_id`.
    pub instance_id_property: String,
    /// The attribute of an identity that names its manager, by [`Self::user_identity_property`] or in another way.
    pub manager_identity_property: String,
}

impl IdentityProvider {
    /// What names a user where nothing else is said.
    pub const USER_PROPERTY: &'static str = "id";
    /// What tells the provider where nothing else is said.
    pub const INSTANCE_PROPERTY: &'static str = "datasource_id";
    /// What names a manager where nothing else is said.
    pub const MANAGER_PROPERTY: &'static str = "manager_id";
}

impl BuiltIn for IdentityProvider {
    fn built_in(_: Origin) -> Self {
        Self {
            enabled: false,
            user_type: String::new(),
            instance_id: String::new(),
            user_identity_property: Self::USER_PROPERTY.to_owned(),
            instance_id_property: Self::INSTANCE_PROPERTY.to_owned(),
            manager_identity_property: Self::MANAGER_PROPERTY.to_owned(),
        }
    }
}
