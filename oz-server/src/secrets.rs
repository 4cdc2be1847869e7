//! Keys that the service signs with: made at the first start, kept in a file.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use oz_http::ServiceSecrets;
use serde::{Deserialize, Serialize};

use crate::{DataDir, ServiceSettings};
use oz::{Error, Result};

/// The file: bytes in hexadecimal digits, the key in PEM.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    media_urls: String,
    webhooks: String,
    capture_key: String,
}

/// The secrets of a service.
///
/// # Errors
/// `file.unreadable`; `config.invalid` when the file holds something else.
pub fn of(settings: &ServiceSettings) -> Result<ServiceSecrets> {
    match &settings.secrets {
        Some(path) => open(path),
        None => open(&DataDir::open(settings.data_dir.as_deref())?.secrets()),
    }
}

/// Reads the secrets of a file, or makes them. Of several processes that start at once, one makes them for all.
///
/// # Errors
/// `file.unreadable`; `config.invalid` when the file holds something else.
fn open(path: &Path) -> Result<ServiceSecrets> {
    match fs::read_to_string(path) {
        Ok(text) => parse(&text).ok_or_else(|| Error::Config {
            detail: format!("service.secrets: {} does not hold the keys of a service", path.display()),
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => make(path),
        Err(source) => Err(Error::File { action: "read", path: path.into(), source }),
    }
}

fn make(path: &Path) -> Result<ServiceSecrets> {
    let secrets = ServiceSecrets::generate()
        .map_err(|error| Error::Core(oz_core::Error::backend("making secrets", false, error)))?;
    let document = Document {
        media_urls: hex(&secrets.media_urls),
        webhooks: hex(&secrets.webhooks),
        capture_key: secrets.capture_key_pem.clone(),
    };
    let text = serde_json::to_string_pretty(&document).expect("a document of texts");
    match write_new(path, text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => open(path),
        Err(source) => Err(Error::File { action: "write", path: path.into(), source }),
        Ok(()) => Ok(secrets),
    }
}

/// Writes a file that is not there yet, whole or not at all, readable for its owner only.
fn write_new(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let unfinished = path.with_extension(format!("unfinished.{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    // A link, unlike a rename, does not replace what another process made meanwhile.
    let linked = fs::hard_link(&unfinished, path);
    fs::remove_file(&unfinished)?;
    linked
}

fn parse(text: &str) -> Option<ServiceSecrets> {
    let document: Document = serde_json::from_str(text).ok()?;
    Some(ServiceSecrets {
        media_urls: bytes(&document.media_urls)?,
        webhooks: bytes(&document.webhooks)?,
        capture_key_pem: document.capture_key,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.json");
        let made = open(&path).unwrap();
        let read = open(&path).unwrap();
        assert_eq!(
            (made.media_urls, made.webhooks, made.capture_key_pem),
            (read.media_urls, read.webhooks, read.capture_key_pem)
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing unfinished is left");
    }

    #[test]
    fn a_file_of_something_else_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for text in ["", "{}", r#"{"media_urls": "00", "webhooks": "", "capture_key": ""}"#] {
            fs::write(file.path(), text).unwrap();
            assert_eq!(open(file.path()).unwrap_err().code(), "config.invalid");
        }
    }
}
