//! File format of the ledger: TOML, validated key by key.

use oz_core::Result;
use oz_core::face::{AlignmentTemplate, FivePoints, PadCalibration, Point};
use oz_core::inference::ModelId;
use serde::Deserialize;

use super::manifest::{
    Alignment, ColourOrder, CommercialUse, Conversion, Crop, Family, ImageInput, InputKind, InputSpec,
    Layout, Licence, Manifest, MeasuredPoint, OutputSpec, Source, SourceRegistry, Task, invalid,
};
use crate::digest::Digest;

/// Supported version of the file format.
const SCHEMA: i64 = 1;

/// Parses all models of a ledger.
pub(super) fn parse(text: &str) -> Result<Vec<Manifest>> {
    let mut file: toml::Table = text.parse().map_err(|e: toml::de::Error| super::invalid(e.to_string()))?;
    if file.remove("schema").and_then(|schema| schema.as_integer()) != Some(SCHEMA) {
        return Err(super::invalid(format!("schema: must be {SCHEMA}")));
    }
    let models = match file.remove("model") {
        Some(toml::Value::Array(models)) if !models.is_empty() => models,
        _ => return Err(super::invalid("[[model]]: at least one entry is required")),
    };

    if let Some(key) = file.keys().next() {
        return Err(super::invalid(format!("{key}: unknown key")));
    }
    models.into_iter().enumerate().map(|(index, model)| parse_model(index, model)).collect()
}

fn parse_model(index: usize, value: toml::Value) -> Result<Manifest> {
    let id = value.get("id").and_then(toml::Value::as_str).map_or(format!("#{}", index + 1), Into::into);
    let written: Written = value.try_into().map_err(|e: toml::de::Error| {
        // The `Display` text of the error ends with the path of the key on a separate line.
        invalid(&id, "entry", e.to_string().trim().replace('\n', ", "))
    })?;
    written.validate()
}

/// A model entry before validation.
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

/// Validation helper whose errors name the model with this id.
struct Keys<'a>(&'a str);

impl Keys<'_> {
    fn ensure(&self, condition: bool, key: &str, detail: &str) -> Result<()> {
        if condition { Ok(()) } else { Err(invalid(self.0, key, detail)) }
    }

    fn required<T>(&self, value: Option<T>, key: &str) -> Result<T> {
        value.ok_or_else(|| invalid(self.0, key, "is missing"))
    }

    fn digest(&self, text: &str, key: &str) -> Result<Digest> {
        text.parse().map_err(|_| invalid(self.0, key, format!("`{text}` must be 64 hexadecimal digits")))
    }

    /// An empty digest means that the file is not pinned.
    fn optional_digest(&self, text: &str, key: &str) -> Result<Option<Digest>> {
        if text.is_empty() { Ok(None) } else { self.digest(text, key).map(Some) }
    }
}

