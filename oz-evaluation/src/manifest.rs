//! What an evaluation is about: files, and what is true of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use oz::core::evaluation::connected;

use crate::{Error, Result};

use crate::pairs_txt;
use crate::sheet::{Filter, Sheet, SheetRow};

/// How a manifest is to be read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Where paths start; the manifest's folder if not given.
    pub root: Option<PathBuf>,
    /// Conditions on rows.
    pub filters: Vec<Filter>,
    /// Whether files that are not there count as failures instead of making the manifest invalid.
    pub allow_missing: bool,
    /// Consecutive files that make one presentation.
    pub burst: usize,
}

/// Something that is shown to the system: a file, or several pictures in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// Name in tables: the path as the manifest gives it, the first one of a burst.
    pub name: String,
    /// The files, in order; a folder stands for the pictures in it.
    pub files: Vec<PathBuf>,
}

/// A presentation of known truth.
#[derive(Debug, Clone, PartialEq)]
pub struct Presentation {
    /// What is shown.
    pub unit: Unit,
    /// Whether it is bona fide, when the manifest says.
    pub bona_fide: Option<bool>,
    /// Capture set; empty if there are none.
    pub set: String,
    /// Species of the attack instrument; empty for bona fide.
    pub species: String,
    /// Who is seen, or claimed to be; may be empty.
    pub identity: String,
    /// Cells of all other columns.
    pub extra: Vec<String>,
}

/// All presentations.
#[derive(Debug, Clone)]
pub struct Presentations {
    pub all: Vec<Presentation>,
    /// Names of the columns in [`Presentation::extra`].
    pub extra_columns: Vec<String>,
    /// Rows without a label.
    pub left_out: usize,
}

/// A comparison of known truth.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// Places of both files in [`Pairs::units`].
    pub files: [usize; 2],
    /// Whether both show the same person.
    pub same: bool,
    /// Set; empty if there are none.
    pub set: String,
    /// Numbers of both identities.
    pub identities: [usize; 2],
    /// Cells of all other columns.
    pub extra: Vec<String>,
}

/// All comparisons.
#[derive(Debug, Clone)]
pub struct Pairs {
    /// Every file once.
    pub units: Vec<Unit>,
    pub all: Vec<Pair>,
    pub extra_columns: Vec<String>,
}

/// A file of a search.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub unit: Unit,
    pub identity: String,
    /// Whether it is a reference in the gallery rather than a probe.
    pub enrolled: bool,
    pub extra: Vec<String>,
}

/// References and probes.
#[derive(Debug, Clone)]
pub struct Gallery {
    pub members: Vec<Member>,
    pub extra_columns: Vec<String>,
}

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
    /// Reads a manifest of presentations; `labelled` says whether each needs a label to be of use.
    pub fn read(path: &Path, reading: &Reading, labelled: bool) -> Result<Self> {
        let sheet = Sheet::read(path)?.filter(&reading.filters)?;
        let file = sheet.required(&FILE)?;
        let label = if labelled { Some(sheet.required(&LABEL)?) } else { sheet.column(&LABEL) };
        let [set, species, identity] = [&SET[..], &SPECIES, &IDENTITY].map(|names| sheet.column(names));
        let known = [Some(file), label, set, species, identity];
        sheet.refuse_duplicates(|row| row.cells[file].clone())?;
        let places = Places::new(path, reading);
        let mut found = Self { all: Vec::new(), extra_columns: extra_columns(&sheet, &known), left_out: 0 };
        for row in &sheet.rows {
            let truth = cell(row, label);
            if labelled && truth.is_empty() {
                found.left_out += 1;
                continue;
            }
            let bona_fide = if truth.is_empty() { None } else { class_of(&sheet, row, truth)? };
            let name = cell(row, Some(file));
            let mut presentation = Presentation {
                unit: Unit { name: name.into(), files: vec![places.file(name)] },
                bona_fide,
                set: cell(row, set).into(),
                species: cell(row, species).into(),
                identity: cell(row, identity).into(),
                extra: extra(row, &known),
            };
            complete_species(&mut presentation);
            places.check(&sheet, row.line, &presentation.unit)?;
            found.all.push(presentation);
        }
        if found.all.is_empty() {
            return Err(sheet.invalid(None, "every row is without a label"));
        }
        found.all = bursts(found.all, reading.burst);
        Ok(found)
    }
}

