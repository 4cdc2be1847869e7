//! Keys in a folder: they survive restarts and rotations of the master key, and cannot be restored once
//! destroyed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use oz_conformance::storage;
use oz_core::storage::port::KeyProvider;
use oz_core::storage::{DataKey, KeyVersion};
use oz_core::system::{CompanyId, Uuid};
use oz_storage::fs::{FileKeyProvider, KeyState, MasterKeys};
use tempfile::TempDir;
use tokio::runtime::Runtime;

const OLD: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const NEW: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

fn owner(number: u128) -> CompanyId {
    CompanyId::from(Uuid::from_u128(number))
}

/// Temporary folder with a key folder and a master key.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn master(&self) -> PathBuf {
        self.0.path().join("master.key")
    }

    fn keys(&self) -> PathBuf {
        self.0.path().join("keys")
    }

    fn key(&self, of: CompanyId, version: u32) -> PathBuf {
        self.keys().join(of.to_string()).join(format!("{version}.key"))
    }

    fn open(&self) -> FileKeyProvider {
        FileKeyProvider::open(self.keys(), MasterKeys::in_file(self.master())).unwrap()
    }

    fn open_with(&self, masters: &str) -> FileKeyProvider {
        FileKeyProvider::open(self.keys(), MasterKeys::given(masters).unwrap()).unwrap()
    }
}

#[track_caller]
fn assert_code(result: oz_core::Result<DataKey>, code: &str) {
    assert_eq!(result.unwrap_err().code(), code);
}

#[test]
fn file_key_provider_keeps_the_contract() {
    let (runtime, places) = (runtime(), Mutex::new(Vec::new()));
    let make = || {
        let place = Place::new();
        let keys = place.open();
        places.lock().unwrap().push(place);
        Arc::new(keys) as Arc<dyn KeyProvider>
    };
    storage::key_provider("files", &make, &|claim| runtime.block_on(claim));
}

#[test]
fn keys_survive_a_restart_and_are_never_stored_in_plain() {
    let (runtime, place) = (runtime(), Place::new());
    let keys = runtime.block_on(async {
        let keys = place.open();
        keys.current(owner(1)).await.unwrap();
        let rotated = keys.rotate(owner(1)).await.unwrap();
        [keys.key(owner(1), KeyVersion(1)).await.unwrap(), rotated]
    });
    for key in &keys {
        let stored = std::fs::read(place.key(owner(1), key.version().0)).unwrap();
        assert!(!stored.windows(8).any(|part| part == &key.secret()[..8]), "the secret is stored in plain");
        let again = runtime.block_on(place.open().key(owner(1), key.version())).unwrap();
        assert!(again == *key, "another key was read");
    }
    assert!(runtime.block_on(place.open().current(owner(1))).unwrap() == keys[1]);
}

#[test]
fn key_is_bound_to_its_owner_version_and_master_key() {
    let (runtime, place) = (runtime(), Place::new());
    runtime.block_on(async {
        let keys = place.open_with(OLD);
        keys.current(owner(1)).await.unwrap();
        keys.current(owner(2)).await.unwrap();
        assert_code(place.open_with(NEW).current(owner(1)).await, "storage.backend");
        std::fs::copy(place.key(owner(1), 1), place.key(owner(1), 2)).unwrap();
        std::fs::copy(place.key(owner(1), 1), place.key(owner(2), 1)).unwrap();
        let restarted = place.open_with(OLD);
        restarted.key(owner(1), KeyVersion(1)).await.unwrap();
        assert_code(restarted.key(owner(1), KeyVersion(2)).await, "storage.backend");
        assert_code(restarted.key(owner(2), KeyVersion(1)).await, "storage.backend");
    });
}

#[test]
fn lost_master_key_is_not_replaced() {
    let (runtime, place) = (runtime(), Place::new());
    runtime.block_on(place.open().current(owner(1))).unwrap();
    std::fs::remove_file(place.master()).unwrap();
    let error = FileKeyProvider::open(place.keys(), MasterKeys::in_file(place.master())).unwrap_err();
    assert_eq!(error.code(), "storage.backend");
    assert!(!place.master().exists());
}

