//! Reference of the configuration: sections and keys with type, default and description.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use toml::{Table, Value};

use crate::source::{Definition, Field, definitions};

/// Section with its keys.
#[derive(Debug)]
pub(crate) struct Section {
    /// Path, e.g. `service.api`; empty for the top level.
    pub(crate) path: String,
    pub(crate) doc: String,
    pub(crate) keys: Vec<Key>,
}

/// Configuration key.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) kind: String,
    /// Default value; absent if the key is unset by default.
    pub(crate) default: Option<Value>,
    pub(crate) doc: String,
    pub(crate) required: bool,
}

impl Section {
    /// Path of a key.
    pub(crate) fn path_of(&self, key: &Key) -> String {
        if self.path.is_empty() { key.name.clone() } else { format!("{}.{}", self.path, key.name) }
    }
}

/// Every section, in the order of the settings' types.
pub(crate) fn sections(root: &Path) -> Vec<Section> {
    let mut defaults: Table = parsed(toml::to_string(&oz::Config::default()));
    let service: Table = parsed(toml::to_string(&oz_server::ServiceSettings::default()));
    defaults.insert("service".into(), Value::Table(service));

    let mut found = Vec::new();
    collect(&definitions(root), "Config", "", Some(&defaults), &mut found);
    found
}

fn parsed(text: Result<String, toml::ser::Error>) -> Table {
    text.unwrap().parse().unwrap()
}

fn collect(
    types: &BTreeMap<String, Definition>,
    name: &str,
    path: &str,
    defaults: Option<&Table>,
    found: &mut Vec<Section>,
) {
    let definition = &types[name];
    let struct_of = |field: &Field| match field.kind.as_str() {
        "toml::Table" => Some("ServiceSettings".to_owned()),
        kind => types.get(kind).filter(|it| !it.fields.is_empty()).map(|_| kind.to_owned()),
    };

    let plain = definition.fields.iter().filter(|field| struct_of(field).is_none());
    let keys = plain.map(|field| Key {
        name: field.name.clone(),
        kind: kind_of(field, types),
        default: defaults.and_then(|defaults| defaults.get(&field.name)).cloned(),
        doc: field.doc.clone(),
        required: defaults.is_none(),
    });
    let keys = keys.collect();
    found.push(Section { path: path.into(), doc: definition.doc.clone(), keys });

    for field in &definition.fields {
        if let Some(kind) = struct_of(field) {
            let path = if path.is_empty() { field.name.clone() } else { format!("{path}.{}", field.name) };
            let defaults = defaults.and_then(|defaults| defaults.get(&field.name)?.as_table());
            collect(types, &kind, &path, defaults, found);
        }
    }
}

fn kind_of(field: &Field, types: &BTreeMap<String, Definition>) -> String {
    if field.or_never {
        return "period or `\"never\"`".into();
    }
    let kind = field.kind.as_str();
    if let Some(item) = kind.strip_prefix("Vec<").and_then(|kind| kind.strip_suffix('>')) {
        let plural = if item == "IpAddr" { "es" } else { "s" };
        return format!("list of {}{plural}", words(item));
    }
    match types.get(kind) {
        Some(definition) if kind != "Device" => {
            let quoted: Vec<_> = definition.variants.iter().map(|name| format!("`\"{name}\"`")).collect();
            quoted.join(", ")
        }
        _ => words(kind).into(),
    }
}

/// Name of a type in the documentation.
fn words(kind: &str) -> &str {
    match kind {
        "String" | "Device" => "string",
        "PathBuf" => "path",
        "bool" => "boolean",
        "u32" | "u64" | "usize" | "NonZeroUsize" => "integer",
        "f32" | "f64" => "float",
        "Period" | "Duration" => "period",
        "SocketAddr" => "address:port",
        "IpAddr" => "address",
        "Secret" => "secret",
        "PathPrefix" => "path of a URL",
        "BTreeMap<String, Secret>" => "table of secrets",
        "Value" => "any",
        other => panic!("the reference has no name for the type `{other}`: add it"),
    }
}

/// Sections as Markdown.
pub(crate) fn markdown(sections: &[Section]) -> String {
    let mut text = String::new();
    for section in sections {
        let title =
            if section.path.is_empty() { "Top level".into() } else { format!("`[{}]`", section.path) };
        write!(text, "\n## {title}\n\n{}\n", section.doc).unwrap();
        if section.keys.is_empty() {
            continue;
        }

        text += "\n| key | type | default | meaning |\n|---|---|---|---|\n";
        for key in &section.keys {
            let default = match &key.default {
                Some(value) => format!("`{value}`"),
                None if key.required => "required".into(),
                None => "unset".into(),
            };
            writeln!(text, "| `{}` | {} | {default} | {} |", key.name, key.kind, key.doc.replace('|', "\\|"))
                .unwrap();
        }
    }
    text
}
