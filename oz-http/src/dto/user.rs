//! Users on the wire.

use oz_core::account::{AnalysisRights, Role, User};
use oz_core::system::CompanyId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Seconds;
use crate::ApiError;

/// An account. The password is never told.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserDto {
    user_id: String,
    /// `ADMIN`, `OPERATOR`, `CLIENT` or `CLIENT OPERATOR`.
    user_type: &'static str,
    is_admin: bool,
    is_service: bool,
    is_active: bool,
    email: String,
    first_name: Option<String>,
    last_name: Option<String>,
    middle_name: Option<String>,
    company_id: Option<String>,
    can_start_analysis_quality: bool,
    can_start_analysis_biometry: bool,
    can_start_analysis_collection: bool,
    can_start_analysis_documents: bool,
    can_start_analyse_quality: bool,
    can_start_analyse_biometry: bool,
    can_start_analyse_collection: bool,
    can_start_analyse_documents: bool,
    meta_data: Map<String, Value>,
    technical_meta_data: Map<String, Value>,
    time_created: Seconds,
    time_updated: Seconds,
}

impl From<User> for UserDto {
    fn from(user: User) -> Self {
        let rights = user.rights;
        Self {
            user_id: user.id.to_string(),
            user_type: type_of(user.role),
            is_admin: matches!(user.role, Role::Administrator | Role::ClientAdministrator),
            is_service: user.service,
            is_active: user.active,
            email: user.email,
            first_name: user.name.first,
            last_name: user.name.last,
            middle_name: user.name.middle,
            company_id: user.company.map(|company| company.to_string()),
            can_start_analysis_quality: rights.liveness,
            can_start_analysis_biometry: rights.matching,
            can_start_analysis_collection: rights.search,
            can_start_analysis_documents: rights.documents,
            can_start_analyse_quality: rights.liveness,
            can_start_analyse_biometry: rights.matching,
            can_start_analyse_collection: rights.search,
            can_start_analyse_documents: rights.documents,
            meta_data: user.metadata.as_object().clone(),
            technical_meta_data: Map::new(),
            time_created: user.created.into(),
            time_updated: user.updated.into(),
        }
    }
}

/// What a user is made of, or changed to. Has no `Debug`: it may hold a password.
#[derive(Deserialize, ToSchema)]
pub(crate) struct UserBody {
    /// Name to sign in with, an e-mail address.
    #[schema(max_length = 254, format = "email")]
    pub(crate) email: Option<String>,
    /// On creation only; later `change-password` changes it.
    #[schema(min_length = 10, max_length = 256)]
    pub(crate) password: Option<String>,
    /// `ADMIN`, `OPERATOR`, `CLIENT` or `CLIENT OPERATOR`.
    pub(crate) user_type: Option<String>,
    /// Whose; on creation only.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub(crate) company_id: Option<CompanyId>,
    /// A client who manages its company.
    pub(crate) is_admin: Option<bool>,
    /// A program: its sessions live long.
    pub(crate) is_service: Option<bool>,
    /// Whether the user may sign in.
    pub(crate) is_active: Option<bool>,
    #[schema(max_length = 200)]
    pub(crate) first_name: Option<String>,
    #[schema(max_length = 200)]
    pub(crate) last_name: Option<String>,
    #[schema(max_length = 200)]
    pub(crate) middle_name: Option<String>,
    #[serde(alias = "can_start_analyse_quality", alias = "can_start_analyze_quality")]
    pub(crate) can_start_analysis_quality: Option<bool>,
    #[serde(alias = "can_start_analyse_biometry", alias = "can_start_analyze_biometry")]
    pub(crate) can_start_analysis_biometry: Option<bool>,
    #[serde(alias = "can_start_analyse_collection", alias = "can_start_analyze_collection")]
    pub(crate) can_start_analysis_collection: Option<bool>,
    #[serde(alias = "can_start_analyse_documents", alias = "can_start_analyze_documents")]
    pub(crate) can_start_analysis_documents: Option<bool>,
    /// Free attributes; merged into what is there.
    #[schema(value_type = Option<Object>)]
    pub(crate) meta_data: Option<Value>,
}

