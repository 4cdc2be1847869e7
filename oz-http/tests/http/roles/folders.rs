//! Folders, media, analyses and reports.

use oz_core::account::{Action, Extent, Resource, Role, extent};
use serde_json::{Value, json};

use super::{Case, Owner, World, case, check, metadata_cases, photo, reaches};
use crate::folders::{post, text};
use crate::support::{Person, jpeg};

/// IDs of a folder, and of media and an analysis in it.
#[derive(Debug, Clone)]
pub(super) struct FolderIds {
    pub(super) folder: String,
    pub(super) media: String,
    pub(super) analysis: String,
}

/// Creates a folder with media and a finished analysis.
async fn create(world: &World, owner: &Person) -> FolderIds {
    let service = &world.service;
    let media = [("photo1", "ada.jpg", jpeg("face=ada"))];
    let folder = post(service, owner, "/api/folders", &json!({}), &media).await.ok(201);
    let path = format!("/api/folders/{}/analyses", text(&folder, "folder_id"));
    let body = json!({"analyses": [{"type": "quality"}]});
    let started = service.call("POST", &path, &owner.token, body).await.ok(201);
    service.work().await;
    FolderIds {
        folder: text(&folder, "folder_id"),
        media: text(&folder["media"][0], "media_id"),
        analysis: text(&started[0], "analyse_id"),
    }
}

/// Requests about a folder and its contents; deletions last.
pub(super) fn folder_cases(ids: &FolderIds) -> Vec<Case> {
    let folder = format!("/api/folders/{}", ids.folder);
    let media = format!("/api/media/{}", ids.media);
    let analysis = format!("/api/analyses/{}", ids.analysis);
    let under = |part: &str| format!("{folder}/{part}");
    let analyses = json!({"analyses": [{"type": "quality"}]});
    let decision = json!({"resolution_status": "SUCCESS"});
    let get = |path: &str, resource| case("GET", path.into(), Value::Null, Action::Read, resource);
    let delete = |path: &str, resource| case("DELETE", path.into(), Value::Null, Action::Delete, resource);

    let mut cases = vec![
        get(&folder, Resource::Folder),
        get(&under("media"), Resource::Media),
        photo(under("media"), Action::Create, Resource::Media),
        get(&media, Resource::Media),
        case("PATCH", media.clone(), json!({"tags": []}), Action::Update, Resource::Media),
        get(&under("analyses"), Resource::Analysis),
        get(&analysis, Resource::Analysis),
        case("PATCH", analysis.clone(), decision, Action::Decide, Resource::Analysis),
        case("POST", under("analyses"), analyses, Action::Create, Resource::Analysis),
        get(&under("report"), Resource::Report),
    ];
    cases.extend(metadata_cases(&folder, Resource::Folder));
    cases.extend(metadata_cases(&media, Resource::Media));
    cases.extend(metadata_cases(&analysis, Resource::Analysis));
    cases.extend([
        delete(&analysis, Resource::Analysis),
        delete(&media, Resource::Media),
        delete(&folder, Resource::Folder),
    ]);
    cases
}

/// Requests that concern no existing record.
pub(super) fn folder_list_cases() -> Vec<Case> {
    let get = |path: &str, resource| case("GET", path.into(), Value::Null, Action::Read, resource);
    vec![
        get("/api/folders", Resource::Folder),
        get("/api/analyses", Resource::Analysis),
        get("/api/statistics", Resource::Statistics),
        case(
            "POST",
            "/api/event_sessions".into(),
            json!({"session_id": "s"}),
            Action::Create,
            Resource::EventSession,
        ),
        get("/api/event_sessions", Resource::EventSession),
    ]
}

#[tokio::test]
async fn folder_access_follows_the_permission_table() {
    let world = World::new().await;
    for role in Role::ALL {
        for owner in [Owner::Itself, Owner::Colleague, Owner::Stranger] {
            let caller = world.caller(role).await;
            // Roles without a company, or without permission to create folders, own none.
            let may_own =
                role.has_company() && extent(role, Action::Create, Resource::Folder) != Extent::Nothing;
            if owner == Owner::Itself && !may_own {
                continue;
            }
            let maker = world.owner(&caller, owner).await;
            let ids = create(&world, &maker).await;
            for case in folder_cases(&ids) {
                check(&world, &caller, owner, &case).await;
            }
        }

        let caller = world.caller(role).await;
        for case in folder_list_cases() {
            check(&world, &caller, Owner::Itself, &case).await;
        }
        let path = format!("/api/folders?company_id={}", world.own);
        check(&world, &caller, Owner::Itself, &photo(path, Action::Create, Resource::Folder)).await;
    }
    world.service.stop().await;
}

#[tokio::test]
async fn folder_lists_follow_the_permission_table() {
    let world = World::new().await;
    let colleague = world.service.person(Role::Client, Some(world.own)).await;
    let stranger = world.service.person(Role::Client, Some(world.other)).await;
    for role in Role::ALL {
        let caller = world.caller(role).await;
        let (near, far) = (create(&world, &colleague).await, create(&world, &stranger).await);
        let list =
            world.service.call("GET", "/api/folders?limit=1000", &caller.token, Value::Null).await.ok(200);
        let shows = |id: &str| list.as_array().unwrap().iter().any(|folder| folder["folder_id"] == id);

        let may = extent(role, Action::Read, Resource::Folder);
        let expected = [Owner::Colleague, Owner::Stranger].map(|owner| reaches(may, owner));
        assert_eq!([shows(&near.folder), shows(&far.folder)], expected, "{role}");
    }
    world.service.stop().await;
}
