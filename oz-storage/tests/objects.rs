//! Blobs in object stores: in memory, and on an S3 server if `moto[server]` is installed for `python3`.
//!
//! The server does not check signatures, so these tests do not cover access control.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use oz_conformance::{left_out, storage};
use oz_core::storage::BlobKey;
use oz_core::storage::port::BlobStore;
use oz_core::system::{CompanyId, Timestamp, Uuid};
use oz_storage::object_store::ObjectBlobStore;
use tokio::runtime::Runtime;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn key(id: u128) -> BlobKey {
    BlobKey { owner: CompanyId::from(Uuid::from_u128(1)), id: Uuid::from_u128(id) }
}

fn in_memory() -> ObjectBlobStore {
    ObjectBlobStore::connect("memory:///blobs", &[]).unwrap()
}

/// S3 server on a free local port, killed when dropped.
struct Server {
    process: Child,
    address: String,
    prefixes: AtomicU32,
}

impl Server {
    fn start(test: &str) -> Option<Self> {
        let installed = Command::new("python3").args(["-c", "import moto.server, flask"]).output();
        if !installed.is_ok_and(|output| output.status.success()) {
            left_out(test, "moto[server] is not installed for python3");
            return None;
        }
        let mut server = Command::new("python3");
        server.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]).stdout(Stdio::null());
        let mut process = server.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let running =
            |line: String| line.split_once("Running on http://").map(|(_, address)| address.to_owned());
        let address = lines.by_ref().find_map(|line| running(line.unwrap())).unwrap();
        // Drain the output, otherwise the server blocks when the pipe is full.
        std::thread::spawn(move || lines.for_each(drop));
        let server = Self { process, address: address.trim().to_owned(), prefixes: AtomicU32::new(0) };
        server.make_bucket();
        Some(server)
    }

    fn make_bucket(&self) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let host = &self.address;
        write!(
            stream,
            "PUT /oz-test HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }

    /// Store under a unique prefix.
    fn store(&self) -> ObjectBlobStore {
        let endpoint = format!("http://{}", self.address);
        let options = [
            ("aws_endpoint", endpoint.as_str()),
            ("aws_region", "us-east-1"),
            ("aws_access_key_id", "test"),
            ("aws_secret_access_key", "test"),
            ("allow_http", "true"),
        ];
        let options = options.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let prefix = self.prefixes.fetch_add(1, Ordering::SeqCst);
        ObjectBlobStore::connect(&format!("s3://oz-test/{prefix}"), &options).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn memory_object_store_keeps_the_contract() {
    let runtime = runtime();
    storage::blob_store("objects in memory", &|| Arc::new(in_memory()), &|claim| runtime.block_on(claim));
}

#[test]
fn s3_object_store_keeps_the_contract() {
    let Some(server) = Server::start("s3_object_store_keeps_the_contract") else { return };
    let runtime = runtime();
    storage::blob_store("objects on s3", &|| Arc::new(server.store()), &|claim| runtime.block_on(claim));
}

/// Size in bytes: more than two parts, and not a multiple of a part.
const LARGE: usize = 20 * 1_000_000 + 17;

fn large(number: u8) -> Vec<u8> {
    (0..LARGE).map(|at| (at / 1_000) as u8 ^ number).collect()
}

async fn check_large(store: &ObjectBlobStore) {
    let (first, second) = (large(1), large(2));
    let mut writers = [store.create(key(1)).await.unwrap(), store.create(key(1)).await.unwrap()];
    for (part, other) in first.chunks(1_000_000).zip(second.chunks(1_000_000)) {
        writers[0].write(part).await.unwrap();
        writers[1].write(other).await.unwrap();
    }
    assert_eq!(store.size(key(1)).await.unwrap_err().code(), "storage.not_found");
    let [one, other] = writers;
    one.finish().await.unwrap();
    assert_eq!(other.finish().await.unwrap_err().code(), "storage.conflict");
    assert!(store.read(key(1)).await.unwrap() == first, "the content differs");
    let range = store.read_range(key(1), 15_000_000, 10).await.unwrap();
    assert_eq!(range, first[15_000_000..15_000_010]);
    assert_eq!(store.list(key(1).owner, None, 10).await.unwrap(), [key(1)]);
    let later = Timestamp::from_secs(i64::from(u32::MAX));
    assert_eq!(store.sweep(later).await.unwrap(), 0, "an upload left temporary objects");
}

#[test]
fn large_object_is_uploaded_in_parts_and_never_overwritten() {
    runtime().block_on(check_large(&in_memory()));
    let Some(server) = Server::start("large_object_is_uploaded_in_parts_and_never_overwritten") else {
        return;
    };
    runtime().block_on(check_large(&server.store()));
}

#[test]
fn sweep_removes_old_temporary_objects() {
    use object_store::ObjectStoreExt as _;
    let memory = Arc::new(object_store::memory::InMemory::new());
    let store = ObjectBlobStore::new(memory.clone(), "blobs".into());
    runtime().block_on(async {
        store.put(key(1), b"a blob").await.unwrap();
        memory.put(&"blobs/unfinished/left".into(), "left".into()).await.unwrap();
        assert_eq!(store.sweep(Timestamp::from_secs(1)).await.unwrap(), 0);
        assert_eq!(store.sweep(Timestamp::from_secs(i64::from(u32::MAX))).await.unwrap(), 1);
        assert_eq!(store.read(key(1)).await.unwrap(), b"a blob");
    });
}

#[test]
fn unusable_address_and_unknown_option_are_refused() {
    let check = |address: &str, code: &str| {
        let error = ObjectBlobStore::connect(address, &[]).unwrap_err();
        assert_eq!(error.code(), code, "{address}: {error}");
    };
    check("no address", "input.invalid_value");
    check("file:///tmp", "input.invalid_value");
    if cfg!(not(feature = "gcs")) {
        check("gs://bucket/prefix", "input.invalid_value");
    }
    let unknown = [("no_such_option".to_owned(), "x".to_owned())];
    let error = ObjectBlobStore::connect("s3://bucket", &unknown).unwrap_err();
    assert_eq!(error.code(), "input.invalid_value");
}

#[test]
fn debug_shows_no_credentials() {
    let options = [("aws_access_key_id", "who"), ("aws_secret_access_key", "very secret")];
    let options = options.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let store = ObjectBlobStore::connect("s3://bucket/prefix", &options).unwrap();
    assert_eq!(format!("{store:?}"), "ObjectBlobStore(AmazonS3(bucket))");
}
