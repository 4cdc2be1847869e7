//! Companies and users, created directly in storage.

use oz_core::account::{AnalysisRights, Company, PersonName, Role, User, UserId};
use oz_core::metadata::Metadata;
use oz_core::system::CompanyId;
use oz_http::auth::open_session;

use super::Service;

/// Password of all users.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Signed-in user.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) user: User,
    pub(crate) token: String,
}

impl Person {
    pub(crate) fn id(&self) -> UserId {
        self.user.id
    }
}

impl Service {
    /// Creates a company.
    pub(crate) async fn company(&self, name: &str) -> CompanyId {
        let (id, now) = (self.state.next_id(), self.state.now());
        let company =
            Company { id, name: name.into(), metadata: Metadata::default(), created: now, updated: now };
        self.ports().accounts.create_company(&company).await.unwrap();
        id
    }

    /// Creates a signed-in user with a role.
    pub(crate) async fn person(&self, role: Role, company: Option<CompanyId>) -> Person {
        let (id, now) = (self.state.next_id::<UserId>(), self.state.now());
        let user = User {
            id,
            company,
            email: format!("{role}.{}@acme.example", id.uuid().as_u128()),
            password: self.state.passwords().hash(PASSWORD.into()).await.unwrap(),
            role,
            service: role == Role::ClientService,
            name: PersonName::default(),
            rights: AnalysisRights::default(),
            active: true,
            metadata: Metadata::default(),
            created: now,
            updated: now,
        };
        self.ports().accounts.create_user(&user).await.unwrap();
        let opened = open_session(&self.state, &user, None).await.unwrap();
        Person { user, token: opened.access.reveal().into() }
    }

    /// Creates a service user of a new company.
    pub(crate) async fn service_user(&self) -> Person {
        let name = self.state.next_id::<UserId>().to_string();
        let company = self.company(&name).await;
        self.person(Role::ClientService, Some(company)).await
    }

    /// Creates a service user with limited analysis rights.
    pub(crate) async fn person_with_rights(&self, company: CompanyId, rights: AnalysisRights) -> Person {
        let Person { user, token } = self.person(Role::ClientService, Some(company)).await;
        let user = User { rights, ..user };
        self.ports().accounts.update_user(&user).await.unwrap();
        Person { user, token }
    }

    /// Creates a signed-in administrator.
    pub(crate) async fn administrator(&self) -> Person {
        self.person(Role::Administrator, None).await
    }
}
