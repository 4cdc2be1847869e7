//! The documentation of the configuration: complete, current, and free of keys that do not exist.
//!
//! `OZ_UPDATE_DOCS=1 cargo test -p oz-cli --test configuration` writes the generated part of
//! `docs/configuration.md`.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod reference;
mod source;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use oz::Config;
use oz_server::ServiceSettings;
use reference::{Key, Section, markdown, sections};
use toml::{Table, Value};

const START: &str = "<!-- Generated from the types of the settings, see CONTRIBUTING.md: start -->\n";
const END: &str = "<!-- Generated: end -->\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().into()
}

/// Parses a configuration with all its sections.
fn parse(text: &str) -> oz::Result<ServiceSettings> {
    ServiceSettings::from_config(&Config::from_toml(text)?)
}

/// Text of the documentation files, with their paths.
fn documents() -> Vec<(String, String)> {
    let mut files =
        vec![root().join("README.md"), root().join("ARCHITECTURE.md"), root().join("CONTRIBUTING.md")];
    for folder in ["docs", "deploy"] {
        let entries = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        files.extend(entries.filter(|path| path.is_file()));
    }
    let read = |path: PathBuf| (path.display().to_string(), std::fs::read_to_string(path).unwrap());
    files.into_iter().map(read).collect()
}

/// Paths of all keys and sections.
fn known() -> (BTreeSet<String>, BTreeSet<String>) {
    let sections = sections(&root());
    let keys =
        sections.iter().flat_map(|section| section.keys.iter().map(|key| section.path_of(key))).collect();
    (keys, sections.into_iter().map(|section| section.path).collect())
}

#[test]
fn reference_is_current() {
    let path = root().join("docs/configuration.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = document.split_once(START).unwrap();
    let (written, tail) = rest.split_once(END).unwrap();

    let generated = format!("{}\n", markdown(&sections(&root())));
    if std::env::var_os("OZ_UPDATE_DOCS").is_some() {
        return std::fs::write(&path, [head, START, &generated, END, tail].concat()).unwrap();
    }
    let command = "OZ_UPDATE_DOCS=1 cargo test -p oz-cli --test configuration";
    assert!(written == generated, "docs/configuration.md is not current, run: {command}");
}

#[test]
fn every_key_has_a_description_and_parses() {
    for section in sections(&root()) {
        for key in &section.keys {
            assert!(!key.doc.is_empty(), "{} has no doc comment", section.path_of(key));
            let text = with_key(&section, &key.name, &sample(key));
            parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
    }
}

#[test]
fn misspelt_key_is_refused_in_every_section() {
    for section in sections(&root()) {
        let error = parse(&with_key(&section, "misspelt", &Value::Integer(1))).unwrap_err();
        assert!(error.code() == "config.invalid" && error.to_string().contains("misspelt"), "{error}");
    }
}

/// Configuration that sets one key, and the required ones.
fn with_key(section: &Section, name: &str, value: &Value) -> String {
    let mut table: Table = section
        .keys
        .iter()
        .filter(|key| key.required)
        .map(|key| (key.name.clone(), Value::String("file.pem".into())))
        .collect();
    table.insert(name.into(), value.clone());

    let names = section.path.split('.').filter(|name| !name.is_empty()).rev();
    let nested = names.fold(table, |inner, name| Table::from_iter([(name.to_owned(), Value::Table(inner))]));
    toml::to_string(&nested).unwrap()
}

/// Value for a key: its default, or one of its type.
fn sample(key: &Key) -> Value {
    key.default.clone().unwrap_or_else(|| match key.kind.as_str() {
        "integer" => Value::Integer(1),
        _ => Value::String("text".into()),
    })
}

#[test]
fn periods_are_plain_text_and_retention_can_be_switched_off() {
    let config = Config::from_toml("[limits]\nduration = '30s'\ndecode_time = '2m'").unwrap();
    assert_eq!((config.limits.duration.as_secs(), config.limits.decode_time.as_secs()), (30, 120));

    let retention = parse("[service.api.retention]\nevent_sessions = 'never'").unwrap().api.retention;
    assert_eq!((retention.event_sessions, retention.folders), (None, None));
    assert!(parse("").unwrap().api.retention.event_sessions.is_some());
    assert!(
        parse("[service.api.retention]\nmedia = 'sometimes'").unwrap_err().to_string().contains("`never`")
    );
}

#[test]
fn toml_in_the_documentation_parses() {
    let mut checked = 0;
    for (path, text) in documents() {
        for block in text.split("```toml\n").skip(1) {
            let block = block.split("```").next().unwrap();
            if block.contains("[dependencies]") {
                continue;
            }
            let block = uncommented(block);
            parse(&block).unwrap_or_else(|error| panic!("{path}: {error}\n{block}"));
            checked += 1;
        }
    }
    assert!(checked > 1);
}

/// Block in which keys and sections that are commented out are set.
fn uncommented(block: &str) -> String {
    let line = |line: &str| {
        let candidate = line.strip_prefix("# ").unwrap_or_default();
        let is_setting =
            candidate.starts_with('[') || candidate.split_once(" = ").is_some_and(|(key, _)| is_name(key));
        if is_setting { candidate.to_owned() } else { line.to_owned() }
    };
    block.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
}

#[test]
fn keys_named_in_the_documentation_exist() {
    let (keys, sections) = known();
    let codes = std::fs::read_to_string(root().join("docs/errors.md")).unwrap();
    let names: BTreeSet<&str> = sections.iter().filter_map(|path| path.rsplit('.').next()).collect();

    let mut wrong = Vec::new();
    for (path, text) in documents() {
        for span in text.split('`').skip(1).step_by(2) {
            let name = span.split(" = ").next().unwrap_or(span).trim_matches(['[', ']']);
            let is_path = name.contains('.') && name.split('.').all(is_name);
            let is_setting = is_path && names.contains(name.split('.').next().unwrap_or_default());
            let is_other = codes.contains(&format!("`{name}`")) || name.ends_with(".jsonl");
            if is_setting && !is_other && !keys.contains(name) && !sections.contains(name) {
                wrong.push(format!("{path}: {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "no such configuration keys: {wrong:#?}");
}

#[test]
fn variables_named_in_the_documentation_set_existing_keys() {
    let (keys, _) = known();
    let mut checked = 0;
    for (path, text) in documents() {
        for variable in text.split("OZ__").skip(1) {
            let end = variable.find(|letter: char| !letter.is_ascii_uppercase() && letter != '_');
            let name = variable[..end.unwrap_or(variable.len())].to_lowercase().replace("__", ".");
            assert!(name.is_empty() || keys.contains(&name), "{path}: no key {name}");
            checked += usize::from(!name.is_empty());
        }
    }
    assert!(checked > 3);
}
