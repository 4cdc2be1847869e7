//! Manifests: CSV tables of media files and their ground truth.
//!
//! | manifest | mandatory columns | optional columns |
//! |---|---|---|
//! | [`Pairs`] | `file_a`, `file_b`, `same` | `set`, `identity_a`, `identity_b` |
//! | [`Gallery`] | `file`, `identity`, `role` (`gallery` or `probe`) | |
//! | [`Presentations`] | `file`, `label` (`live` or `spoof`) | `set`, `species`, `identity` |
//!
//! A file is a photo, a video, a ZIP archive of images, or a folder of images. Further columns are copied to
//! `scores.csv`. [`Pairs`] also reads the `pairs.txt` of Labeled Faces in the Wild.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use oz::core::evaluation::connected;

use crate::pairs_txt;
use crate::sheet::{Filter, Sheet, SheetRow};
use crate::{Error, Result};

/// Options of reading a manifest.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Base folder of relative paths; `None` for the folder of the manifest.
    pub root: Option<PathBuf>,
    /// Conditions on rows, all of which must hold.
    pub filters: Vec<Filter>,
    /// Count missing files as failures to acquire instead of refusing the manifest.
    pub allow_missing: bool,
    /// Number of consecutive files of one set, class, species and identity to join into one presentation; 1
    /// for single files.
    pub burst: usize,
}

impl Default for Reading {
    /// All rows, paths relative to the manifest, no missing files, no bursts.
    fn default() -> Self {
        Self { root: None, filters: Vec::new(), allow_missing: false, burst: 1 }
    }
}

/// Input of one answer: a file, or several images in order.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Unit {
    /// Path as in the manifest; that of the first file for a burst.
    pub name: String,
    /// Files in order. A folder stands for the images in it.
    pub files: Vec<PathBuf>,
}

/// Presentation with its ground truth.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Presentation {
    /// Files of the presentation.
    pub unit: Unit,
    /// Bona fide presentation (`true`) or attack presentation (`false`); `None` without a label.
    pub bona_fide: Option<bool>,
    /// Capture set, or empty.
    pub set: String,
    /// PAI species of an attack, `unknown` if not stated; empty for a bona fide presentation.
    pub species: String,
    /// Depicted or impersonated person, or empty.
    pub identity: String,
    /// Cells of the columns [`Presentations::extra_columns`].
    pub extra: Vec<String>,
}

/// Manifest of presentations.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Presentations {
    /// Presentations, bursts joined.
    pub all: Vec<Presentation>,
    /// Names of the further columns.
    pub extra_columns: Vec<String>,
    /// Number of rows skipped because they have no label.
    pub left_out: usize,
}

/// Comparison with its ground truth.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Pair {
    /// Indices of both files in [`Pairs::units`].
    pub files: [usize; 2],
    /// Mated (`true`) or non-mated (`false`) comparison.
    pub same: bool,
    /// Capture set, or empty.
    pub set: String,
    /// Numbers of both identities, from 0. Without identity columns, files linked by mated pairs are one
    /// identity.
    pub identities: [usize; 2],
    /// Cells of the columns [`Pairs::extra_columns`].
    pub extra: Vec<String>,
}

/// Manifest of comparisons.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Pairs {
    /// Files, without duplicates.
    pub units: Vec<Unit>,
    /// Comparisons.
    pub all: Vec<Pair>,
    /// Names of the further columns.
    pub extra_columns: Vec<String>,
}

/// Reference or probe with its identity.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Member {
    /// File.
    pub unit: Unit,
    /// Name of the depicted person.
    pub identity: String,
    /// Reference in the gallery (`true`) or probe (`false`).
    pub enrolled: bool,
    /// Cells of the columns [`Gallery::extra_columns`].
    pub extra: Vec<String>,
}

/// Manifest of an identification: references and probes.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Gallery {
    /// References and probes in the order of the manifest.
    pub members: Vec<Member>,
    /// Names of the further columns.
    pub extra_columns: Vec<String>,
}

