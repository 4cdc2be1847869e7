//! The description of the interface, and a page to try it out that needs nothing from the network.

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

/// Where the document is.
const DOCUMENT: &str = "/api/openapi.json";

/// Name of the way to authenticate.
const TOKEN: &str = "access_token";

/// Answers that any operation may give.
const ERRORS: [(&str, &str); 10] = [
    ("400", "The request is wrong"),
    ("401", "There is no token, or it is unknown or expired"),
    ("403", "The caller may not do this"),
    ("404", "There is no such resource within the caller's reach"),
    ("405", "The resource does not take this method"),
    ("409", "What is stored does not allow it"),
    ("413", "More than a limit allows"),
    ("429", "Too often; `Retry-After` says when to try again"),
    ("500", "The service is at fault"),
    ("503", "A part of the service cannot be reached, or is busy; `Retry-After` says when to try again"),
];

/// The document of some routes.
pub(crate) fn document(routes: &Routes) -> OpenApi {
    let mut paths = routes.paths.clone();
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
    let key = ApiKeyValue::with_description("X-Forensic-Access-Token", "What `/api/authorize/auth` gives.");
    components.add_security_scheme(TOKEN, SecurityScheme::ApiKey(ApiKey::Header(key)));
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("oz").version(API_VERSION).build())
        .paths(paths)
        .components(Some(components))
        .security(Some([SecurityRequirement::new(TOKEN, [""; 0])]))
        .build()
}

/// Every operation of a path.
fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch]
        .into_iter()
        .filter_map(|operation| operation.as_mut())
}

/// Adds what holds for all operations: ids of the path, and errors.
fn complete(path: &str, operation: &mut Operation) {
    let parameters = operation.parameters.get_or_insert_default();
    for name in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        let is_known = parameters.iter().any(|known| matches!(known, RefOr::T(known) if known.name == name));
        if !is_known {
            parameters.push(RefOr::T(id_of_path(name)));
        }
    }
    for (status, description) in ERRORS {
        let body = Content::new(Some(Ref::from_schema_name("ErrorBody")));
        let response =
            ResponseBuilder::new().description(description).content("application/json", body).build();
        operation.responses.responses.entry(status.into()).or_insert(RefOr::T(response));
    }
}

fn id_of_path(name: &str) -> Parameter {
    let format = SchemaFormat::Custom("uuid".into());
    let id = ObjectBuilder::new().schema_type(Type::String).format(Some(format)).build();
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(RefOr::T(id.into())))
        .build()
}

/// The document, and the page.
pub(crate) fn pages(document: OpenApi) -> Router<ServiceState> {
    Router::from(SwaggerUi::new("/docs").url(DOCUMENT, document))
}
