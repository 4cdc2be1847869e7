//! Blobs in a folder, including a kill of the process while it writes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use oz_conformance::storage;
use oz_core::storage::BlobKey;
use oz_core::storage::port::BlobStore;
use oz_core::system::{CompanyId, Uuid};
use oz_storage::fs::DirectoryBlobStore;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Environment variable that passes the folder to a child process.
const FOLDER: &str = "OZ_TEST_FOLDER";

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

fn key(id: u128) -> BlobKey {
    BlobKey { owner: CompanyId::from(Uuid::from_u128(1)), id: Uuid::from_u128(id) }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Runs one test in a child process with the folder in its environment.
fn child(test: &str, folder: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(FOLDER, folder);
    command.stdout(Stdio::piped()).spawn().unwrap()
}

#[test]
fn directory_store_keeps_the_contract() {
    let (runtime, folders) = (runtime(), Mutex::new(Vec::new()));
    let make = || {
        let folder = TempDir::new().unwrap();
        let store = DirectoryBlobStore::open(folder.path().join("blobs")).unwrap();
        folders.lock().unwrap().push(folder);
        Arc::new(store) as Arc<dyn BlobStore>
    };
    storage::blob_store("directory", &make, &|claim| runtime.block_on(claim));
    for folder in folders.lock().unwrap().iter() {
        let left = std::fs::read_dir(folder.path().join("blobs/unfinished")).unwrap().count();
        assert_eq!(left, 0, "writers left unfinished files");
    }
}

#[test]
fn list_is_ordered_across_folders() {
    let (runtime, folder) = (runtime(), TempDir::new().unwrap());
    let store = DirectoryBlobStore::open(folder.path()).unwrap();
    let mut keys: Vec<BlobKey> = (0..300u128).map(|n| key(((n * 0x0103_0507) << 96) | n)).collect();
    runtime.block_on(async {
        for key in &keys {
            store.put(*key, b"content").await.unwrap();
        }
        keys.sort_unstable();
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = store.list(key(0).owner, after, 7).await.unwrap();
            after = page.last().copied();
            if page.is_empty() {
                break;
            }
            listed.extend(page);
        }
        assert!(listed == keys, "the listed keys differ");
    });
}

#[test]
fn only_one_of_several_writers_of_a_key_finishes() {
    let (runtime, folder) = (runtime(), TempDir::new().unwrap());
    let store = Arc::new(DirectoryBlobStore::open(folder.path()).unwrap());
    runtime.block_on(async {
        let writers: Vec<_> = (0..16u8)
            .map(|number| {
                let store = Arc::clone(&store);
                tokio::spawn(async move { store.put(key(1), &[number; 1000]).await.map(|()| number) })
            })
            .collect();
        let mut winners = Vec::new();
        for writer in writers {
            match writer.await.unwrap() {
                Ok(number) => winners.push(number),
                Err(error) => assert_eq!(error.code(), "storage.conflict"),
            }
        }
        assert_eq!(winners.len(), 1);
        assert_eq!(store.read(key(1)).await.unwrap(), [winners[0]; 1000]);
    });
}

#[test]
fn sweep_keeps_live_writers_and_removes_the_rest() {
    let (runtime, folder) = (runtime(), TempDir::new().unwrap());
    let store = DirectoryBlobStore::open(folder.path()).unwrap();
    std::fs::write(folder.path().join("unfinished/left"), b"by a dead writer").unwrap();
    runtime.block_on(async {
        let mut writer = store.create(key(1)).await.unwrap();
        writer.write(b"half").await.unwrap();
        assert_eq!(store.sweep().await.unwrap(), 1);
        writer.write(b" and half").await.unwrap();
        writer.finish().await.unwrap();
        assert_eq!(store.read(key(1)).await.unwrap(), b"half and half");
        assert_eq!(store.sweep().await.unwrap(), 0);
    });
    assert_eq!(files(folder.path()).len(), 1);
}

#[cfg(unix)]
#[test]
fn files_are_readable_by_the_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let (runtime, folder) = (runtime(), TempDir::new().unwrap());
    let store = DirectoryBlobStore::open(folder.path().join("blobs")).unwrap();
    runtime.block_on(store.put(key(1), b"a face")).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder.path().join("blobs")), 0o700);
    assert_eq!(files(folder.path()).iter().map(|path| mode(path)).collect::<Vec<_>>(), [0o600]);
}

/// Content of a blob; its size and bytes are derived from the number.
fn content(number: u128) -> Vec<u8> {
    vec![number as u8; 1 + (number as usize * 7919) % 60_000]
}

/// Writes blobs until the process is killed and prints the number of each acknowledged blob.
fn write_until_killed(folder: &Path) {
    let store = DirectoryBlobStore::open(folder).unwrap();
    runtime().block_on(async {
        for number in 0.. {
            let content = content(number);
            let mut writer = store.create(key(number)).await.unwrap();
            for part in content.chunks(10_000) {
                writer.write(part).await.unwrap();
            }
            writer.finish().await.unwrap();
            println!("acknowledged {number}");
            std::io::stdout().flush().unwrap();
        }
    });
}

#[test]
fn only_acknowledged_blobs_survive_a_kill() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return write_until_killed(folder.as_ref());
    }
    let runtime = runtime();
    for round in 1..=5u128 {
        let folder = TempDir::new().unwrap();
        let mut child = child("only_acknowledged_blobs_survive_a_kill", folder.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let number =
            |line: std::io::Result<String>| line.unwrap().strip_prefix("acknowledged ")?.parse().ok();
        let mut last: u128 = lines.by_ref().filter_map(number).nth(round as usize * 4).unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        last = lines.filter_map(number).last().unwrap_or(last);

        let store = DirectoryBlobStore::open(folder.path()).unwrap();
        runtime.block_on(async {
            store.sweep().await.unwrap();
            let listed = store.list(key(0).owner, None, usize::MAX).await.unwrap();
            let count = listed.len() as u128;
            assert!(count > last && count <= last + 2, "{count} blobs, last acknowledged: {last}");
            for number in 0..count {
                assert!(
                    store.read(key(number)).await.unwrap() == content(number),
                    "blob {number} has another content"
                );
            }
            assert_eq!(files(folder.path()).len(), listed.len(), "the sweep left unfinished files");
        });
    }
}

/// Peak resident memory of this process in bytes.
#[cfg(target_os = "linux")]
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[cfg(target_os = "linux")]
#[test]
fn large_blob_is_streamed() {
    const PART: usize = 64 << 10;
    const PARTS: usize = 1 << 10;
    let Some(folder) = std::env::var_os(FOLDER) else {
        let folder = TempDir::new().unwrap();
        let child = child("large_blob_is_streamed", folder.path());
        assert!(child.wait_with_output().unwrap().status.success(), "the child process used too much memory");
        return;
    };
    let store = DirectoryBlobStore::open(PathBuf::from(folder)).unwrap();
    runtime().block_on(async {
        store.put(key(1), b"warm").await.unwrap();
        let before = peak_memory();
        let mut writer = store.create(key(2)).await.unwrap();
        for _ in 0..PARTS {
            writer.write(&[7; PART]).await.unwrap();
        }
        writer.finish().await.unwrap();
        for part in 0..PARTS {
            let read = store.read_range(key(2), (part * PART) as u64, PART as u64).await.unwrap();
            assert!(read == [7; PART], "the content differs");
        }
        let grown = peak_memory() - before;
        assert!(grown < 8 << 20, "a blob of 64 MiB used {grown} bytes of memory");
    });
}
