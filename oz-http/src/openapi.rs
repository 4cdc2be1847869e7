//! OpenAPI document, and a page to explore it without external resources.

use axum::Router;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, ObjectBuilder, OpenApi, OpenApiBuilder, PathItem, Ref, RefOr,
    Required, ResponseBuilder, SchemaFormat, Type,
};
use utoipa::{PartialSchema, ToSchema};
use utoipa_swagger_ui::SwaggerUi;

use crate::ServiceState;
use crate::error::{ErrorBody, ErrorDetails};
use crate::routes::{API_VERSION, Routes};

/// Path of the document.
const DOCUMENT: &str = "/api/openapi.json";

/// Name of the security scheme.
const TOKEN: &str = "access_token";

/// Error responses common to all operations.
const ERRORS: [(&str, &str); 10] = [
    ("400", "The request is invalid"),
    ("401", "The access token is missing, unknown or expired"),
    ("403", "The caller is not permitted to do this"),
    ("404", "The resource does not exist within the caller's scope"),
    ("405", "The resource does not support the method"),
    ("409", "The state of stored records does not allow the operation"),
    ("413", "The request exceeds a size limit"),
    ("429", "Too many attempts; retry after `Retry-After` seconds"),
    ("500", "Internal error"),
    ("503", "The service is overloaded or a dependency is unavailable; retry after `Retry-After` seconds"),
];

/// Builds the document of `routes`, with `prefix` in front of each path.
pub(crate) fn document(routes: &Routes, prefix: &str) -> OpenApi {
    let mut paths = routes.paths.clone();
    paths.paths = paths.paths.into_iter().map(|(path, item)| (format!("{prefix}{path}"), item)).collect();
    for (path, item) in &mut paths.paths {
        operations(item).for_each(|operation| complete(path, operation));
    }

    let mut components = ComponentsBuilder::new()
        .schemas_from_iter(routes.schemas.clone())
        .schema("ErrorBody", ErrorBody::schema())
        .schema("ErrorDetails", ErrorDetails::schema())
        .build();
    let mut referenced = Vec::new();
    ErrorBody::schemas(&mut referenced);
    components.schemas.extend(referenced);
    let description = "`access_token` from `/api/authorize/auth`.";
    let key = ApiKeyValue::with_description("X-Forensic-Access-Token", description);
    components.add_security_scheme(TOKEN, SecurityScheme::ApiKey(ApiKey::Header(key)));

    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("oz").version(API_VERSION).build())
        .paths(paths)
        .components(Some(components))
        .security(Some([SecurityRequirement::new(TOKEN, [""; 0])]))
        .build()
}

/// All operations of a path.
fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch]
        .into_iter()
        .filter_map(|operation| operation.as_mut())
}

/// Adds parts common to all operations: IDs in the path, and error responses.
fn complete(path: &str, operation: &mut Operation) {
    let parameters = operation.parameters.get_or_insert_default();
    for name in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        let is_known = parameters.iter().any(|known| matches!(known, RefOr::T(known) if known.name == name));
        if !is_known {
            parameters.push(RefOr::T(path_id(name)));
        }
    }

    for (status, description) in ERRORS {
        let body = Content::new(Some(Ref::from_schema_name("ErrorBody")));
        let response =
            ResponseBuilder::new().description(description).content("application/json", body).build();
        operation.responses.responses.entry(status.into()).or_insert(RefOr::T(response));
    }
}

fn path_id(name: &str) -> Parameter {
    let format = SchemaFormat::Custom("uuid".into());
    let id = ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build();
    let noun = match name.strip_suffix("_id") {
        Some("analyse") => "analysis".into(),
        noun => noun.unwrap_or(name).replace('_', " "),
    };
    ParameterBuilder::new()
        .name(name)
        .description(Some(format!("ID of the {noun} (UUID).")))
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(RefOr::T(id.into())))
        .build()
}

/// Serves the document, and a page to explore it at `/docs`.
pub(crate) fn pages(document: OpenApi, prefix: &str) -> Router<ServiceState> {
    let page = SwaggerUi::new(format!("{prefix}/docs"));
    Router::from(page.url(format!("{prefix}{DOCUMENT}"), document))
}
