//! People and programs that sign in.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Role, Scope};
use crate::listing::Choice;
use crate::metadata::Metadata;
use crate::system::{CompanyId, Timestamp, typed_id};
use crate::{Error, Result};

typed_id!(
    /// Names a user.
    UserId,
    "user"
);

/// What of a password is kept: a salted hash in the PHC string format. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// How a person is called. Not shown by `Debug`.
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

/// Which analyses a user may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisRights {
    /// Liveness and best shot.
    pub liveness: bool,
    /// Comparison 1:1.
    pub matching: bool,
    /// Search 1:N.
    pub search: bool,
    /// Documents.
    pub documents: bool,
}

impl Default for AnalysisRights {
    /// All.
    fn default() -> Self {
        Self { liveness: true, matching: true, search: true, documents: true }
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Unique name.
    pub id: UserId,
    /// Whose; none for administrators and operators of the whole installation.
    pub company: Option<CompanyId>,
    /// Name to sign in with: an e-mail address in lower case, unique.
    pub email: String,
    /// What the password is checked against.
    pub password: PasswordHash,
    /// What the user may do.
    pub role: Role,
    /// A program: its sessions live long.
    pub service: bool,
    /// How the person is called.
    pub name: PersonName,
    /// Which analyses may be started.
    pub rights: AnalysisRights,
    /// Whether the user may sign in.
    pub active: bool,
    /// Free attributes.
    pub metadata: Metadata,
    /// When the account was created.
    pub created: Timestamp,
    /// When it was changed last.
    pub updated: Timestamp,
}

impl User {
    /// Checks what the parts of an account have to do with each other.
    ///
    /// # Errors
    /// `input.invalid_value` for an address that is none, or a role without the company it needs, or with one.
    pub fn check(&self) -> Result<()> {
        let sides = self.email.split_once('@').map(|(local, domain)| (local.trim(), domain.trim()));
        let is_address = sides.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
        if !is_address
            || self.email.len() > 254
            || self.email.chars().any(|c| c.is_whitespace() || c.is_control())
        {
            return Err(invalid("email", "it is not an e-mail address"));
        }
        if self.email != self.email.to_lowercase() {
            return Err(invalid("email", "it is not in lower case"));
        }
        match (self.role.has_company(), self.company) {
            (true, None) => Err(invalid("company", "this role belongs to a company")),
            (false, Some(_)) => Err(invalid("company", "this role belongs to no company")),
            _ => Ok(()),
        }
    }

    /// What is searched for text: address and full name in lower case, each in a line.
    #[must_use]
    pub fn search_text(&self) -> String {
        let name = [&self.name.first, &self.name.middle, &self.name.last];
        let parts: Vec<&str> = name.into_iter().flatten().map(String::as_str).collect();
        format!("{}\n{}", self.email, parts.join(" ")).to_lowercase()
    }

    /// Whether a scope holds this account: of an owner only itself.
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

/// Which users.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserFilter {
    /// Which.
    pub ids: Choice<UserId>,
    /// Of which companies.
    pub companies: Choice<CompanyId>,
    /// Of which roles.
    pub roles: Choice<Role>,
    /// Part of the address or of the full name (given, middle, family name), whatever the case.
    pub text: Option<String>,
}

impl UserFilter {
    /// Whether a user is one of them. One without a company is of none of those included or excluded.
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
