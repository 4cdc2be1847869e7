//! Companies, users and sessions in memory.

use std::collections::BTreeMap;

use async_trait::async_trait;
use oz_core::account::port::AccountRepository;
use oz_core::account::{
    Company, CompanyFilter, Role, Scope, Session, SessionId, TokenDigest, User, UserFilter, UserId,
};
use oz_core::listing::Slice;
use oz_core::system::{CompanyId, Timestamp};
use oz_core::{Error, Result};

use super::{MemoryStore, Place, sliced};

#[derive(Debug, Default)]
pub(super) struct Accounts {
    companies: BTreeMap<CompanyId, Company>,
    users: BTreeMap<UserId, User>,
    sessions: BTreeMap<SessionId, Session>,
}

impl Accounts {
    fn companies_in(&self, scope: &Scope, filter: &CompanyFilter) -> impl Iterator<Item = &Company> {
        let in_scope = self.companies.values().filter(|company| scope.holds_company(company.id));
        in_scope.filter(|company| filter.admits(company))
    }

    fn users_in(&self, scope: &Scope, filter: &UserFilter) -> impl Iterator<Item = &User> {
        let in_scope = self.users.values().filter(|user| user.is_in(scope));
        in_scope.filter(|user| filter.admits(user))
    }

    /// Whether another company has the name of this one.
    fn is_name_taken(&self, company: &Company) -> bool {
        let mut others = self.companies.values().filter(|other| other.id != company.id);
        others.any(|other| other.name_key() == company.name_key())
    }

    /// Whether another user has the e-mail address of this one.
    fn is_email_taken(&self, user: &User) -> bool {
        self.users.values().any(|other| other.id != user.id && other.email == user.email)
    }

    fn end_sessions(&mut self, user: UserId) {
        self.sessions.retain(|_, session| session.user != user);
    }

    fn session(&self, matches: impl Fn(&Session) -> bool) -> Result<Session> {
        let found = self.sessions.values().find(|session| matches(session));
        found.cloned().ok_or_else(|| Error::NotFound { what: "session of this token".into() })
    }
}

fn company_place(company: &Company) -> Place {
    Place { created: company.created, updated: company.updated, id: company.id.uuid() }
}

fn user_place(user: &User) -> Place {
    Place { created: user.created, updated: user.updated, id: user.id.uuid() }
}

#[async_trait]
impl AccountRepository for MemoryStore {
    async fn create_company(&self, company: &Company) -> Result<()> {
        let accounts = &mut self.state().accounts;
        if accounts.companies.contains_key(&company.id) || accounts.is_name_taken(company) {
            return Err(company.id.conflict());
        }
        accounts.companies.insert(company.id, company.clone());
        Ok(())
    }

    async fn company(&self, scope: &Scope, id: CompanyId) -> Result<Company> {
        let state = self.state();
        let found = state.accounts.companies.get(&id).filter(|_| scope.holds_company(id));
        found.cloned().ok_or_else(|| id.not_found())
    }

    async fn companies(&self, scope: &Scope, filter: &CompanyFilter, slice: &Slice) -> Result<Vec<Company>> {
        let state = self.state();
        Ok(sliced(state.accounts.companies_in(scope, filter), slice, company_place))
    }

    async fn count_companies(&self, scope: &Scope, filter: &CompanyFilter) -> Result<u64> {
        Ok(self.state().accounts.companies_in(scope, filter).count() as u64)
    }

    async fn update_company(&self, company: &Company) -> Result<()> {
        let accounts = &mut self.state().accounts;
        let is_taken = accounts.is_name_taken(company);
        let stored = accounts.companies.get_mut(&company.id).ok_or_else(|| company.id.not_found())?;
        if is_taken {
            return Err(company.id.conflict());
        }
        *stored = Company { created: stored.created, ..company.clone() };
        Ok(())
    }

    async fn delete_company(&self, id: CompanyId) -> Result<()> {
        let state = &mut *self.state();
        if state.folders.has_any_of(id) {
            return Err(id.conflict());
        }
        let accounts = &mut state.accounts;
        accounts.companies.remove(&id);
        accounts.users.retain(|_, user| user.company != Some(id));
        let users = &accounts.users;
        accounts.sessions.retain(|_, session| users.contains_key(&session.user));
        Ok(())
    }

