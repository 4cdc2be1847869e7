//! Users: people and service accounts that sign in.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Role, Scope};
use crate::listing::Choice;
use crate::metadata::Metadata;
use crate::system::{CompanyId, Timestamp, typed_id};
use crate::{Error, Result};

typed_id!(
    /// ID of a user.
    UserId,
    "user"
);

/// Salted password hash in the PHC string format. `Debug` output is redacted.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// Name of a person. `Debug` output is redacted.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PersonName {
    /// Given name.
    pub first: Option<String>,
    /// Family name.
    pub last: Option<String>,
    /// Middle name or patronymic.
    pub middle: Option<String>,
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(..)")
    }
}

/// Kinds of analyses that a user may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisRights {
    /// Liveness and best shot.
    pub liveness: bool,
    /// One-to-one comparison.
    pub matching: bool,
    /// One-to-many search.
    pub search: bool,
    /// Document analysis.
    pub documents: bool,
}

impl Default for AnalysisRights {
    /// All kinds.
    fn default() -> Self {
        Self { liveness: true, matching: true, search: true, documents: true }
    }
}

/// A user account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Unique ID.
    pub id: UserId,
    /// Company of the user; absent for administrators and operators of the whole installation.
    pub company: Option<CompanyId>,
    /// Sign-in name: a lowercase e-mail address, unique.
    pub email: String,
    /// Password hash.
    pub password: PasswordHash,
    /// Role of the user.
    pub role: Role,
    /// Whether this is a service account, whose sessions are long-lived.
    pub service: bool,
    /// Name of the person.
    pub name: PersonName,
    /// Kinds of analyses that the user may start.
    pub rights: AnalysisRights,
    /// Whether the user may sign in.
    pub active: bool,
    /// Custom attributes.
    pub metadata: Metadata,
    /// Creation time.
    pub created: Timestamp,
    /// Time of the last change.
    pub updated: Timestamp,
}

impl User {
    /// Checks the e-mail address, and that the role and the company fit together.
    ///
    /// # Errors
    /// `input.invalid_value` when the e-mail address is malformed or not lowercase, when the role requires a
    /// company and there is none, or when it forbids one.
    pub fn check(&self) -> Result<()> {
        let sides = self.email.split_once('@').map(|(local, domain)| (local.trim(), domain.trim()));
        let is_address = sides.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
        if !is_address
            || self.email.len() > 254
            || self.email.chars().any(|c| c.is_whitespace() || c.is_control())
        {
            return Err(invalid("email", "must be an e-mail address"));
        }
        if self.email != self.email.to_lowercase() {
            return Err(invalid("email", "must be lowercase"));
        }

        match (self.role.has_company(), self.company) {
            (true, None) => Err(invalid("company", "required for this role")),
            (false, Some(_)) => Err(invalid("company", "not allowed for this role")),
            _ => Ok(()),
        }
    }

    /// Lowercase text for substring search: the e-mail address, a line feed, and the full name.
    #[must_use]
    pub fn search_text(&self) -> String {
        let name = [&self.name.first, &self.name.middle, &self.name.last];
        let parts: Vec<&str> = name.into_iter().flatten().map(String::as_str).collect();
        format!("{}\n{}", self.email, parts.join(" ")).to_lowercase()
    }

    /// Whether a scope contains this user. An owner's scope contains only the owner.
    #[must_use]
    pub fn is_in(&self, scope: &Scope) -> bool {
        match (*scope, self.company) {
            (Scope::Everything, _) => true,
            (Scope::Nothing, _) | (_, None) => false,
            (Scope::Owner(company, user), Some(own)) => company == own && user == self.id,
            (Scope::Company(company), Some(own)) => company == own,
        }
    }
}

fn invalid(name: &'static str, detail: &str) -> Error {
    Error::InvalidValue { name, detail: detail.into() }
}

/// Conditions on users; all must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserFilter {
    /// User IDs.
    pub ids: Choice<UserId>,
    /// Companies of the users.
    pub companies: Choice<CompanyId>,
    /// Roles of the users.
    pub roles: Choice<Role>,
    /// Substring of the e-mail address or the full name (given, middle, family), ignoring case.
    pub text: Option<String>,
}

impl UserFilter {
    /// Whether a user satisfies the filter. A user without a company fails `companies.include` unless it is
    /// empty, and is never rejected by `companies.exclude`.
    #[must_use]
    pub fn admits(&self, user: &User) -> bool {
        let of_company =
            user.company.map_or(self.companies.include.is_empty(), |company| self.companies.admits(&company));
        of_company
            && self.ids.admits(&user.id)
            && self.roles.admits(&user.role)
            && self.text.as_ref().is_none_or(|text| user.search_text().contains(&text.to_lowercase()))
    }
}