#[test]
fn destroyed_key_leaves_only_its_version() {
    let (runtime, place) = (runtime(), Place::new());
    runtime.block_on(async {
        let keys = place.open();
        keys.current(owner(1)).await.unwrap();
        keys.rotate(owner(1)).await.unwrap();
        // A second link to the file shows its content after the first link was removed.
        let blocks = place.0.path().join("blocks");
        std::fs::hard_link(place.key(owner(1), 1), &blocks).unwrap();
        keys.destroy(owner(1)).await.unwrap();
        assert!(
            std::fs::read(&blocks).unwrap().iter().all(|byte| *byte == 0),
            "the file was not overwritten"
        );
        assert_eq!(names(&place.keys().join(owner(1).to_string())), ["destroyed"]);
    });
    let keys = place.open();
    runtime.block_on(async {
        assert_code(keys.key(owner(1), KeyVersion(2)).await, "storage.not_found");
        assert_eq!(keys.current(owner(1)).await.unwrap().version(), KeyVersion(3));
    });
}

#[test]
fn interrupted_destruction_is_effective() {
    let (runtime, place) = (runtime(), Place::new());
    let old = runtime.block_on(place.open().current(owner(1))).unwrap();
    std::fs::write(place.keys().join(owner(1).to_string()).join("destroyed"), "1\n").unwrap();
    let keys = place.open();
    runtime.block_on(async {
        assert_code(keys.key(owner(1), KeyVersion(1)).await, "storage.not_found");
        let new = keys.current(owner(1)).await.unwrap();
        assert!(new.version() == KeyVersion(2) && new.secret() != old.secret());
        keys.destroy(owner(1)).await.unwrap();
    });
    assert_eq!(names(&place.keys().join(owner(1).to_string())), ["destroyed"]);
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn changes_are_visible_to_other_processes() {
    let (runtime, place) = (runtime(), Place::new());
    runtime.block_on(async {
        let (one, other) = (place.open(), place.open());
        let first = one.current(owner(1)).await.unwrap();
        assert!(other.current(owner(1)).await.unwrap() == first, "each process created a key");
        let second = one.rotate(owner(1)).await.unwrap();
        assert!(other.current(owner(1)).await.unwrap() == second, "the rotation is not visible");
        one.rotate_master().await.unwrap();
        let third = other.rotate(owner(1)).await.unwrap();
        assert!(one.key(owner(1), third.version()).await.unwrap() == third);
        one.destroy(owner(1)).await.unwrap();
        for version in [first.version(), second.version(), third.version()] {
            assert_code(other.key(owner(1), version).await, "storage.not_found");
        }
        assert_eq!(other.current(owner(1)).await.unwrap().version(), KeyVersion(4));
    });
}

#[test]
fn concurrent_first_uses_create_one_key() {
    let (runtime, place) = (runtime(), Place::new());
    let providers = [Arc::new(place.open()), Arc::new(place.open())];
    runtime.block_on(async {
        let uses: Vec<_> = (0..16)
            .map(|number| {
                let keys = Arc::clone(&providers[number % 2]);
                tokio::spawn(async move { keys.current(owner(1)).await.unwrap() })
            })
            .collect();
        for used in uses {
            assert_eq!(used.await.unwrap().version(), KeyVersion(1));
        }
    });
}

#[test]
fn master_key_rotation_keeps_the_data_keys() {
    let (runtime, place) = (runtime(), Place::new());
    runtime.block_on(async {
        let keys = place.open();
        let mut all = Vec::new();
        for number in 1..=3 {
            all.push((owner(number), keys.current(owner(number)).await.unwrap()));
        }
        all.push((owner(1), keys.rotate(owner(1)).await.unwrap()));
        let old = std::fs::read_to_string(place.master()).unwrap();
        assert_eq!(keys.rotate_master().await.unwrap().keys, 4);
        let new = std::fs::read_to_string(place.master()).unwrap();
        assert!(old != new && new.len() == 65, "the file holds exactly one new key");
        for keys in [keys, place.open()] {
            for (owner, key) in &all {
                assert!(keys.key(*owner, key.version()).await.unwrap() == *key);
            }
        }
        assert_code(place.open_with(&old).current(owner(1)).await, "storage.backend");
    });
}

#[cfg(unix)]
#[test]
fn linked_master_key_is_replaced_where_the_link_points() {
    let (runtime, place) = (runtime(), Place::new());
    runtime.block_on(async {
        let key = place.open().current(owner(1)).await.unwrap();
        let (vault, old) = (place.0.path().join("vault"), std::fs::read_to_string(place.master()).unwrap());
        std::fs::create_dir(&vault).unwrap();
        std::fs::rename(place.master(), vault.join("real.key")).unwrap();
        std::os::unix::fs::symlink("vault/real.key", place.master()).unwrap();

        assert_eq!(place.open().rotate_master().await.unwrap().older_masters, 0);
        assert!(place.master().is_symlink(), "the secret was written into the data folder");
        let new = std::fs::read_to_string(vault.join("real.key")).unwrap();
        assert!(new.len() == 65 && new != old && !new.contains('\0'));
        assert_eq!(names(&vault), ["real.key"]);
        assert!(place.open().current(owner(1)).await.unwrap() == key);
    });
}

#[cfg(unix)]
#[test]
fn further_hard_links_keep_the_old_content_and_other_files_are_overwritten() {
    use std::io::Read as _;
    let (runtime, place) = (runtime(), Place::new());
    runtime.block_on(async {
        let keys = place.open();
        let key = keys.current(owner(1)).await.unwrap();
        let old = std::fs::read_to_string(place.master()).unwrap();
        let copy = |name: &str| place.0.path().join(name);
        std::fs::hard_link(place.master(), copy("snapshot")).unwrap();
        std::fs::create_dir_all(copy("keys.snapshot").join(owner(1).to_string())).unwrap();
        let linked = copy("keys.snapshot").join(owner(1).to_string()).join("1.key");
        std::fs::hard_link(place.key(owner(1), 1), &linked).unwrap();

        keys.rotate_master().await.unwrap();
        assert_eq!(std::fs::read_to_string(copy("snapshot")).unwrap(), old);
        let snapshot =
            FileKeyProvider::open(copy("keys.snapshot"), MasterKeys::given(&old).unwrap()).unwrap();
        assert!(snapshot.current(owner(1)).await.unwrap() == key);

        let (mut single, mut content) = (std::fs::File::open(place.master()).unwrap(), Vec::new());
        keys.rotate_master().await.unwrap();
        single.read_to_end(&mut content).unwrap();
        assert_eq!(content, [0; 65], "the old master key was not overwritten");
    });
}

#[test]
fn interrupted_rotation_is_completed_on_opening() {
    let (runtime, place) = (runtime(), Place::new());
    runtime.block_on(async {
        let keys = place.open();
        let key = keys.current(owner(1)).await.unwrap();
        let old = std::fs::read_to_string(place.master()).unwrap();
        // State after the new master key was written, before any key was re-encrypted.
        std::fs::write(place.master(), format!("{NEW}\n{old}")).unwrap();
        std::fs::write(place.0.path().join("master.key.new"), "an earlier change").unwrap();
        assert!(place.open().current(owner(1)).await.unwrap() == key);
        assert_eq!(std::fs::read_to_string(place.master()).unwrap(), format!("{NEW}\n"));
        assert!(place.open_with(NEW).current(owner(1)).await.unwrap() == key);
        assert_eq!(names(place.0.path()), ["keys", "master.key"]);
    });
}

#[test]
fn given_master_keys_are_rotated_by_the_caller() {
    let (runtime, place) = (runtime(), Place::new());
    runtime.block_on(async {
        let keys = place.open_with(OLD);
        let key = keys.current(owner(1)).await.unwrap();
        assert_eq!(keys.rotate_master().await.unwrap_err().code(), "input.invalid_value");
        let both = place.open_with(&format!("{NEW}\n{OLD}\n"));
        assert!(both.current(owner(1)).await.unwrap() == key);
        assert_eq!(both.rewrap().await.unwrap().keys, 1);
        assert_eq!(both.rewrap().await.unwrap().keys, 0);
        assert!(place.open_with(NEW).current(owner(1)).await.unwrap() == key);
    });
}

#[cfg(unix)]
#[test]
fn files_are_private_and_accessible_master_key_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let (runtime, place) = (runtime(), Place::new());
    runtime.block_on(place.open().current(owner(1))).unwrap();
    for file in [place.master(), place.key(owner(1), 1)] {
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    std::fs::set_permissions(place.master(), std::fs::Permissions::from_mode(0o640)).unwrap();
    let error = FileKeyProvider::open(place.keys(), MasterKeys::in_file(place.master())).unwrap_err();
    assert_eq!(error.code(), "storage.backend");
}

#[test]
fn rotation_interrupted_anywhere_is_completed_by_rewrap() {
    let (runtime, place) = (runtime(), Place::new());
    runtime.block_on(async {
        let keys = place.open();
        let mut all = Vec::new();
        for number in 1..=3 {
            all.push((owner(number), keys.current(owner(number)).await.unwrap()));
        }
        let both = format!("{NEW}\n{}", std::fs::read_to_string(place.master()).unwrap());
        let files = || [1, 2, 3].map(|number| std::fs::read(place.key(owner(number), 1)).unwrap());
        let before = files();
        place.open_with(&both).rewrap().await.unwrap();
        let after = files();

        for done in 0..=3 {
            // State after the first `done` keys were re-encrypted.
            std::fs::write(place.master(), &both).unwrap();
            for index in 0..3 {
                let content = if index < done { &after[index] } else { &before[index] };
                std::fs::write(place.key(all[index].0, 1), content).unwrap();
            }
            std::fs::write(format!("{}.new", place.key(owner(3), 1).display()), "an unfinished key").unwrap();

            // A process that knows only the old master key, and one that is started now, read every key.
            let restarted =
                FileKeyProvider::open_unchanged(place.keys(), MasterKeys::in_file(place.master()));
            let restarted = restarted.unwrap();
            for (owner, key) in &all {
                assert!(keys.key(*owner, key.version()).await.unwrap() == *key);
                assert!(restarted.key(*owner, key.version()).await.unwrap() == *key);
            }

            assert_eq!(restarted.masters().len(), 2);
            let rewrapped = restarted.rewrap().await.unwrap();
            assert_eq!((rewrapped.keys, rewrapped.older_masters), (3 - done, 0));
            assert_eq!(restarted.rewrap().await.unwrap().keys, 0, "repeating it changes nothing");
            assert_eq!(restarted.masters().len(), 1);
            assert!(place.open_with(NEW).current(owner(3)).await.unwrap() == all[2].1);
        }
    });
}

#[test]
fn damaged_key_stops_neither_the_rewrap_nor_the_opening_and_keeps_the_old_master_key() {
    let (runtime, place) = (runtime(), Place::new());
    runtime.block_on(async {
        let keys = place.open();
        let kept = keys.current(owner(2)).await.unwrap();
        keys.current(owner(1)).await.unwrap();
        let intact = std::fs::read(place.key(owner(1), 1)).unwrap();
        std::fs::write(place.key(owner(1), 1), [&intact[..intact.len() - 1], b"?"].concat()).unwrap();

        let rewrapped = keys.rotate_master().await.unwrap();
        assert_eq!((rewrapped.keys, rewrapped.older_masters), (1, 1));
        assert_eq!(rewrapped.unreadable[0].0, owner(1));
        assert!(place.open().current(owner(2)).await.unwrap() == kept);

        std::fs::write(place.key(owner(1), 1), intact).unwrap();
        let rewrapped = keys.rewrap().await.unwrap();
        assert_eq!((rewrapped.keys, rewrapped.older_masters), (1, 0));
        place.open().current(owner(1)).await.unwrap();
    });
}

#[test]
fn missing_key_keeps_the_old_master_key_until_its_file_is_restored() {
    let (runtime, place) = (runtime(), Place::new());
    runtime.block_on(async {
        let keys = place.open();
        let mut all = Vec::new();
        for _ in 0..4 {
            all.push(keys.rotate(owner(1)).await.unwrap());
        }
        for lost in [2, 4] {
            let file = place.key(owner(1), lost);
            let copy = std::fs::read(&file).unwrap();
            std::fs::remove_file(&file).unwrap();

            for rewrapped in [keys.rotate_master().await.unwrap(), keys.rewrap().await.unwrap()] {
                assert_eq!(rewrapped.older_masters, 1);
                assert_eq!(rewrapped.unreadable.len(), 1);
                assert_eq!(rewrapped.unreadable[0].1, KeyVersion(lost));
            }
            std::fs::write(&file, copy).unwrap();
            let rewrapped = place.open().rewrap().await.unwrap();
            assert_eq!((rewrapped.unreadable.len(), rewrapped.older_masters), (0, 0));
            for key in &all {
                assert!(place.open().key(owner(1), key.version()).await.unwrap() == *key);
            }
        }
    });
}

#[test]
fn version_of_a_lost_key_is_reported_and_not_used_again() {
    let (runtime, place) = (runtime(), Place::new());
    runtime.block_on(async {
        let keys = place.open();
        keys.current(owner(1)).await.unwrap();
        keys.rotate(owner(1)).await.unwrap();
        keys.current(owner(2)).await.unwrap();
        // Folder of a release that did not record the highest versions.
        std::fs::remove_dir_all(place.keys().join("latest")).unwrap();
        drop(place.open());

        std::fs::remove_file(place.key(owner(1), 2)).unwrap();
        std::fs::remove_dir_all(place.keys().join(owner(2).to_string())).unwrap();
        let keys = place.open();
        let found = keys.list().await.unwrap();
        let shown: Vec<_> = found.iter().map(|key| (key.owner, key.version.0, key.is_active)).collect();
        assert_eq!(shown, [(owner(1), 1, true), (owner(1), 2, false), (owner(2), 1, false)]);
        assert!(found[1..].iter().all(|key| key.state == KeyState::Missing), "{found:?}");

        assert_eq!(keys.rotate(owner(1)).await.unwrap().version(), KeyVersion(3));
        assert_eq!(keys.current(owner(2)).await.unwrap().version(), KeyVersion(2));
        assert_eq!(keys.rotate_master().await.unwrap().older_masters, 1);
    });
}

#[test]
fn destruction_covers_keys_whose_file_is_missing() {
    let (runtime, place) = (runtime(), Place::new());
    runtime.block_on(async {
        place.open().current(owner(1)).await.unwrap();
        let (folder, copy) = (place.keys().join(owner(1).to_string()), place.0.path().join("copy"));
        std::fs::rename(&folder, &copy).unwrap();
        place.open().destroy(owner(1)).await.unwrap();
        std::fs::copy(copy.join("1.key"), folder.join("1.key")).unwrap();
        assert_code(place.open().key(owner(1), KeyVersion(1)).await, "storage.not_found");
        assert!(place.open().list().await.unwrap().is_empty());
    });
}

#[test]
fn list_names_every_key_with_its_state() {
    let (runtime, place) = (runtime(), Place::new());
    runtime.block_on(async {
        let keys = place.open();
        for _ in 0..2 {
            keys.rotate(owner(1)).await.unwrap();
        }
        keys.current(owner(2)).await.unwrap();
        keys.current(owner(3)).await.unwrap();
        keys.destroy(owner(3)).await.unwrap();
        let created = keys.list().await.unwrap()[0].created;
        assert!(created.is_some());

        keys.rotate_master().await.unwrap();
        let found = keys.list().await.unwrap();
        assert_eq!(found[0].created, created, "re-encrypting a key does not make it younger");
        let master = Some(keys.masters()[0].id.clone());
        let shown: Vec<_> = found.iter().map(|key| (key.owner, key.version.0, key.is_active)).collect();
        assert_eq!(shown, [(owner(1), 1, false), (owner(1), 2, true), (owner(2), 1, true)]);
        assert!(found.iter().all(|key| key.master == master && key.state == KeyState::Readable));

        std::fs::remove_file(place.key(owner(1), 1)).unwrap();
        std::fs::write(place.key(owner(2), 1), "damaged").unwrap();
        let found = keys.list().await.unwrap();
        assert_eq!((found[0].version.0, &found[0].state), (1, &KeyState::Missing));
        assert!(matches!(found[2].state, KeyState::Unreadable(_)), "{found:?}");
    });
}

#[test]
fn keys_are_readable_while_the_master_key_is_rotated() {
    let (runtime, place) = (runtime(), Place::new());
    runtime.block_on(async {
        let writer = place.open();
        for number in 1..=8 {
            writer.current(owner(number)).await.unwrap();
        }

        let rotations = tokio::spawn(async move {
            for _ in 0..20 {
                assert_eq!(writer.rotate_master().await.unwrap().keys, 8);
            }
        });
        while !rotations.is_finished() {
            let reader = FileKeyProvider::open_unchanged(place.keys(), MasterKeys::in_file(place.master()));
            let reader = reader.unwrap();
            for number in 1..=8 {
                reader.key(owner(number), KeyVersion(1)).await.unwrap();
            }
        }
        rotations.await.unwrap();
    });
}