impl Written {
    fn validate(self) -> Result<Manifest> {
        let id = self.id.clone();
        let keys = Keys(&id);

        keys.ensure(is_name(&self.id), "id", "must consist of letters, digits, `.`, `_`, `-`")?;
        keys.ensure(is_name(&self.file), "file", "must be a plain file name")?;
        keys.ensure(self.family.task() == self.task, "family", "does not match the task")?;
        keys.ensure(self.bytes > 0, "bytes", "must be the size of the file in bytes")?;
        keys.ensure(!self.output.is_empty(), "output", "at least one entry is required")?;
        check_licence(&keys, &self.licence)?;
        for point in &self.operating_point {
            let valid = (0.0..=1.0).contains(&point.value) && point.threshold.is_finite();
            keys.ensure(valid, "operating_point", "needs a rate in 0..=1 and a finite threshold")?;
        }
        check_calibration(&keys, self.task, self.calibration)?;

        let input = self.input.validate(&keys)?;
        let alignment = self.alignment.map(|alignment| alignment.validate(&keys)).transpose()?;
        check_alignment(&keys, &input, alignment.as_ref())?;

        Ok(Manifest {
            sha256: keys.digest(&self.sha256, "sha256")?,
            source: self.source.validate(&keys)?,
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

/// Letters, digits, `.`, `_` and `-`, not starting with `.`.
fn is_name(text: &str) -> bool {
    let valid = text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    valid && !text.is_empty() && !text.starts_with('.')
}

fn check_licence(keys: &Keys<'_>, licence: &Licence) -> Result<()> {
    let explained = licence.restriction.as_ref().is_some_and(|text| !text.is_empty());
    let allowed = licence.commercial_use == CommercialUse::Allowed;
    keys.ensure(
        allowed || explained,
        "licence.restriction",
        "must give the reason unless commercial use is allowed",
    )
}

fn check_calibration(keys: &Keys<'_>, task: Task, calibration: Option<PadCalibration>) -> Result<()> {
    let Some(PadCalibration { center, slope }) = calibration else { return Ok(()) };
    keys.ensure(task == Task::Pad, "calibration", "is only for PAD models")?;
    let usable = center.is_finite() && slope.is_finite() && slope > 0.0;
    keys.ensure(usable, "calibration", "needs a finite center and a positive, finite slope")
}

fn check_alignment(keys: &Keys<'_>, input: &InputSpec, alignment: Option<&Alignment>) -> Result<()> {
    let InputKind::Image(image) = &input.kind else {
        return keys.ensure(alignment.is_none(), "alignment", "is only for images");
    };
    if image.crop != Crop::Aligned {
        return keys.ensure(alignment.is_none(), "alignment", "is only for input.crop = \"aligned\"");
    }
    let side = keys.required(alignment, "alignment")?.template.size as usize;
    keys.ensure((image.width, image.height) == (side, side), "alignment.size", "does not fit input.shape")
}

impl WrittenInput {
    fn validate(self, keys: &Keys<'_>) -> Result<InputSpec> {
        let layout = match self.layout {
            WrittenLayout::Points => {
                let fits = self.shape.len() == 3 && (2..=3).contains(&self.shape[2]);
                keys.ensure(fits, "input.shape", "must be [batch, points, 2 or 3]")?;
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
        keys.ensure(channels == 3, "input.shape", "must have three channels")?;

        let std = keys.required(self.std, "input.std")?;
        keys.ensure(
            std.iter().all(|s| s.is_finite() && *s != 0.0),
            "input.std",
            "must be finite and not zero",
        )?;
        let mean = keys.required(self.mean, "input.mean")?;
        keys.ensure(mean.iter().all(|m| m.is_finite()), "input.mean", "must be finite")?;
        let colour = keys.required(self.colour, "input.colour")?;
        let crop = keys.required(self.crop, "input.crop")?;

        let image = ImageInput { layout, colour, mean, std, crop, padding: self.padding, width, height };
        Ok(InputSpec { name: self.name, shape: self.shape, kind: InputKind::Image(image) })
    }
}

impl WrittenAlignment {
    fn validate(self, keys: &Keys<'_>) -> Result<Alignment> {
        let template = match (self.points, self.size, self.template.as_deref()) {
            (Some(points), Some(size), _) => {
                let points = FivePoints::from_array(points.map(|[x, y]| Point::new(x, y)));
                AlignmentTemplate { size, points }
            }
            (None, None, Some("arcface_112")) => AlignmentTemplate::ARCFACE_112,
            (None, None, Some(_)) => return Err(invalid(keys.0, "alignment.template", "is unknown")),
            _ => return Err(invalid(keys.0, "alignment", "needs size and points, or a known template")),
        };

        let inside = |v: f32| (0.0..template.size as f32).contains(&v);
        let fits = template.points.to_array().iter().all(|p| inside(p.x) && inside(p.y));
        keys.ensure(fits, "alignment.points", "must lie inside the square")?;
        Ok(Alignment { name: self.template, template })
    }
}

impl WrittenSource {
    fn validate(self, keys: &Keys<'_>) -> Result<Source> {
        let archive_sha256 = keys.optional_digest(&self.archive_sha256, "source.archive_sha256")?;
        let member_sha256 = keys.optional_digest(&self.member_sha256, "source.member_sha256")?;

        if self.registry != SourceRegistry::Repository {
            for (key, text) in [("source.version", &self.version), ("source.archive", &self.archive)] {
                keys.ensure(!text.is_empty(), key, "must be pinned for a package")?;
            }
            keys.ensure(archive_sha256.is_some(), "source.archive_sha256", "must be pinned for a package")?;
            keys.ensure(member_sha256.is_some(), "source.member_sha256", "must be pinned for a package")?;
        }

        // These become arguments of pip and npm, which must not take them for an option or a path.
        let harmless =
            |text: &str| !text.starts_with('-') && !text.contains(|c: char| c.is_whitespace() || c == '\\');
        for (key, text) in [("source.package", &self.package), ("source.version", &self.version)] {
            keys.ensure(harmless(text), key, "must not start with `-` or contain spaces or backslashes")?;
        }
        keys.ensure(
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

    /// Parses a ledger into the entry structs and serialises it again.
    pub(in crate::ledger) fn round_trip(text: &str) -> toml::Table {
        let mut file: toml::Table = text.parse().unwrap();
        let models = file["model"].as_array().unwrap().iter();
        let models = models.map(|model| {
            let written: Written = model.clone().try_into().unwrap();
            toml::Value::try_from(written).unwrap()
        });
        let models = models.collect();
        file.insert("model".into(), toml::Value::Array(models));
        file
    }
}
