//! An own model without code: a manifest next to an ONNX file of a known family.
//!
//! `cargo run --release --example own_model -- [MANIFEST ID]`
//!
//! Without arguments it declares a copy of the default extractor as `my_extractor`.

use std::path::{Path, PathBuf};

use oz::{Config, Oz};
use oz_models::registry::{Registry, RegistryConfig};

/// The same keys as in `oz-models/models.toml`, which documents them.
const MANIFEST: &str = r#"
schema = 1

[[model]]
id = "my_extractor"
task = "face_features"
family = "arcface"                  # the code that knows how to run it
title = "An extractor of our own"
file = "my_extractor.onnx"          # beside this manifest
sha256 = "SHA256"
bytes = BYTES
bundled = false
default = false

[model.input]
name = "input"
shape = [0, 3, 112, 112]            # 0: any batch
layout = "nchw"
colour = "rgb"
mean = [127.5, 127.5, 127.5]        # (x - mean) / std
std = [128.0, 128.0, 128.0]
crop = "aligned"

[model.alignment]
template = "arcface_112"

[[model.output]]
name = "features"
shape = [0, 192]
meaning = "not normalised"

[model.licence]
code = "Apache-2.0"
weights = "Apache-2.0"
training_data = "ours"
commercial_use = "allowed"

[model.source]
registry = "repository"
package = "ours"
version = "1"
archive = ""
member = "my_extractor.onnx"
conversion = "none"

# What makes a similarity a score: at least two measured rates.
[[model.operating_point]]
set = "our own pairs"
metric = "fmr"
value = 1e-2
threshold = 0.34
source = "measured by us"

[[model.operating_point]]
set = "our own pairs"
metric = "fmr"
value = 1e-3
threshold = 0.41
source = "measured by us"
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = std::env::temp_dir().join(format!("oz-own-model-{}", std::process::id()));
    let (manifest, id) = match (arguments.next(), arguments.next()) {
        (Some(manifest), Some(id)) => (PathBuf::from(manifest), id),
        _ => (declare(&folder)?, "my_extractor".to_owned()),
    };

    let config = Config { manifests: vec![manifest], extractors: vec![id], ..Config::default() };
    let oz = Oz::builder().config(config).build()?;
    let portrait = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/astronaut.png");
    let features = oz.features(portrait)?;
    println!("{features:?} on {}", oz.engine().name);
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

/// Writes the default extractor and a manifest for it into a folder, as a user would with a model of their own.
fn declare(folder: &Path) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let registry = Registry::new(&RegistryConfig::default())?;
    let default = registry.ledger().get("mobilefacenet_192")?;
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("my_extractor.onnx"), registry.artifact("mobilefacenet_192")?.onnx)?;
    let text =
        MANIFEST.replace("SHA256", &default.sha256.to_string()).replace("BYTES", &default.bytes.to_string());
    let manifest = folder.join("my_models.toml");
    std::fs::write(&manifest, text)?;
    Ok(manifest)
}
