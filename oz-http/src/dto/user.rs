//! Wire form of a user.

use oz_core::account::{AnalysisRights, Role, User};
use oz_core::system::CompanyId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Seconds;
use crate::ApiError;

/// A user account, without its password.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserDto {
    /// ID of the user (UUID).
    user_id: String,
    /// User type: `ADMIN`, `OPERATOR`, `CLIENT` or `CLIENT OPERATOR`.
    user_type: &'static str,
    /// Whether the user administers the installation (`ADMIN`) or its company (`CLIENT`).
    is_admin: bool,
    /// Whether the account belongs to a program; its sessions are long-lived.
    is_service: bool,
    /// Whether the user may sign in.
    is_active: bool,
    /// E-mail address to sign in with, in lower case.
    email: String,
    /// Given name.
    first_name: Option<String>,
    /// Family name.
    last_name: Option<String>,
    /// Middle name or patronymic.
    middle_name: Option<String>,
    /// ID of the company (UUID); null for `ADMIN` and `OPERATOR`.
    company_id: Option<String>,
    /// Whether the user may start `QUALITY` analyses.
    can_start_analysis_quality: bool,
    /// Whether the user may start `BIOMETRY` analyses.
    can_start_analysis_biometry: bool,
    /// Whether the user may start `COLLECTION` analyses.
    can_start_analysis_collection: bool,
    /// Whether the user may start `DOCUMENTS` analyses, which are not implemented.
    can_start_analysis_documents: bool,
    /// Alias of `can_start_analysis_quality`.
    can_start_analyse_quality: bool,
    /// Alias of `can_start_analysis_biometry`.
    can_start_analyse_biometry: bool,
    /// Alias of `can_start_analysis_collection`.
    can_start_analyse_collection: bool,
    /// Alias of `can_start_analysis_documents`.
    can_start_analyse_documents: bool,
    /// Custom attributes.
    meta_data: Map<String, Value>,
    /// Reserved; always empty.
    technical_meta_data: Map<String, Value>,
    /// Creation time.
    time_created: Seconds,
    /// Time of the last change.
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

// Types with passwords have no `Debug`, so that they cannot reach a log.

/// A user to create, or the changes to one; absent fields of a change stay as they are.
#[derive(Deserialize, ToSchema)]
pub(crate) struct UserBody {
    /// E-mail address to sign in with, at most 254 bytes, unique; required on creation.
    #[schema(max_length = 254, format = "email")]
    pub(crate) email: Option<String>,
    /// Password, at least 10 characters by default and at most 256 bytes; required on creation, refused in
    /// changes: use `change-password`.
    #[schema(min_length = 10, max_length = 256)]
    pub(crate) password: Option<String>,
    /// User type: `ADMIN`, `OPERATOR`, `CLIENT` or `CLIENT OPERATOR`; required on creation.
    pub(crate) user_type: Option<String>,
    /// ID of the company, for client types only; required for callers without a company, by default the
    /// caller's own. Fixed after creation.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub(crate) company_id: Option<CompanyId>,
    /// Whether a `CLIENT` administers its company; false by default.
    pub(crate) is_admin: Option<bool>,
    /// Whether the account belongs to a program, with long-lived sessions; client types only, false by
    /// default.
    pub(crate) is_service: Option<bool>,
    /// Whether the user may sign in; true by default.
    pub(crate) is_active: Option<bool>,
    /// Given name, at most 200 characters; an empty string removes it.
    #[schema(max_length = 200)]
    pub(crate) first_name: Option<String>,
    /// Family name, at most 200 characters; an empty string removes it.
    #[schema(max_length = 200)]
    pub(crate) last_name: Option<String>,
    /// Middle name or patronymic, at most 200 characters; an empty string removes it.
    #[schema(max_length = 200)]
    pub(crate) middle_name: Option<String>,
    /// Whether the user may start `QUALITY` analyses; true by default.
    #[serde(alias = "can_start_analyse_quality", alias = "can_start_analyze_quality")]
    pub(crate) can_start_analysis_quality: Option<bool>,
    /// Whether the user may start `BIOMETRY` analyses; true by default.
    #[serde(alias = "can_start_analyse_biometry", alias = "can_start_analyze_biometry")]
    pub(crate) can_start_analysis_biometry: Option<bool>,
    /// Whether the user may start `COLLECTION` analyses; true by default.
    #[serde(alias = "can_start_analyse_collection", alias = "can_start_analyze_collection")]
    pub(crate) can_start_analysis_collection: Option<bool>,
    /// Whether the user may start `DOCUMENTS` analyses, which are not implemented; true by default.
    #[serde(alias = "can_start_analyse_documents", alias = "can_start_analyze_documents")]
    pub(crate) can_start_analysis_documents: Option<bool>,
    /// Custom attributes, merged into the existing ones; at most 64 KiB of JSON.
    #[schema(value_type = Option<Object>)]
    pub(crate) meta_data: Option<Value>,
}

