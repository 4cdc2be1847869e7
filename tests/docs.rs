//! Checks of the documentation: links and paths exist, and every document is part of the book.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Markdown files of the project.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let is_included =
                name == ".github" || !(name.starts_with('.') || name == "target" || name == "node_modules");
            if path.is_dir() && is_included {
                folders.push(path);
            } else if name.ends_with(".md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Text without fenced code.
fn prose(text: &str) -> String {
    let mut is_code = false;
    let mut prose = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    prose
}

/// Targets of inline links, without URLs and code spans.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let outside_code: String = prose.split('`').step_by(2).collect::<Vec<_>>().join("code");
    let targets = outside_code.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let targets = targets.map(|(target, _)| target.replace('\n', ""));
    targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")).collect()
}

/// Anchors of the headings, as GitHub and mdBook generate them.
fn anchors(text: &str) -> Vec<String> {
    let prose = prose(text);
    let headings = prose.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Description of the link if its target does not exist.
fn broken(document: &Path, link: &str) -> Option<String> {
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = if file.is_empty() { document.to_owned() } else { document.parent().unwrap().join(file) };
    let shown = format!("{}: {link}", document.strip_prefix(root()).unwrap_or(document).display());
    if !target.exists() {
        return Some(shown);
    }

    let is_page = target.extension().is_some_and(|extension| extension == "md");
    let has_anchor = || anchors(&fs::read_to_string(&target).unwrap()).iter().any(|known| known == heading);
    (is_page && !heading.is_empty() && !has_anchor()).then_some(shown)
}

/// Prefixes of paths in the repository.
const FOLDERS: [&str; 10] =
    ["oz-", "src/", "docs/", "tests/", "tools/", "training/", "xtask/", "examples/", "benches/", "deploy/"];

/// Code spans that name a file or folder of the repository, without patterns and placeholders.
fn paths(text: &str) -> Vec<String> {
    let prose = prose(text);
    let spans = prose.split('`').skip(1).step_by(2).map(|span| span.replace('\n', " "));
    let is_path = |span: &String| {
        let is_plain = span.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.'));
        let has_placeholder = span.split(['/', '.', '_']).any(|part| {
            part.len() > 1
                && part == part.to_uppercase()
                && part.chars().any(char::is_alphabetic)
                && part != "README"
        });
        FOLDERS.iter().any(|folder| span.starts_with(folder))
            && span.contains('/')
            && is_plain
            && !has_placeholder
    };
    spans.filter(is_path).collect()
}

#[test]
fn links_between_documents_resolve() {
    let mut violations = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        violations.extend(links(&text).iter().filter_map(|link| broken(&document, link)));
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn paths_named_in_the_guides_exist() {
    let mut violations = Vec::new();
    for name in ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"] {
        let text = fs::read_to_string(root().join(name)).unwrap();
        let absent = paths(&text).into_iter().filter(|path| !root().join(path).exists());
        violations.extend(absent.map(|path| format!("{name}: {path}")));
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn every_document_is_part_of_the_book() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let listed = links(&summary);
    let pages = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().file_name());
    let pages = pages.map(|name| name.to_string_lossy().into_owned());
    let absent: Vec<String> = pages
        .filter(|name| name.ends_with(".md") && name != "SUMMARY.md" && !listed.contains(name))
        .collect();
    assert!(absent.is_empty(), "not in docs/SUMMARY.md: {absent:?}");
}

#[test]
fn checks_detect_broken_links_and_paths() {
    let document = root().join("README.md");
    assert!(broken(&document, "docs/absent.md").is_some());
    assert!(broken(&document, "docs/liveness.md#no-such-heading").is_some());
    assert!(broken(&document, "docs/liveness.md").is_none());
    assert_eq!(links("[a](b.md) `[c](d.md)` [e](https://f)\n```\n[g](h.md)\n```\n"), ["b.md"]);
    assert_eq!(anchor("The challenge: what, and why"), "the-challenge-what-and-why");
    assert_eq!(
        paths("`oz-core/src/lib.rs` `oz-core/src/NAME.rs` `oz analyze` `a/b`"),
        ["oz-core/src/lib.rs"]
    );
}
