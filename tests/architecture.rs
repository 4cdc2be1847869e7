//! The invariants of ARCHITECTURE.md, checked against the sources. Each rule is a function from text to
//! violations, with its own test.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use toml::Table;

const MAX_LINES: usize = 600;

/// Permitted dependencies of a crate. Development dependencies are exempt.
struct Permitted {
    krate: &'static str,
    /// Crates of this workspace.
    ours: &'static [&'static str],
    /// Other crates; `None` permits any.
    foreign: Option<&'static [&'static str]>,
}

/// Permitted dependencies of every crate, as in the table of ARCHITECTURE.md.
const PERMITTED: [Permitted; 14] = [
    Permitted {
        krate: "oz-core",
        ours: &[],
        foreign: Some(&["async-trait", "ndarray", "serde", "serde_json", "sha2", "thiserror", "zeroize"]),
    },
    Permitted { krate: "oz-conformance", ours: &["oz-core"], foreign: None },
    Permitted { krate: "oz-media", ours: &["oz-core"], foreign: None },
    Permitted { krate: "oz-weights-detection", ours: &[], foreign: Some(&[]) },
    Permitted { krate: "oz-weights-pad", ours: &[], foreign: Some(&[]) },
    Permitted { krate: "oz-weights-recognition", ours: &[], foreign: Some(&[]) },
    Permitted {
        krate: "oz-models",
        ours: &["oz-core", "oz-weights-detection", "oz-weights-pad", "oz-weights-recognition"],
        foreign: None,
    },
    Permitted { krate: "oz-storage", ours: &["oz-core"], foreign: None },
    Permitted { krate: "oz-http", ours: &["oz-core"], foreign: None },
    Permitted {
        krate: "oz-biometrics",
        ours: &["oz-core", "oz-media", "oz-models", "oz-storage"],
        foreign: Some(&[
            "getrandom",
            "image",
            "ndarray",
            "serde",
            "serde_json",
            "thiserror",
            "tokio",
            "toml",
        ]),
    },
    Permitted { krate: "oz-evaluation", ours: &["oz-biometrics"], foreign: None },
    Permitted {
        krate: "oz-server",
        ours: &["oz-core", "oz-media", "oz-storage", "oz-http", "oz-biometrics"],
        foreign: None,
    },
    Permitted {
        krate: "oz-cli",
        ours: &["oz-core", "oz-http", "oz-biometrics", "oz-evaluation", "oz-server"],
        foreign: None,
    },
    Permitted { krate: "xtask", ours: &[], foreign: Some(&[]) },
];

/// Crates of the service, which the library must not compile.
const SERVICE: [&str; 8] = ["axum", "hyper", "oz-http", "oz-server", "oz-storage", "rustls", "sqlx", "tokio"];

/// TLS stacks other than rustls with the ciphers of ring.
const OTHER_TLS: [&str; 4] = ["aws-lc-rs", "aws-lc-sys", "native-tls", "openssl-sys"];

/// I/O, clocks, threads and environment, which the domain must not use.
const OUTSIDE: [&str; 10] = [
    "std::fs",
    "std::net",
    "std::thread",
    "std::env",
    "std::process",
    "SystemTime::now",
    "Instant::now",
    "println!",
    "eprintln!",
    "tokio",
];

