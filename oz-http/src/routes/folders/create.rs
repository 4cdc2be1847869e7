//! `POST /api/folders`: an empty folder, one with media, or everything in one request.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use oz_core::account::{Action, Resource, Scope};
use oz_core::folder::port::FolderRepository;
use oz_core::folder::{Folder, FolderContent, FolderState, GroupId, StoredMedia};
use oz_core::storage::BlobKey;
use oz_core::system::CompanyId;

use crate::cases::{
    GroupWait, OrderScope, View, checked_endpoint, demand_known, demand_room, group, media_records,
    preview_jobs, upload,
};
use crate::dto::folder::FolderDto;
use crate::dto::upload::UploadForm;
use crate::extract::{Caller, ListQuery};
use crate::links::Links;
use crate::upload::Upload;
use crate::{ApiError, ServiceState};

/// Creates a folder: with the media of the request, and, if its payload holds `analyses`, with their results, for which the
/// answer waits.
///
/// A form-urlencoded or empty body makes an empty folder. `application/octet-stream` is a ZIP archive with `payload.json`,
/// in addition with the key `session_token`, and media, each under its media key and any extension.
#[utoipa::path(post, path = "/api/folders", operation_id = "folder_create", tag = "folders",
    params(("company_id" = Option<String>, Query, description = "Whose it is to be; for callers without a company")),
    request_body(content(
        (UploadForm = "multipart/form-data"),
        (String = "application/octet-stream"),
        (String = "application/x-www-form-urlencoded"),
    )),
    responses((status = CREATED, body = FolderDto), (status = NOT_IMPLEMENTED, description = "DOCUMENTS is not realized")))]
pub(super) async fn create(
    State(state): State<ServiceState>,
    caller: Caller,
    links: Links,
    query: ListQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<FolderDto>), ApiError> {
    caller.scope(Action::Create, Resource::Folder)?;
    let company = company(&state, &caller, &query).await?;
    let (upload, staged) = upload(&state, &caller, company, &headers, body).await?;
    let keys: Vec<String> = upload.media.iter().map(|media| media.key.clone()).collect();
    let prepared = match prepare(&state, &caller, company, upload).await {
        Ok(prepared) => prepared,
        Err(error) => {
            staged.erase().await;
            return Err(error);
        }
    };
    let Prepared { folder, content } = prepared;
    let wait = content.group.as_ref().map(|group| (GroupWait::new(&state), group_of(group)));
    let stored = state.store()?.folders.create_folder(&folder, &content).await;
    staged.settle(stored).await?;
    state.signals().work_queued();
    if let Some((wait, group)) = wait {
        wait.until_ended(&state, group).await?;
    }
    show(&state, &caller, &links, &folder, &keys, &content.media).await
}

/// The caller's company; callers without one name one that exists.
async fn company(state: &ServiceState, caller: &Caller, query: &ListQuery) -> Result<CompanyId, ApiError> {
    let named =
        query.text("company_id").map(|text| text.parse::<CompanyId>().map_err(|_| ApiError::not_found()));
    let company = caller.company(named.transpose()?)?;
    if caller.user.company.is_none() {
        state.store()?.accounts.company(&Scope::Everything, company).await?;
    }
    Ok(company)
}

struct Prepared {
    folder: Folder,
    content: FolderContent,
}

fn group_of(group: &oz_core::folder::NewGroup) -> GroupId {
    GroupId::from(group.job.id.uuid())
}

async fn prepare(
    state: &ServiceState,
    caller: &Caller,
    company: CompanyId,
    upload: Upload<BlobKey>,
) -> Result<Prepared, ApiError> {
    let Upload { mut payload, media } = upload;
    if !media.is_empty() {
        caller.scope(Action::Create, Resource::Media)?;
    }
    let endpoint = payload.endpoint.take();
    let endpoint = endpoint.map(|text| checked_endpoint(&text, &state.config().webhooks)).transpose()?;
    let now = state.now();
    let folder = Folder {
        id: state.next_id(),
        company,
        owner: caller.user.id,
        state: FolderState::default(),
        endpoint,
        metadata: payload.folder.take().unwrap_or_default(),
        cleared: false,
        created: now,
        updated: now,
    };
    let keys: Vec<String> = media.iter().map(|media| media.key.clone()).collect();
    let media = media_records(state, &folder, caller.user.id, media, &payload);
    let mut content = FolderContent { media, group: None, jobs: Vec::new() };
    if !payload.analyses.is_empty() {
        caller.scope(Action::Create, Resource::Analysis)?;
        demand_known(&payload.analyses, caller.user.rights)?;
        demand_room(state).await?;
        let (owner, media) = (caller.user.id, &content.media);
        let scope = OrderScope { folder: &folder, media, keys: &keys, owner, waited_for: true };
        content.group = Some(group(state, &payload.analyses, &scope).await?);
    }
    content.jobs = preview_jobs(state, &content.media, content.group.as_ref(), now);
    Ok(Prepared { folder, content })
}

/// The folder as it is now, with the keys that this request gave to its media.
async fn show(
    state: &ServiceState,
    caller: &Caller,
    links: &Links,
    folder: &Folder,
    keys: &[String],
    media: &[StoredMedia],
) -> Result<(StatusCode, Json<FolderDto>), ApiError> {
    let scope = caller.scope(Action::Read, Resource::Folder)?;
    let folders: &dyn FolderRepository = state.store()?.folders.as_ref();
    let stored = folders.folder(&scope, folder.id).await?;
    let mut shown = View::new(state, &scope, links)?.folder(stored).await?;
    for (key, media) in keys.iter().zip(media) {
        let id = media.id.to_string();
        let found = shown.media.iter_mut().find(|media| media.media_id == id);
        found.into_iter().for_each(|media| media.media_key = Some(key.clone()));
    }
    Ok((StatusCode::CREATED, Json(shown)))
}
