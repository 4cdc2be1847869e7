//! Companies, users and their sessions.

mod companies;
mod sessions;
mod users;

use async_trait::async_trait;
use oz_core::Result;
use oz_core::account::port::AccountRepository;
use oz_core::account::{
    Company, CompanyFilter, Role, Scope, Session, SessionId, TokenDigest, User, UserFilter, UserId,
};
use oz_core::listing::Slice;
use oz_core::system::{CompanyId, Timestamp};

use super::{Columns, Connection, During, Row, Selection, Store};
use super::{end, for_update, json, lacks_parent, micros, text, time, uuid};

#[async_trait]
impl AccountRepository for Store {
    async fn create_company(&self, company: &Company) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = companies::insert(&mut tx, company).await;
        end(done, tx).await
    }

    async fn company(&self, scope: &Scope, id: CompanyId) -> Result<Company> {
        companies::find(&mut *self.read().await?, scope, id).await
    }

    async fn companies(&self, scope: &Scope, filter: &CompanyFilter, slice: &Slice) -> Result<Vec<Company>> {
        companies::list(&mut *self.read().await?, scope, filter, slice).await
    }

    async fn count_companies(&self, scope: &Scope, filter: &CompanyFilter) -> Result<u64> {
        companies::count(&mut *self.read().await?, scope, filter).await
    }

    async fn update_company(&self, company: &Company) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = companies::update(&mut tx, company).await;
        end(done, tx).await
    }

    async fn delete_company(&self, id: CompanyId) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = companies::delete(&mut tx, id).await;
        end(done, tx).await
    }

    async fn create_user(&self, user: &User) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = users::insert(&mut tx, user).await;
        end(done, tx).await
    }

    async fn user(&self, scope: &Scope, id: UserId) -> Result<User> {
        users::find(&mut *self.read().await?, scope, id).await
    }

    async fn user_by_email(&self, email: &str) -> Result<User> {
        users::by_email(&mut *self.read().await?, email).await
    }

    async fn users(&self, scope: &Scope, filter: &UserFilter, slice: &Slice) -> Result<Vec<User>> {
        users::list(&mut *self.read().await?, scope, filter, slice).await
    }

    async fn count_users(&self, scope: &Scope, filter: &UserFilter) -> Result<u64> {
        users::count(&mut *self.read().await?, scope, filter).await
    }

    async fn update_user(&self, user: &User) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = users::update(&mut tx, user).await;
        end(done, tx).await
    }

    async fn delete_user(&self, id: UserId) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = users::delete(&mut tx, id).await;
        end(done, tx).await
    }

    async fn active_users(&self, role: Role) -> Result<u64> {
        users::count_active(&mut *self.read().await?, role).await
    }

    async fn open_session(&self, session: &Session) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = sessions::insert(&mut tx, session).await;
        end(done, tx).await
    }

    async fn session(&self, access: &TokenDigest) -> Result<Session> {
        sessions::by_access(&mut *self.read().await?, access).await
    }

    async fn session_by_refresh(&self, refresh: &TokenDigest) -> Result<Session> {
        sessions::by_refresh(&mut *self.read().await?, refresh).await
    }

    async fn touch_session(&self, id: SessionId, now: Timestamp) -> Result<Session> {
        let mut tx = self.begin().await?;
        let session = sessions::touch(&mut tx, id, now).await;
        end(session, tx).await
    }

    async fn end_session(&self, id: SessionId) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = sessions::delete(&mut tx, id).await;
        end(done, tx).await
    }

    async fn purge_sessions(&self, now: Timestamp) -> Result<u64> {
        let mut tx = self.begin().await?;
        let purged = sessions::purge(&mut tx, now).await;
        end(purged, tx).await
    }
}