/// Names, values, tags and texts of the Oz API that differ from those of the domain. A word that ends with
/// `_` is a prefix.
const WIRE_WORDS: &[&str] = &[
    // Fields.
    "analyse",
    "analyse_id",
    "analyses_id",
    "access_token",
    "collection_id",
    "collection_persons",
    "company_id",
    "confidence_",
    "error_message",
    "expire_token",
    "extract_best_shot",
    "folder_id",
    "is_admin",
    "max_confidence",
    "media_id",
    "media_key",
    "meta_data",
    "min_confidence",
    "operator_comment",
    "operator_status",
    "original_url",
    "output_images",
    "person_id",
    "person_image_id",
    "preview_url",
    "resolution_endpoint",
    "resolution_status",
    "results_data",
    "results_media",
    "shots_set_id",
    "source_media",
    "system_resolution",
    "technical_meta_data",
    "threshold_max",
    "threshold_min",
    "threshold_spoofing",
    "thumb_url",
    "time_created",
    "time_updated",
    "user_id",
    "user_type",
    "video_id",
    // Values.
    "BIOMETRY",
    "COLLECTION",
    "IMAGE_",
    "OPERATOR_REQUIRED",
    "QUALITY",
    "SHOTS_SET_FOLDER",
    "VIDEO_FOLDER",
    // Tags of media.
    "orient_",
    "photo_id",
    "photo_id_",
    "photo_selfie",
    "video_selfie",
    "video_selfie_",
    // Texts and headers.
    "located on source media",
    "media:tags",
    "X-Forensic-Access-Token",
    "x-forensic-access-token",
];

/// The demo is a client of the HTTP service, and therefore uses the names of the API.
const CLIENT: &str = "oz-cli/src/demo/service.rs";

const SQL: [&str; 5] = ["SELECT ", "INSERT INTO", "DELETE FROM", "CREATE TABLE", "BEGIN IMMEDIATE"];

fn dependency_violations(krate: &str, manifest: &Table) -> Vec<String> {
    let Some(permitted) = PERMITTED.iter().find(|permitted| permitted.krate == krate) else {
        return vec![format!("{krate} is not in a layer: add it to PERMITTED")];
    };
    let known: Vec<&str> = PERMITTED.iter().map(|permitted| permitted.krate).collect();
    let is_allowed = |name: &str| match known.contains(&name) {
        true => permitted.ours.contains(&name),
        false => permitted.foreign.is_none_or(|foreign| foreign.contains(&name)),
    };
    let forbidden = dependencies(manifest).into_iter().filter(|name| !is_allowed(name));
    forbidden.map(|name| format!("{krate} may not depend on {name}")).collect()
}

/// Names of all dependencies except development dependencies, including those of single platforms.
fn dependencies(manifest: &Table) -> BTreeSet<String> {
    let tables = ["dependencies", "build-dependencies"];
    let mut names = BTreeSet::new();
    let platforms =
        manifest.get("target").and_then(toml::Value::as_table).into_iter().flat_map(Table::values);
    for part in platforms.filter_map(toml::Value::as_table).chain([manifest]) {
        for table in tables.iter().filter_map(|name| part.get(*name)?.as_table()) {
            let renamed = |name: &String, value: &toml::Value| {
                value.get("package").and_then(toml::Value::as_str).map_or(name.clone(), Into::into)
            };
            names.extend(table.iter().map(|(name, value)| renamed(name, value)));
        }
    }
    names
}

/// Non-empty lines without comments, numbered from 1.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    lines.map(|(number, line)| (number, without_comment(line))).filter(|(_, line)| !line.trim().is_empty())
}

fn without_comment(line: &str) -> &str {
    let starts = line.match_indices("//").map(|(at, _)| at);
    let outside_text = |at: &usize| line[..*at].matches('"').count().is_multiple_of(2);
    starts.into_iter().find(outside_text).map_or(line, |at| &line[..at])
}

/// Whether `line` contains `word` with no letter, digit or underscore before or after it.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| {
        !is_part(line[..at].chars().next_back()) && !is_part(line[at + word.len()..].chars().next())
    })
}

/// Whether `line` contains `word` with no letter, digit or underscore before it.
fn begins_word(line: &str, word: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| !is_part(line[..at].chars().next_back()))
}

fn word_violations(path: &str, text: &str, words: &[&str], reason: &str) -> Vec<String> {
    code(text)
        .flat_map(|(number, line)| words.iter().map(move |word| (number, line, *word)))
        .filter(|(_, line, word)| match word.chars().next_back() {
            Some('!' | ' ') => line.contains(word),
            Some('_') => begins_word(line, word),
            _ => has_word(line, word),
        })
        .map(|(number, _, word)| format!("{path}:{number}: `{}` {reason}", word.trim()))
        .collect()
}