// Accepted names of each column, the documented one first.
const FILE: [&str; 4] = ["file", "path", "image", "media"];
const FILE_A: [&str; 4] = ["file_a", "file_1", "probe", "a"];
const FILE_B: [&str; 4] = ["file_b", "file_2", "reference", "b"];
const SAME: [&str; 4] = ["same", "mated", "match", "genuine"];
const LABEL: [&str; 4] = ["label", "class", "truth", "type"];
const SET: [&str; 3] = ["set", "capture_set", "dataset"];
const SPECIES: [&str; 3] = ["species", "attack", "pai_species"];
const IDENTITY: [&str; 3] = ["identity", "subject", "person"];
const ROLE: [&str; 1] = ["role"];

impl Presentations {
    /// Reads a manifest of presentations. With `labelled`, the column `label` is mandatory and rows without a
    /// label are skipped.
    ///
    /// # Errors
    /// `input.invalid_table` for an invalid manifest; `file.unreadable` for a missing or unreadable file.
    pub fn read(path: &Path, reading: &Reading, labelled: bool) -> Result<Self> {
        let sheet = Sheet::read(path)?.filter(&reading.filters)?;
        let file = sheet.required(&FILE)?;
        let label = if labelled { Some(sheet.required(&LABEL)?) } else { sheet.column(&LABEL) };
        let [set, species, identity] = [&SET[..], &SPECIES, &IDENTITY].map(|names| sheet.column(names));
        let known = [Some(file), label, set, species, identity];
        sheet.refuse_duplicates(|row| row.cells[file].clone())?;

        let root = MediaRoot::new(path, reading);
        let mut found = Self { all: Vec::new(), extra_columns: extra_columns(&sheet, &known), left_out: 0 };
        for row in &sheet.rows {
            let truth = cell(row, label);
            if labelled && truth.is_empty() {
                found.left_out += 1;
                continue;
            }
            let bona_fide = if truth.is_empty() { None } else { Some(is_bona_fide(&sheet, row, truth)?) };
            let unit = root.unit(&sheet, row, file)?;
            found.all.push(Presentation {
                unit,
                bona_fide,
                set: cell(row, set).into(),
                species: species_of(bona_fide, cell(row, species)).into(),
                identity: cell(row, identity).into(),
                extra: extra(row, &known),
            });
        }

        if found.all.is_empty() {
            return Err(sheet.invalid(None, "no row has a label"));
        }
        found.all = bursts(found.all, reading.burst);
        Ok(found)
    }
}

/// Species of a presentation: none if bona fide, `unknown` for an attack without one.
fn species_of(bona_fide: Option<bool>, cell: &str) -> &str {
    match bona_fide {
        Some(false) if cell.is_empty() => "unknown",
        Some(true) => "",
        _ => cell,
    }
}

fn is_bona_fide(sheet: &Sheet, row: &SheetRow, label: &str) -> Result<bool> {
    match label.to_lowercase().replace([' ', '-'], "_").as_str() {
        "live" | "bona_fide" | "bonafide" | "real" | "genuine" => Ok(true),
        "spoof" | "attack" | "attack_presentation" | "fake" => Ok(false),
        _ => {
            let detail = format!("the label `{label}` is unknown; use live or bona_fide, spoof or attack");
            Err(sheet.invalid(Some(row.line), detail))
        }
    }
}

/// Joins every `size` files of one set, class, species and identity, in natural order of the names.
fn bursts(all: Vec<Presentation>, size: usize) -> Vec<Presentation> {
    if size < 2 {
        return all;
    }
    let mut groups: BTreeMap<_, Vec<Presentation>> = BTreeMap::new();
    for one in all {
        let key = (one.set.clone(), one.bona_fide, one.species.clone(), one.identity.clone());
        groups.entry(key).or_default().push(one);
    }

    let mut joined = Vec::new();
    for mut group in groups.into_values() {
        group.sort_by(|a, b| oz::media::natural_order(a.unit.name.as_bytes(), b.unit.name.as_bytes()));
        for burst in group.chunks(size) {
            let files = burst.iter().flat_map(|one| one.unit.files.clone()).collect();
            let unit = Unit { name: burst[0].unit.name.clone(), files };
            joined.push(Presentation { unit, ..burst[0].clone() });
        }
    }
    joined
}

