//! Signing keys of the service, generated at the first start and stored in a file.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use oz_http::ServiceSecrets;
use serde::{Deserialize, Serialize};

use crate::{DataDir, ServiceSettings};
use oz::{Error, Result};

/// Content of the file: bytes in hexadecimal digits, the key in PEM.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    media_urls: String,
    webhooks: String,
    capture_key: String,
}

/// Reads the signing keys from `service.secrets`, by default a file in the data folder. Generates them if the
/// file does not exist.
///
/// # Errors
/// `file.unreadable`; `config.invalid` when the file is not a file of signing keys.
pub fn of(settings: &ServiceSettings) -> Result<ServiceSecrets> {
    match &settings.secrets {
        Some(path) => open(path),
        None => open(&DataDir::open(settings.data_dir.as_deref())?.secrets()),
    }
}

/// Reads the keys from a file or generates them. If several processes start at the same time, all use the
/// keys of the first.
fn open(path: &Path) -> Result<ServiceSecrets> {
    match fs::read_to_string(path) {
        Ok(text) => parse(&text).ok_or_else(|| Error::Config {
            detail: format!("service.secrets: {} does not contain signing keys", path.display()),
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => generate(path),
        Err(source) => Err(Error::File { action: "read", path: path.into(), source }),
    }
}

fn generate(path: &Path) -> Result<ServiceSecrets> {
    let secrets = ServiceSecrets::generate()
        .map_err(|error| Error::Core(oz_core::Error::backend("generating signing keys", false, error)))?;
    let document = Document {
        media_urls: hex(&secrets.media_urls),
        webhooks: hex(&secrets.webhooks),
        capture_key: secrets.capture_key_pem.clone(),
    };
    let text = serde_json::to_string_pretty(&document).expect("strings serialise to JSON");

    match write_new(path, text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => open(path),
        Err(source) => Err(Error::File { action: "write", path: path.into(), source }),
        Ok(()) => Ok(secrets),
    }
}

/// Writes a new file atomically, readable by its owner only. Fails if the file exists.
fn write_new(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let unfinished = path.with_extension(format!("unfinished.{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;

    // A link fails if another process has created the file in the meantime; a rename would replace it.
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
    fn secrets_are_generated_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets.json");
        let generated = open(&path).unwrap();
        let read = open(&path).unwrap();
        assert_eq!(
            (generated.media_urls, generated.webhooks, generated.capture_key_pem),
            (read.media_urls, read.webhooks, read.capture_key_pem)
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file remains");
    }

    #[test]
    fn file_with_other_content_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for text in ["", "{}", r#"{"media_urls": "00", "webhooks": "", "capture_key": ""}"#] {
            fs::write(file.path(), text).unwrap();
            assert_eq!(open(file.path()).unwrap_err().code(), "config.invalid");
        }
    }
}