/// Items of a port, at its top level, that are not traits.
fn port_violations(path: &str, text: &str) -> Vec<String> {
    let begins_other = |line: &str| {
        let item = line.trim_start_matches("pub(crate) ").trim_start_matches("pub ");
        [
            "struct ",
            "enum ",
            "impl ",
            "impl<",
            "fn ",
            "async fn ",
            "const ",
            "static ",
            "mod ",
            "type ",
            "macro_rules!",
        ]
        .iter()
        .any(|other| item.starts_with(other))
    };
    code(text)
        .filter(|(_, line)| begins_other(line))
        .map(|(number, line)| {
            format!("{path}:{number}: a port may contain only traits, not `{}`", line.trim())
        })
        .collect()
}

fn length_violations(path: &str, text: &str) -> Vec<String> {
    let lines = text.lines().count();
    if lines > MAX_LINES {
        vec![format!("{path}: {lines} lines, at most {MAX_LINES} are permitted")]
    } else {
        Vec::new()
    }
}

/// Codes that `Error::code` returns: every string literal after `=>`.
fn error_codes(source: &str) -> Vec<String> {
    code(source)
        .filter_map(|(_, line)| quoted(line.split_once("=> \"")?.1, '"'))
        .filter(|code| code.contains('.'))
        .collect()
}

/// Codes in the first column of a Markdown table.
fn documented_codes(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| quoted(line.strip_prefix("| `")?, '`')).collect()
}

fn quoted(text: &str, end: char) -> Option<String> {
    text.split_once(end).map(|(code, _)| code.to_owned())
}

fn error_violations(source: &str, documentation: &str) -> Vec<String> {
    let (codes, documented) = (error_codes(source), documented_codes(documentation));
    let twice = |list: &[String], code: &String| list.iter().filter(|other| *other == code).count() > 1;
    let mut violations = Vec::new();
    for code in &codes {
        if twice(&codes, code) || twice(&documented, code) {
            violations.push(format!("{code} is used twice"));
        }
        if !documented.contains(code) {
            violations.push(format!("{code} is missing in docs/errors.md"));
        }
    }
    let stale = documented.iter().filter(|code| !codes.contains(code));
    violations.extend(stale.map(|code| format!("{code} in docs/errors.md is not a code of any error")));
    violations
}

/// Forbidden crates in the output of `cargo tree --prefix none`, whose lines are `NAME vVERSION …`.
fn crate_violations(tree: &str, forbidden: &[&str]) -> Vec<String> {
    let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let found = forbidden.iter().filter(|name| names.contains(*name));
    found.map(|name| format!("{name} is compiled")).collect()
}

// Input of the checks.

/// All crates that a package compiles with its default features, without development dependencies.
fn tree(package: &str) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments =
        ["tree", "--offline", "--edges", "normal,build", "--prefix", "none", "--package", package];
    let output = Command::new(cargo).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn manifest(folder: &Path) -> Table {
    fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap()
}

/// Name and folder of every crate of the workspace.
fn crates() -> Vec<(String, PathBuf)> {
    let workspace = manifest(&root());
    let members =
        workspace["workspace"]["members"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let folders = members.map(|name| root().join(name)).chain([root()]);
    folders
        .map(|folder| (manifest(&folder)["package"]["name"].as_str().unwrap().to_owned(), folder))
        .collect()
}

/// Paths, relative to the root, and contents of all Rust files below a folder.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    files
}

fn all_sources(except: &str) -> Vec<(String, String)> {
    let crates = crates().into_iter().filter(|(name, _)| name != except);
    crates.flat_map(|(_, folder)| sources(&folder.join("src"))).collect()
}

#[track_caller]
fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "{} violations:\n{}", violations.len(), violations.join("\n"));
}