impl Pairs {
    /// Reads a manifest of pairs, or the `pairs.txt` of Labeled Faces in the Wild.
    ///
    /// # Errors
    /// `input.invalid_table` for an invalid manifest; `file.unreadable` for a missing or unreadable file.
    pub fn read(path: &Path, reading: &Reading) -> Result<Self> {
        let sheet = match pairs_txt::read(path)? {
            Some(sheet) => sheet,
            None => Sheet::read(path)?,
        };
        let sheet = sheet.filter(&reading.filters)?;
        let (a, b) = (sheet.required(&FILE_A)?, sheet.required(&FILE_B)?);
        let (same, set) = (sheet.required(&SAME)?, sheet.column(&SET));
        let named = [sheet.column(&["identity_a"]), sheet.column(&["identity_b"])];
        let known = [Some(a), Some(b), Some(same), set, named[0], named[1]];
        sheet.refuse_duplicates(|row| {
            let (a, b) = (&row.cells[a], &row.cells[b]);
            format!("{}\n{}", a.min(b), a.max(b))
        })?;

        let root = MediaRoot::new(path, reading);
        let (mut units, mut numbers) = (Vec::new(), HashMap::new());
        let mut number = |row: &SheetRow, column: usize| -> Result<usize> {
            let name = &row.cells[column];
            if let Some(number) = numbers.get(name) {
                return Ok(*number);
            }
            units.push(root.unit(&sheet, row, column)?);
            numbers.insert(name.to_owned(), units.len() - 1);
            Ok(units.len() - 1)
        };
        let mut all = Vec::new();
        for row in &sheet.rows {
            all.push(Pair {
                files: [number(row, a)?, number(row, b)?],
                same: is_same(&sheet, row, &row.cells[same])?,
                set: cell(row, set).into(),
                identities: [0, 0],
                extra: extra(row, &known),
            });
        }

        match named {
            [Some(a), Some(b)] => read_identities(&mut all, &sheet, [a, b])?,
            _ => infer_identities(&mut all, units.len()),
        }
        Ok(Self { units, all, extra_columns: extra_columns(&sheet, &known) })
    }
}

fn is_same(sheet: &Sheet, row: &SheetRow, truth: &str) -> Result<bool> {
    match truth.to_lowercase().replace([' ', '-'], "_").as_str() {
        "1" | "true" | "yes" | "same" | "mated" | "genuine" => Ok(true),
        "0" | "false" | "no" | "different" | "non_mated" | "impostor" => Ok(false),
        _ => Err(sheet.invalid(Some(row.line), format!("`{truth}` is neither 1 (same person) nor 0"))),
    }
}

/// Numbers the identities of the identity columns.
fn read_identities(pairs: &mut [Pair], sheet: &Sheet, columns: [usize; 2]) -> Result<()> {
    let mut numbers = HashMap::new();
    for (pair, row) in pairs.iter_mut().zip(&sheet.rows) {
        pair.identities = columns.map(|column| {
            let next = numbers.len();
            *numbers.entry(row.cells[column].clone()).or_insert(next)
        });
        if (pair.identities[0] == pair.identities[1]) != pair.same {
            return Err(sheet.invalid(Some(row.line), "the identities contradict the column `same`"));
        }
    }
    Ok(())
}

/// Numbers the identities of a manifest without identity columns: files linked by mated pairs show one
/// person.
fn infer_identities(pairs: &mut [Pair], files: usize) {
    let links = pairs.iter().filter(|pair| pair.same).map(|pair| (pair.files[0], pair.files[1]));
    let numbers = connected(files, links);
    for pair in pairs {
        pair.identities = pair.files.map(|file| numbers[file]);
    }
}

