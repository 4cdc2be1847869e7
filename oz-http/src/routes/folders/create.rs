//! `POST /api/folders`: creating a folder, optionally with media and analyses.

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
    GroupWait, OrderScope, View, checked_endpoint, ensure_orders_allowed, ensure_queue_capacity, group,
    media_records, preview_jobs, upload,
};
use crate::dto::folder::FolderDto;
use crate::dto::upload::UploadForm;
use crate::extract::{Caller, ListQuery};
use crate::links::Links;
use crate::upload::Upload;
use crate::{ApiError, ServiceState};

/// Create a folder, optionally with media and analyses
///
/// The response waits for the analyses ordered in `payload`, 5 minutes by default; analyses still
/// `PROCESSING` by then continue. Answered with 503 while too many analyses are queued.
///
/// A form-urlencoded or empty body creates an empty folder. `application/octet-stream` is a ZIP container:
/// the payload as `payload.json` with an additional `session_token`, and the media, each named by its media
/// key with any extension.
#[utoipa::path(post, path = "/api/folders", operation_id = "folder_create", tag = "folders",
    params(("company_id" = Option<String>, Query,
        description = "ID of the owning company (UUID); required for callers without a company")),
    request_body(content(
        (UploadForm = "multipart/form-data"),
        (String = "application/octet-stream"),
        (String = "application/x-www-form-urlencoded"),
    )),
    responses((status = CREATED, body = FolderDto, description = "The new folder"),
        (status = NOT_IMPLEMENTED, description = "`DOCUMENTS` analyses are not implemented")))]
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

    let Prepared { folder, content } = match prepare(&state, &caller, company, upload).await {
        Ok(prepared) => prepared,
        Err(error) => {
            staged.erase().await;
            return Err(error);
        }
    };

    let wait = content.group.as_ref().map(|group| (GroupWait::new(&state), group_of(group)));
    let stored = state.store()?.folders.create_folder(&folder, &content).await;
    staged.settle(stored).await?;
    state.signals().work_queued();

    if let Some((wait, group)) = wait {
        wait.until_ended(&state, group).await?;
    }
    show(&state, &caller, &links, &folder, &keys, &content.media).await
}

/// Company of the new folder: the caller's own or, for callers without one, an existing company from the
/// query.
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
        ensure_orders_allowed(state, &payload.analyses, caller.user.rights)?;
        ensure_queue_capacity(state).await?;
        let (owner, media) = (caller.user.id, &content.media);
        let scope = OrderScope { folder: &folder, media, keys: &keys, owner, awaited: true };
        content.group = Some(group(state, &payload.analyses, &scope).await?);
    }
    content.jobs = preview_jobs(state, &content.media, content.group.as_ref(), now);
    Ok(Prepared { folder, content })
}

/// The folder as stored, with the media keys of this request.
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