#[test]
fn crates_depend_only_as_permitted() {
    let found: Vec<String> =
        crates().iter().flat_map(|(name, folder)| dependency_violations(name, &manifest(folder))).collect();
    assert_none(&found);
}

#[test]
fn library_is_compiled_without_the_service() {
    let tree = tree("oz-biometrics");
    assert!(tree.contains("oz-models v"), "unexpected output of cargo tree");
    assert_none(&crate_violations(&tree, &SERVICE));
}

#[test]
fn program_has_one_tls_stack() {
    let tree = tree("oz-cli");
    assert!(tree.contains("rustls v"), "unexpected output of cargo tree");
    assert_none(&crate_violations(&tree, &OTHER_TLS));
}

#[test]
fn domain_has_no_io() {
    let files = sources(&root().join("oz-core/src"));
    assert!(files.len() > 30, "the sources were not found");
    let found = files
        .iter()
        .flat_map(|(path, text)| word_violations(path, text, &OUTSIDE, "must not be used in the domain"));
    assert_none(&found.collect::<Vec<_>>());
}

#[test]
fn ports_contain_only_traits() {
    let ports: Vec<_> = all_sources("").into_iter().filter(|(path, _)| path.ends_with("/port.rs")).collect();
    assert!(ports.len() >= 7, "the ports were not found");
    assert_none(&ports.iter().flat_map(|(path, text)| port_violations(path, text)).collect::<Vec<_>>());
}

#[test]
fn names_of_the_api_occur_only_in_oz_http() {
    let files = all_sources("oz-http");
    let found = files
        .iter()
        .filter(|(path, _)| path != CLIENT)
        .flat_map(|(path, text)| word_violations(path, text, WIRE_WORDS, "is a name of the Oz API"));
    assert_none(&found.collect::<Vec<_>>());
}

#[test]
fn sql_occurs_only_in_oz_storage() {
    let files = all_sources("oz-storage");
    let found = files.iter().flat_map(|(path, text)| word_violations(path, text, &SQL, "is SQL"));
    assert_none(&found.collect::<Vec<_>>());
}

#[test]
fn files_have_at_most_600_lines() {
    let extra = ["tests", "examples", "benches", "oz-cli/tests"]
        .into_iter()
        .flat_map(|folder| sources(&root().join(folder)));
    let all = all_sources("").into_iter().chain(extra);
    assert_none(&all.flat_map(|(path, text)| length_violations(&path, &text)).collect::<Vec<_>>());
}

#[test]
fn every_error_code_is_unique_and_documented() {
    let enums = ["oz-core/src/error.rs", "src/error.rs", "oz-evaluation/src/error.rs"];
    let source: String = enums.map(|path| fs::read_to_string(root().join(path)).unwrap()).concat();
    assert!(error_codes(&source).len() > 20, "the codes were not found");
    let documentation = fs::read_to_string(root().join("docs/errors.md")).unwrap();
    assert_none(&error_violations(&source, &documentation));
}

// Tests of the rules, with text that violates them.

#[test]
fn forbidden_dependency_is_detected() {
    let check = |krate, text: &str| dependency_violations(krate, &text.parse().unwrap());
    assert_eq!(check("oz-core", "[dependencies]\nserde = \"1\""), [""; 0]);
    assert_eq!(check("oz-core", "[dependencies]\ntokio = \"1\""), ["oz-core may not depend on tokio"]);
    assert_eq!(check("oz-core", "[dependencies]\noz-media.workspace = true").len(), 1);
    assert_eq!(check("oz-media", "[target.'cfg(unix)'.dependencies]\noz-models = { path = \"x\" }").len(), 1);
    assert_eq!(
        check("oz-http", "[dependencies]\nstore = { package = \"oz-storage\", path = \"x\" }").len(),
        1
    );
    assert_eq!(
        check("oz-http", "[dev-dependencies]\noz-storage = { path = \"x\" }"),
        [""; 0],
        "development dependencies are exempt"
    );
    assert_eq!(check("oz-new", ""), ["oz-new is not in a layer: add it to PERMITTED"]);
}