impl UserBody {
    /// Whether it changes what only somebody else may change.
    pub(crate) fn changes_standing(&self) -> bool {
        let rights = [
            self.can_start_analysis_quality,
            self.can_start_analysis_biometry,
            self.can_start_analysis_collection,
            self.can_start_analysis_documents,
        ];
        let flags = [self.is_admin, self.is_service, self.is_active];
        self.email.is_some()
            || self.user_type.is_some()
            || rights.into_iter().chain(flags).any(|f| f.is_some())
    }

    /// Rights, where they are not named those of before.
    pub(crate) fn rights(&self, old: AnalysisRights) -> AnalysisRights {
        AnalysisRights {
            liveness: self.can_start_analysis_quality.unwrap_or(old.liveness),
            matching: self.can_start_analysis_biometry.unwrap_or(old.matching),
            search: self.can_start_analysis_collection.unwrap_or(old.search),
            documents: self.can_start_analysis_documents.unwrap_or(old.documents),
        }
    }
}

/// A new password. Has no `Debug`: it is a secret.
#[derive(Deserialize, ToSchema)]
pub(crate) struct PasswordBody {
    /// The password of before; needed for one's own.
    #[serde(alias = "current_password")]
    pub(crate) old_password: Option<String>,
    /// The password from now on.
    #[serde(alias = "password")]
    #[schema(min_length = 10, max_length = 256)]
    pub(crate) new_password: String,
}

fn type_of(role: Role) -> &'static str {
    match role {
        Role::Administrator => "ADMIN",
        Role::Operator => "OPERATOR",
        Role::Client | Role::ClientService | Role::ClientAdministrator => "CLIENT",
        Role::ClientOperator => "CLIENT OPERATOR",
    }
}

/// A kind of user in capitals, words parted by one space.
fn normal(text: &str) -> String {
    text.to_uppercase().split([' ', '_', '-']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The role of a kind of user with its flags.
///
/// # Errors
/// Code 4 for a kind that does not exist, or flags that do not go with it.
pub(crate) fn role_of(user_type: &str, is_admin: bool, is_service: bool) -> Result<Role, ApiError> {
    let wrong = |field: &str, why: &str| Err(ApiError::invalid_value(field, why));
    let role = match (normal(user_type).as_str(), is_admin) {
        ("ADMIN", _) => Role::Administrator,
        ("OPERATOR", false) => Role::Operator,
        ("CLIENT OPERATOR", false) => Role::ClientOperator,
        ("CLIENT", true) | ("CLIENT ADMIN", _) => Role::ClientAdministrator,
        ("CLIENT SERVICE", false) => Role::ClientService,
        ("CLIENT", false) if is_service => Role::ClientService,
        ("CLIENT", false) => Role::Client,
        ("OPERATOR" | "CLIENT OPERATOR" | "CLIENT SERVICE", true) => {
            return wrong("is_admin", "this kind of user has no administrators");
        }
        _ => return wrong("user_type", "it is none of ADMIN, OPERATOR, CLIENT, CLIENT OPERATOR"),
    };
    if is_service && !role.has_company() {
        return wrong("is_service", "a program belongs to a company");
    }
    Ok(role)
}

/// The roles that a filter by kind of user means.
pub(crate) fn roles_named(user_type: &str) -> Option<Vec<Role>> {
    let wanted = normal(user_type);
    let roles: Vec<Role> = Role::ALL.into_iter().filter(|role| type_of(*role) == wanted).collect();
    match wanted.as_str() {
        "CLIENT ADMIN" => Some(vec![Role::ClientAdministrator]),
        "CLIENT SERVICE" => Some(vec![Role::ClientService]),
        _ => (!roles.is_empty()).then_some(roles),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_users_and_flags_are_roles() {
        let check = |kind: &str, admin, service| role_of(kind, admin, service).ok();
        assert_eq!(check("client", false, false), Some(Role::Client));
        assert_eq!(check("CLIENT", true, false), Some(Role::ClientAdministrator));
        assert_eq!(check("CLIENT", true, true), Some(Role::ClientAdministrator));
        assert_eq!(check("CLIENT", false, true), Some(Role::ClientService));
        assert_eq!(check("client_operator", false, false), Some(Role::ClientOperator));
        assert_eq!(check("Admin", false, false), Some(Role::Administrator));
        assert_eq!(check("ADMIN", false, true), None, "no program without a company");
        assert_eq!(check("OPERATOR", true, false), None);
        assert_eq!(check("ROOT", false, false), None);
    }
}