    async fn create_user(&self, user: &User) -> Result<()> {
        let accounts = &mut self.state().accounts;
        if let Some(company) = user.company.filter(|company| !accounts.companies.contains_key(company)) {
            return Err(company.not_found());
        }
        if accounts.users.contains_key(&user.id) || accounts.is_email_taken(user) {
            return Err(user.id.conflict());
        }
        accounts.users.insert(user.id, user.clone());
        Ok(())
    }

    async fn user(&self, scope: &Scope, id: UserId) -> Result<User> {
        let state = self.state();
        let found = state.accounts.users.get(&id).filter(|user| user.is_in(scope));
        found.cloned().ok_or_else(|| id.not_found())
    }

    async fn user_by_email(&self, email: &str) -> Result<User> {
        let state = self.state();
        let found = state.accounts.users.values().find(|user| user.email == email);
        found.cloned().ok_or_else(|| Error::NotFound { what: "user of this address".into() })
    }

    async fn users(&self, scope: &Scope, filter: &UserFilter, slice: &Slice) -> Result<Vec<User>> {
        let state = self.state();
        Ok(sliced(state.accounts.users_in(scope, filter), slice, user_place))
    }

    async fn count_users(&self, scope: &Scope, filter: &UserFilter) -> Result<u64> {
        Ok(self.state().accounts.users_in(scope, filter).count() as u64)
    }

    async fn update_user(&self, user: &User) -> Result<()> {
        let accounts = &mut self.state().accounts;
        let is_taken = accounts.is_email_taken(user);
        let stored = accounts.users.get_mut(&user.id).ok_or_else(|| user.id.not_found())?;
        if is_taken {
            return Err(user.id.conflict());
        }
        let must_sign_out = !user.active || user.password != stored.password;
        *stored = User { company: stored.company, created: stored.created, ..user.clone() };
        if must_sign_out {
            accounts.end_sessions(user.id);
        }
        Ok(())
    }

    async fn delete_user(&self, id: UserId) -> Result<()> {
        let accounts = &mut self.state().accounts;
        accounts.users.remove(&id);
        accounts.end_sessions(id);
        Ok(())
    }

    async fn active_users(&self, role: Role) -> Result<u64> {
        let state = self.state();
        let users = state.accounts.users.values();
        Ok(users.filter(|user| user.active && user.role == role).count() as u64)
    }

    async fn open_session(&self, session: &Session) -> Result<()> {
        let accounts = &mut self.state().accounts;
        if !accounts.users.contains_key(&session.user) {
            return Err(session.user.not_found());
        }
        if let Some(replaced) = session.replaces.filter(|id| !accounts.sessions.contains_key(id)) {
            return Err(replaced.not_found());
        }

        let is_taken = accounts.sessions.values().any(|other| {
            other.id == session.id || other.access == session.access || other.refresh == session.refresh
        });
        if is_taken {
            return Err(session.id.conflict());
        }
        accounts.sessions.insert(session.id, session.clone());
        Ok(())
    }

    async fn session(&self, access: &TokenDigest) -> Result<Session> {
        self.state().accounts.session(|session| session.access == *access)
    }

    async fn session_by_refresh(&self, refresh: &TokenDigest) -> Result<Session> {
        self.state().accounts.session(|session| session.refresh == *refresh)
    }

    async fn touch_session(&self, id: SessionId, now: Timestamp) -> Result<Session> {
        let accounts = &mut self.state().accounts;
        let session = accounts.sessions.get_mut(&id).ok_or_else(|| id.not_found())?;
        let replaced = session.touch(now);
        let touched = session.clone();
        if let Some(replaced) = replaced {
            accounts.sessions.remove(&replaced);
        }
        Ok(touched)
    }

    async fn end_session(&self, id: SessionId) -> Result<()> {
        self.state().accounts.sessions.remove(&id);
        Ok(())
    }

    async fn purge_sessions(&self, now: Timestamp) -> Result<u64> {
        let sessions = &mut self.state().accounts.sessions;
        let before = sessions.len();
        sessions.retain(|_, session| session.is_active(now));
        Ok((before - sessions.len()) as u64)
    }
}
