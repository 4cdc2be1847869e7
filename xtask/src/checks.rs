//! Everything that is checked besides the tests.

use crate::report::Report;
use crate::run::{built, cargo, command, root, step};

/// Sets of features of the package `oz-biometrics` that must compile by themselves: none, each engine alone, all but the program.
/// The default set is compiled by the tests.
const FEATURE_SETS: [&str; 5] = ["", "candle", "onnx", "pull", "candle,onnx,bundled-weights,pull"];

/// Features that are off by default and in the tests. `candle-cuda` is left out: it needs nvcc to compile.
const EXTRA_FEATURES: &str = "oz-cli/azure,oz-cli/cuda,oz-cli/gcs,oz-cli/onnx-download";

/// Packages whose documentation must also build alone, with the default features: a link to an item behind a feature
/// is unresolved then, but not where the whole workspace is documented.
const DOCUMENTED_ALONE: [&str; 4] = ["oz-core", "oz-media", "oz-models", "oz-storage"];

/// Formatting, lints, documentation, features, the book, examples.
pub(crate) fn run(report: &mut Report) {
    step(report, "formatting", &mut cargo(&["fmt", "--all", "--check"]));
    let clippy =
        ["clippy", "--workspace", "--all-targets", "--features", EXTRA_FEATURES, "--", "-D", "warnings"];
    step(report, "lints", &mut cargo(&clippy));
    let mut doc = cargo(&["doc", "--workspace", "--no-deps"]);
    step(report, "documentation", doc.env("RUSTDOCFLAGS", "-D warnings"));
    for package in DOCUMENTED_ALONE {
        let mut doc = cargo(&["doc", "--no-deps", "--package", package]);
        step(report, &format!("documentation of {package} alone"), doc.env("RUSTDOCFLAGS", "-D warnings"));
    }
    for features in FEATURE_SETS {
        let name =
            format!("features of oz-biometrics: {}", if features.is_empty() { "none" } else { features });
        let check =
            ["check", "--package", "oz-biometrics", "--lib", "--no-default-features", "--features", features];
        step(report, &name, &mut cargo(&check));
    }
    step(report, "features of oz-storage: none", &mut cargo(&["check", "--package", "oz-storage"]));
    book(report);
    examples(report);
}

/// Builds the book from `docs`, with the mdBook on the search path or in `target/tools`.
fn book(report: &mut Report) {
    let installed = root().join("target/tools/bin/mdbook");
    let program = if installed.exists() { installed } else { "mdbook".into() };
    let has_mdbook = command(&program, &["--version"]).output().is_ok_and(|output| output.status.success());
    if has_mdbook {
        step(report, "book", &mut command(&program, &["build", "docs"]));
    } else {
        report.left_out.push("the book: mdBook is not installed (`cargo install mdbook`)".into());
    }
}

/// Runs every example without arguments, as it was built with the tests.
fn examples(report: &mut Report) {
    for name in example_names() {
        let step_name = format!("example {name}");
        match built(&format!("examples/{name}")) {
            Some(program) => step(report, &step_name, &mut command(program, &[])),
            None => step(report, &step_name, &mut cargo(&["run", "--quiet", "--example", &name])),
        };
    }
}

fn example_names() -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(root().join("examples")) else { return Vec::new() };
    let sources = entries.filter_map(Result::ok).map(|entry| entry.path());
    let mut names: Vec<String> = sources
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    names
}