impl UserBody {
    /// Whether the body changes role, rights, status or e-mail address, which users may not change on their
    /// own account.
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

    /// Analysis rights from the body, with `old` for those it does not set.
    pub(crate) fn rights(&self, old: AnalysisRights) -> AnalysisRights {
        AnalysisRights {
            liveness: self.can_start_analysis_quality.unwrap_or(old.liveness),
            matching: self.can_start_analysis_biometry.unwrap_or(old.matching),
            search: self.can_start_analysis_collection.unwrap_or(old.search),
            documents: self.can_start_analysis_documents.unwrap_or(old.documents),
        }
    }
}

/// A password change.
#[derive(Deserialize, ToSchema)]
pub(crate) struct PasswordBody {
    /// Current password; required when callers change their own.
    #[serde(alias = "current_password")]
    pub(crate) old_password: Option<String>,
    /// New password, at least 10 characters by default and at most 256 bytes.
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

/// Normalises a user type: upper case, words separated by one space.
fn normalized(text: &str) -> String {
    text.to_uppercase().split([' ', '_', '-']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Role for a user type and its flags.
///
/// # Errors
/// Code 4 for an unknown user type, or flags that it does not allow.
pub(crate) fn role_of(user_type: &str, is_admin: bool, is_service: bool) -> Result<Role, ApiError> {
    let wrong = |field: &str, why: &str| Err(ApiError::invalid_value(field, why));

    let role = match (normalized(user_type).as_str(), is_admin) {
        ("ADMIN", _) => Role::Administrator,
        ("OPERATOR", false) => Role::Operator,
        ("CLIENT OPERATOR", false) => Role::ClientOperator,
        ("CLIENT", true) | ("CLIENT ADMIN", _) => Role::ClientAdministrator,
        ("CLIENT SERVICE", false) => Role::ClientService,
        ("CLIENT", false) if is_service => Role::ClientService,
        ("CLIENT", false) => Role::Client,
        ("OPERATOR" | "CLIENT OPERATOR" | "CLIENT SERVICE", true) => {
            return wrong("is_admin", "must be false for this user type");
        }
        _ => return wrong("user_type", "must be one of ADMIN, OPERATOR, CLIENT, CLIENT OPERATOR"),
    };

    if is_service && !role.has_company() {
        return wrong("is_service", "must be false for users without a company");
    }
    Ok(role)
}

/// Roles selected by a user type in a filter; `None` for an unknown type.
pub(crate) fn roles_named(user_type: &str) -> Option<Vec<Role>> {
    let wanted = normalized(user_type);
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
    fn user_type_and_flags_determine_the_role() {
        let check = |kind: &str, admin, service| role_of(kind, admin, service).ok();
        assert_eq!(check("client", false, false), Some(Role::Client));
        assert_eq!(check("CLIENT", true, false), Some(Role::ClientAdministrator));
        assert_eq!(check("CLIENT", true, true), Some(Role::ClientAdministrator));
        assert_eq!(check("CLIENT", false, true), Some(Role::ClientService));
        assert_eq!(check("client_operator", false, false), Some(Role::ClientOperator));
        assert_eq!(check("Admin", false, false), Some(Role::Administrator));
        assert_eq!(check("ADMIN", false, true), None, "service accounts belong to a company");
        assert_eq!(check("OPERATOR", true, false), None);
        assert_eq!(check("ROOT", false, false), None);
    }
}