impl Gallery {
    /// Reads a manifest of references and probes.
    ///
    /// # Errors
    /// `input.invalid_table` for an invalid manifest; `file.unreadable` for a missing or unreadable file.
    pub fn read(path: &Path, reading: &Reading) -> Result<Self> {
        Self::with_roles(path, reading, true)
    }

    /// Reads a table of files and identities without roles; all files are references.
    pub(crate) fn of_identities(path: &Path, reading: &Reading) -> Result<Self> {
        Self::with_roles(path, reading, false)
    }

    fn with_roles(path: &Path, reading: &Reading, roles: bool) -> Result<Self> {
        let sheet = Sheet::read(path)?.filter(&reading.filters)?;
        let (file, identity) = (sheet.required(&FILE)?, sheet.required(&IDENTITY)?);
        let role = if roles { Some(sheet.required(&ROLE)?) } else { None };
        let known = [Some(file), Some(identity), role];
        sheet.refuse_duplicates(|row| row.cells[file].clone())?;

        let root = MediaRoot::new(path, reading);
        let member = |row: &SheetRow| {
            let unit = root.unit(&sheet, row, file)?;
            let identity = cell(row, Some(identity)).to_owned();
            if identity.is_empty() {
                return Err(sheet.invalid(Some(row.line), "the identity is missing"));
            }
            let enrolled = role.map_or(Ok(true), |role| is_enrolled(&sheet, row, &row.cells[role]))?;
            Ok(Member { unit, identity, enrolled, extra: extra(row, &known) })
        };
        let members = sheet.rows.iter().map(member).collect::<Result<Vec<_>>>()?;

        for (enrolled, what) in [(true, "gallery"), (false, "probe")] {
            if roles && !members.iter().any(|member| member.enrolled == enrolled) {
                return Err(sheet.invalid(None, format!("no row has the role `{what}`")));
            }
        }
        Ok(Self { members, extra_columns: extra_columns(&sheet, &known) })
    }

    /// Identities with a reference in the manifest.
    pub(crate) fn identities(&self) -> BTreeSet<&str> {
        self.members.iter().filter(|member| member.enrolled).map(|member| member.identity.as_str()).collect()
    }
}

fn is_enrolled(sheet: &Sheet, row: &SheetRow, role: &str) -> Result<bool> {
    match role.to_lowercase().as_str() {
        "gallery" | "reference" | "enrol" | "enroll" => Ok(true),
        "probe" | "query" => Ok(false),
        _ => Err(sheet.invalid(Some(row.line), format!("the role `{role}` is neither gallery nor probe"))),
    }
}

/// Base folder of the paths in a manifest.
struct MediaRoot {
    folder: PathBuf,
    allow_missing: bool,
}

impl MediaRoot {
    fn new(manifest: &Path, reading: &Reading) -> Self {
        let beside = || manifest.parent().unwrap_or(Path::new("")).to_path_buf();
        Self { folder: reading.root.clone().unwrap_or_else(beside), allow_missing: reading.allow_missing }
    }

    /// Unit of the file named in a cell. By default the file must exist, because with a wrong root every file
    /// would count as a failure to acquire.
    fn unit(&self, sheet: &Sheet, row: &SheetRow, column: usize) -> Result<Unit> {
        let name = &row.cells[column];
        if name.is_empty() {
            return Err(sheet.invalid(Some(row.line), "the file name is missing"));
        }
        let file = self.folder.join(name);
        if !self.allow_missing && !file.exists() {
            let action = "find (see --root and --allow-missing)";
            return Err(Error::file(action, file, std::io::ErrorKind::NotFound.into()));
        }
        Ok(Unit { name: name.clone(), files: vec![file] })
    }
}

fn cell(row: &SheetRow, column: Option<usize>) -> &str {
    column.map_or("", |column| &row.cells[column])
}

fn extra_columns(sheet: &Sheet, known: &[Option<usize>]) -> Vec<String> {
    let is_extra = |at: &usize| !known.contains(&Some(*at));
    (0..sheet.columns.len()).filter(is_extra).map(|at| sheet.columns[at].clone()).collect()
}