#[test]
fn forbidden_crate_is_detected() {
    let tree = "oz-biometrics v0.1.0 (/oz)\ntokio-util v0.7.0\ntokio v1.54.1 (*)";
    assert_eq!(crate_violations(tree, &SERVICE), ["tokio is compiled"]);
    assert_eq!(crate_violations("tokio-util v0.7.0", &SERVICE), [""; 0], "names are compared as a whole");
}

#[test]
fn io_in_the_domain_is_detected() {
    let check = |text| word_violations("x.rs", text, &OUTSIDE, "must not be used in the domain");
    assert_eq!(check("use std::fs;"), ["x.rs:1: `std::fs` must not be used in the domain"]);
    assert_eq!(check("\nlet now = std::time::Instant::now();").len(), 1);
    assert_eq!(check("    println!(\"{x}\");").len(), 1);
    assert_eq!(
        check("// use std::fs;\n/// `Instant::now`\nlet x = 1; // std::net"),
        [""; 0],
        "comments are exempt"
    );
}

#[test]
fn names_of_the_api_and_sql_are_detected() {
    assert_eq!(word_violations("x.rs", "let folder_id = 1;", WIRE_WORDS, "").len(), 1);
    assert_eq!(word_violations("x.rs", "key(\"analyse_id\")", WIRE_WORDS, "").len(), 1);
    for line in [
        "[\"photo_id_front\"]",
        "tags.contains(\"video_selfie_smile\")",
        "format!(\"no face located on source media {id}\")",
    ] {
        assert_eq!(word_violations("x.rs", line, WIRE_WORDS, "").len(), 1, "{line}");
    }
    assert_eq!(
        word_violations("x.rs", "let analyses = 1;", WIRE_WORDS, ""),
        [""; 0],
        "only whole words count"
    );
    assert_eq!(word_violations("x.rs", "query(\"SELECT id\")", &SQL, "").len(), 1);
    assert_eq!(word_violations("x.rs", "Mode::Select => SELECTED,", &SQL, ""), [""; 0]);
}

#[test]
fn other_items_in_a_port_are_detected() {
    let port = "use x::Y;\n\n/// Doc.\n#[async_trait]\npub trait Port {\n    fn a(&self) {\n        b();\n    }\n}\n";
    assert_eq!(port_violations("port.rs", port), [""; 0], "methods may have a body");
    for other in ["pub struct A;", "enum B {}", "pub(crate) fn c() {}", "impl A {}", "const D: u8 = 1;"] {
        assert_eq!(port_violations("port.rs", &format!("{port}{other}\n")).len(), 1, "{other}");
    }
}

#[test]
fn long_file_is_detected() {
    assert_eq!(length_violations("x.rs", &"\n".repeat(MAX_LINES)), [""; 0]);
    assert_eq!(length_violations("x.rs", &"\n".repeat(MAX_LINES + 1)).len(), 1);
}

#[test]
fn duplicate_undocumented_and_stale_codes_are_detected() {
    let source = "Self::A => \"a.one\",\nSelf::B { .. } => \"a.two\",\n";
    assert_eq!(error_violations(source, "| `a.one` | x |\n| `a.two` | y |\n"), [""; 0]);
    assert_eq!(error_violations(source, "| `a.one` | x |\n"), ["a.two is missing in docs/errors.md"]);
    let stale = "| `a.one` | x |\n| `a.two` | y |\n| `a.three` | z |\n";
    assert_eq!(error_violations(source, stale), ["a.three in docs/errors.md is not a code of any error"]);
    let twice = format!("{source}Self::C => \"a.one\",\n");
    assert_eq!(error_violations(&twice, "| `a.one` | x |\n| `a.two` | y |\n").len(), 2);
}