/// Bona fide presentations have no species, and an attack has one even if nobody said which.
fn complete_species(presentation: &mut Presentation) {
    match presentation.bona_fide {
        Some(false) if presentation.species.is_empty() => presentation.species = "unknown".into(),
        Some(true) => presentation.species.clear(),
        _ => {}
    }
}

fn class_of(sheet: &Sheet, row: &SheetRow, truth: &str) -> Result<Option<bool>> {
    match truth.to_lowercase().replace([' ', '-'], "_").as_str() {
        "live" | "bona_fide" | "bonafide" | "real" | "genuine" => Ok(Some(true)),
        "spoof" | "attack" | "attack_presentation" | "fake" => Ok(Some(false)),
        _ => {
            let detail = format!("the label `{truth}` is not known; use live or bona_fide, spoof or attack");
            Err(sheet.invalid(Some(row.line), detail))
        }
    }
}

/// Joins each `size` files of one set, class, species and identity, in the order of their names.
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
    /// Reads a manifest of pairs, or LFW's `pairs.txt`.
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
        let places = Places::new(path, reading);
        let (mut units, mut numbers) = (Vec::new(), HashMap::new());
        let mut number = |line, name: &str| -> Result<usize> {
            if let Some(number) = numbers.get(name) {
                return Ok(*number);
            }
            let unit = Unit { name: name.into(), files: vec![places.file(name)] };
            places.check(&sheet, line, &unit)?;
            units.push(unit);
            numbers.insert(name.to_owned(), units.len() - 1);
            Ok(units.len() - 1)
        };
        let mut all = Vec::new();
        for row in &sheet.rows {
            all.push(Pair {
                files: [number(row.line, &row.cells[a])?, number(row.line, &row.cells[b])?],
                same: is_same(&sheet, row, &row.cells[same])?,
                set: cell(row, set).into(),
                identities: [0, 0],
                extra: extra(row, &known),
            });
        }
        match named {
            [Some(a), Some(b)] => name_identities(&mut all, &sheet, [a, b])?,
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

fn name_identities(pairs: &mut [Pair], sheet: &Sheet, columns: [usize; 2]) -> Result<()> {
    let mut numbers = HashMap::new();
    for (pair, row) in pairs.iter_mut().zip(&sheet.rows) {
        pair.identities = columns.map(|column| {
            let next = numbers.len();
            *numbers.entry(row.cells[column].clone()).or_insert(next)
        });
        if (pair.identities[0] == pair.identities[1]) != pair.same {
            return Err(sheet.invalid(Some(row.line), "the identities contradict what is said of the pair"));
        }
    }
    Ok(())
}

/// Where identities are not named, pictures that mated pairs link show one person.
fn infer_identities(pairs: &mut [Pair], files: usize) {
    let links = pairs.iter().filter(|pair| pair.same).map(|pair| (pair.files[0], pair.files[1]));
    let numbers = connected(files, links);
    for pair in pairs {
        pair.identities = pair.files.map(|file| numbers[file]);
    }
}

impl Gallery {
    /// Reads a manifest of references and probes.
    pub fn read(path: &Path, reading: &Reading) -> Result<Self> {
        Self::with_roles(path, reading, true)
    }

    /// Reads files and who they show; all count as references.
    pub fn of_identities(path: &Path, reading: &Reading) -> Result<Self> {
        Self::with_roles(path, reading, false)
    }

    fn with_roles(path: &Path, reading: &Reading, roles: bool) -> Result<Self> {
        let sheet = Sheet::read(path)?.filter(&reading.filters)?;
        let (file, identity) = (sheet.required(&FILE)?, sheet.required(&IDENTITY)?);
        let role = if roles { Some(sheet.required(&ROLE)?) } else { None };
        let known = [Some(file), Some(identity), role];
        sheet.refuse_duplicates(|row| row.cells[file].clone())?;
        let places = Places::new(path, reading);
        let member = |row: &SheetRow| {
            let name = cell(row, Some(file));
            let unit = Unit { name: name.into(), files: vec![places.file(name)] };
            places.check(&sheet, row.line, &unit)?;
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

    /// Everybody who is enrolled.
    pub fn identities(&self) -> BTreeSet<&str> {
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

/// Where the files are.
struct Places {
    root: PathBuf,
    allow_missing: bool,
}

impl Places {
    fn new(manifest: &Path, reading: &Reading) -> Self {
        let beside = || manifest.parent().unwrap_or(Path::new("")).to_path_buf();
        Self { root: reading.root.clone().unwrap_or_else(beside), allow_missing: reading.allow_missing }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// A wrong root would make every file a failure to acquire; so files have to be there unless told otherwise.
    fn check(&self, sheet: &Sheet, line: u64, unit: &Unit) -> Result<()> {
        if unit.name.is_empty() {
            return Err(sheet.invalid(Some(line), "the file is missing"));
        }
        let missing = unit.files.iter().find(|file| !self.allow_missing && !file.exists());
        missing.map_or(Ok(()), |file| {
            let action = "find (see --root and --allow-missing)";
            Err(Error::file(action, file, std::io::ErrorKind::NotFound.into()))
        })
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

    fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.csv");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn labels_and_columns_have_their_usual_other_names() {
        let text = "path,truth,dataset,attack,subject,note\na.png,Bona fide,s,,ann,x\nb.png,SPOOF,s,print,ann,y\n\
                    c.png,,s,,ann,z\nd.png,fake,s,,ann,z\n";
        let (_folder, path) = written(text);
        let read = Presentations::read(&path, &ANYWHERE, true).unwrap();
        assert_eq!((read.all.len(), read.left_out), (3, 1));
        assert_eq!(read.extra_columns, ["note"]);
        let species: Vec<_> = read.all.iter().map(|p| (p.bona_fide, p.species.as_str())).collect();
        assert_eq!(species, [(Some(true), ""), (Some(false), "print"), (Some(false), "unknown")]);
    }

    #[test]
    fn bursts_join_files_of_one_kind_in_natural_order() {
        let names = ["f10.png", "f2.png", "f1.png", "f3.png"];
        let rows: String = names.iter().map(|name| format!("{name},live,s\n")).collect();
        let (_folder, path) = written(&format!("file,label,set\n{rows}g1.png,spoof,s\n"));
        let read = Presentations::read(&path, &Reading { burst: 3, ..ANYWHERE }, true).unwrap();
        let sizes: Vec<_> = read.all.iter().map(|p| (p.unit.name.as_str(), p.unit.files.len())).collect();
        assert_eq!(sizes, [("g1.png", 1), ("f1.png", 3), ("f10.png", 1)]);
    }

    #[test]
    fn identities_are_told_from_mated_pairs() {
        let (_folder, path) = written("file_a,file_b,same\na1,a2,1\nb1,b2,1\na2,a3,1\na3,b1,0\nc,a1,0\n");
        let read = Pairs::read(&path, &ANYWHERE).unwrap();
        let identities: Vec<_> = read.all.iter().map(|pair| pair.identities).collect();
        assert_eq!(identities, [[0, 0], [1, 1], [0, 0], [0, 1], [2, 0]]);
        assert_eq!(read.units.len(), 6);
    }

    #[test]
    fn manifests_that_cannot_be_meant_are_refused() {
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
            let (_folder, path) = written(text);
            assert_eq!(read(&path).unwrap_err().code(), "input.invalid_table", "{text}");
        }
        let strict = Reading { allow_missing: false, ..ANYWHERE };
        let (_folder, path) = written("file,label\nnowhere.png,live\n");
        assert_eq!(Presentations::read(&path, &strict, true).unwrap_err().code(), "file.unreadable");
    }
}