fn extra(row: &SheetRow, known: &[Option<usize>]) -> Vec<String> {
    let is_extra = |at: &usize| !known.contains(&Some(*at));
    (0..row.cells.len()).filter(is_extra).map(|at| row.cells[at].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANYWHERE: Reading = Reading { root: None, filters: Vec::new(), allow_missing: true, burst: 1 };

    fn write(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.csv");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn columns_and_labels_have_aliases() {
        let text = "path,truth,dataset,attack,subject,note\na.png,Bona fide,s,,ann,x\n\
                    b.png,SPOOF,s,print,ann,y\nc.png,,s,,ann,z\nd.png,fake,s,,ann,z\n";
        let (_folder, path) = write(text);
        let read = Presentations::read(&path, &ANYWHERE, true).unwrap();
        assert_eq!((read.all.len(), read.left_out), (3, 1));
        assert_eq!(read.extra_columns, ["note"]);
        let species: Vec<_> = read.all.iter().map(|p| (p.bona_fide, p.species.as_str())).collect();
        assert_eq!(species, [(Some(true), ""), (Some(false), "print"), (Some(false), "unknown")]);
    }

    #[test]
    fn bursts_join_files_of_one_group_in_natural_order() {
        let names = ["f10.png", "f2.png", "f1.png", "f3.png"];
        let rows: String = names.iter().map(|name| format!("{name},live,s\n")).collect();
        let (_folder, path) = write(&format!("file,label,set\n{rows}g1.png,spoof,s\n"));
        let read = Presentations::read(&path, &Reading { burst: 3, ..ANYWHERE }, true).unwrap();
        let sizes: Vec<_> = read.all.iter().map(|p| (p.unit.name.as_str(), p.unit.files.len())).collect();
        assert_eq!(sizes, [("g1.png", 1), ("f1.png", 3), ("f10.png", 1)]);
    }

    #[test]
    fn identities_are_inferred_from_mated_pairs() {
        let (_folder, path) = write("file_a,file_b,same\na1,a2,1\nb1,b2,1\na2,a3,1\na3,b1,0\nc,a1,0\n");
        let read = Pairs::read(&path, &ANYWHERE).unwrap();
        let identities: Vec<_> = read.all.iter().map(|pair| pair.identities).collect();
        assert_eq!(identities, [[0, 0], [1, 1], [0, 0], [0, 1], [2, 0]]);
        assert_eq!(read.units.len(), 6);
    }

    #[test]
    fn invalid_manifests_are_refused() {
        type Read = fn(&Path) -> Result<()>;
        let pad: Read = |path| Presentations::read(path, &ANYWHERE, true).map(drop);
        let verify: Read = |path| Pairs::read(path, &ANYWHERE).map(drop);
        let identify: Read = |path| Gallery::read(path, &ANYWHERE).map(drop);
        for (read, text) in [
            (pad, "file\na.png\n"),
            (pad, "file,label\na.png,maybe\n"),
            (pad, "file,label\na.png,\n"),
            (pad, "file,label\n,live\n"),
            (pad, "file,label\na.png,live\na.png,live\n"),
            (verify, "file_a,file_b\na,b\n"),
            (verify, "file_a,file_b,same\na,b,perhaps\n"),
            (verify, "file_a,file_b,same\na,b,1\nb,a,1\n"),
            (verify, "file_a,file_b,same,identity_a,identity_b\na,b,1,x,y\n"),
            (identify, "file,identity\na,x\n"),
            (identify, "file,identity,role\na,x,gallery\n"),
            (identify, "file,identity,role\na,x,spare\n"),
            (identify, "file,identity,role\na,,gallery\n"),
        ] {
            let (_folder, path) = write(text);
            assert_eq!(read(&path).unwrap_err().code(), "input.invalid_table", "{text}");
        }
        let strict = Reading { allow_missing: false, ..ANYWHERE };
        let (_folder, path) = write("file,label\nnowhere.png,live\n");
        assert_eq!(Presentations::read(&path, &strict, true).unwrap_err().code(), "file.unreadable");
    }
}
