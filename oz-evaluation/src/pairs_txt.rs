//! Pair lists in the format of Labeled Faces in the Wild (LFW).

use std::path::Path;

use crate::sheet::{Sheet, SheetRow};
use crate::{Error, Result};

const COLUMNS: [&str; 6] = ["file_a", "file_b", "same", "set", "identity_a", "identity_b"];

/// Reads LFW's `pairs.txt`; `None` if the file has another format.
///
/// Columns are separated by tabs. The first line has the number of folds and of pairs per fold, or only the
/// latter for a single fold. Each fold lists its mated pairs, `Name 1 2`, and as many non-mated pairs, `Name
/// 1 Other 2`. Folds become sets, names become paths relative to the folder of the images:
/// `Name/Name_0001.jpg`.
pub(crate) fn read(path: &Path) -> Result<Option<Sheet>> {
    // An unreadable file is reported when it is read as a CSV table.
    let Ok(text) = std::fs::read_to_string(path) else { return Ok(None) };
    let mut lines = text.lines().enumerate().map(|(at, line)| (at as u64 + 1, line.trim_end()));
    let Some(pairs_per_fold) = lines.next().and_then(|(_, line)| fold_size(line)) else { return Ok(None) };

    let mut rows = Vec::new();
    for (line, text) in lines.filter(|(_, text)| !text.is_empty()) {
        let fold = rows.len() / (2 * pairs_per_fold) + 1;
        let Some(cells) = pair(text, fold) else {
            let detail = "must be `Name 1 2` or `Name 1 Other 2`, separated by tabs".into();
            return Err(Error::Table { path: path.into(), line: Some(line), detail });
        };
        rows.push(SheetRow { line, cells: cells.into() });
    }
    Sheet::new(path, COLUMNS.map(String::from).to_vec(), rows).map(Some)
}

fn fold_size(line: &str) -> Option<usize> {
    let numbers: Option<Vec<usize>> = line.split('\t').map(|cell| cell.trim().parse().ok()).collect();
    match numbers?.as_slice() {
        [pairs] | [_, pairs] if *pairs > 0 => Some(*pairs),
        _ => None,
    }
}

fn pair(line: &str, fold: usize) -> Option<[String; 6]> {
    let cells: Vec<&str> = line.split('\t').map(str::trim).collect();
    let (a, first, b, second) = match cells.as_slice() {
        [name, first, second] => (name, first, name, second),
        [a, first, b, second] => (a, first, b, second),
        _ => return None,
    };

    let same = if cells.len() == 3 { "1" } else { "0" };
    let file =
        |name: &str, number: &str| Some(format!("{name}/{name}_{:04}.jpg", number.parse::<u32>().ok()?));
    let set = format!("fold {fold}");
    Some([file(a, first)?, file(b, second)?, same.into(), set, (*a).into(), (*b).into()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Option<Sheet>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pairs.txt");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn folds_become_sets_and_names_become_paths() {
        let text = "2\t1\nAnn_Lee\t1\t4\nAnn_Lee\t2\tBob\t12\nCid\t1\t2\nBob\t1\tCid\t3\n";
        let sheet = read_text(text).unwrap().unwrap();
        assert_eq!(
            sheet.rows[0].cells,
            ["Ann_Lee/Ann_Lee_0001.jpg", "Ann_Lee/Ann_Lee_0004.jpg", "1", "fold 1", "Ann_Lee", "Ann_Lee"]
        );
        assert_eq!(
            sheet.rows[3].cells,
            ["Bob/Bob_0001.jpg", "Cid/Cid_0003.jpg", "0", "fold 2", "Bob", "Cid"]
        );
    }

    #[test]
    fn other_formats_are_not_read() {
        for text in ["file_a,file_b,same\na,b,1\n", "", "0\nAnn\t1\t2\n"] {
            assert!(read_text(text).unwrap().is_none(), "{text}");
        }
        assert_eq!(read_text("1\nAnn\tone\t2\n").unwrap_err().code(), "input.invalid_table");
    }
}
