//! Structs and enums of the settings, read from their source: fields, types and doc comments.

use std::collections::BTreeMap;
use std::path::Path;

/// Files that define the settings.
const FILES: [&str; 7] = [
    "src/config.rs",
    "oz-core/src/analysis/liveness/policy.rs",
    "oz-core/src/inference/options.rs",
    "oz-core/src/media/limits.rs",
    "oz-http/src/config/mod.rs",
    "oz-http/src/config/sections.rs",
    "oz-server/src/settings.rs",
];

/// Struct or enum with its doc comment.
#[derive(Debug, Default, Clone)]
pub(crate) struct Definition {
    /// First paragraph of the doc comment.
    pub(crate) doc: String,
    pub(crate) fields: Vec<Field>,
    /// Names of an enum's variants as they are serialised.
    pub(crate) variants: Vec<String>,
}

/// Field of a struct.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// Rust type, without `Option`.
    pub(crate) kind: String,
    pub(crate) doc: String,
    /// Whether the field is `never` where its period is absent.
    pub(crate) or_never: bool,
}

/// Every public struct and enum of the files.
pub(crate) fn definitions(root: &Path) -> BTreeMap<String, Definition> {
    let mut found = BTreeMap::new();
    for file in FILES {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        read(&text, &mut found);
    }
    found
}

fn read(text: &str, found: &mut BTreeMap<String, Definition>) {
    let (mut doc, mut attributes) = (Vec::new(), String::new());
    let mut open: Option<(String, Definition)> = None;
    for line in text.lines() {
        let code = line.trim();
        if let Some(comment) = code.strip_prefix("///") {
            doc.push(comment.trim().to_owned());
            continue;
        }
        if code.starts_with("#[") {
            attributes.push_str(code);
            continue;
        }

        let name = code.strip_prefix("pub struct ").or_else(|| code.strip_prefix("pub enum "));
        if let Some(name) = name.and_then(|name| name.strip_suffix(" {")) {
            open = Some((name.into(), Definition { doc: paragraph(&doc), ..Definition::default() }));
        } else if line == "}" {
            found.extend(open.take());
        } else if let Some((_, definition)) = &mut open {
            definition.add(code, paragraph(&doc), &attributes);
        }
        doc.clear();
        attributes.clear();
    }
}

impl Definition {
    fn add(&mut self, code: &str, doc: String, attributes: &str) {
        if let Some((name, kind)) = code.strip_prefix("pub ").and_then(|field| field.split_once(": ")) {
            let kind = kind.trim_end_matches(',');
            let kind = kind.strip_prefix("Option<").and_then(|kind| kind.strip_suffix('>')).unwrap_or(kind);
            let or_never = attributes.contains("or_never");
            self.fields.push(Field { name: name.into(), kind: kind.into(), doc, or_never });
        } else if let Some(variant) =
            code.strip_suffix(',').filter(|name| name.chars().all(char::is_alphanumeric))
        {
            self.variants.push(snake_case(variant));
        }
    }
}

/// First paragraph of a doc comment on one line, without links of rustdoc.
fn paragraph(lines: &[String]) -> String {
    let first = lines.iter().take_while(|line| !line.is_empty()).cloned().collect::<Vec<_>>().join(" ");
    let mut plain = String::new();
    let mut rest = first.as_str();
    while let Some((before, linked)) = rest.split_once("[`") {
        let (name, after) = linked.split_once("`]").expect("a link of rustdoc is closed");
        plain += &format!("{before}`{name}`");
        rest = match after.strip_prefix('(') {
            Some(target) => target.split_once(')').expect("a link of rustdoc is closed").1,
            None => after,
        };
    }
    plain + rest
}

fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for (index, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && index > 0 {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}
