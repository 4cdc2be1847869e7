//! Configuration of a store from its address and options.

use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreScheme, parse_url_opts};
use oz_core::{Error, Result};
use url::Url;

use super::clouds::cloud;

const ADDRESS: &str = "address of the object store";

/// Option of S3 that makes a copy fail when the name is taken.
const COPY_IF_ABSENT: (&str, &str) = ("aws_copy_if_not_exists", "multipart");

/// Configures the store at an address and returns it with the prefix in the address.
pub(super) fn connect(address: &str, options: &[(String, String)]) -> Result<(Arc<dyn ObjectStore>, Path)> {
    let refused = |detail: String| Error::InvalidValue { name: ADDRESS, detail };
    let url = Url::parse(address).map_err(|error| refused(error.to_string()))?;
    let (scheme, _) = ObjectStoreScheme::parse(&url).map_err(|error| refused(error.to_string()))?;
    ensure_known(&scheme, options)?;
    #[cfg(feature = "cloud")]
    install_crypto_provider();

    let mut options = options.to_vec();
    let is_configured = options.iter().any(|(name, _)| name.eq_ignore_ascii_case(COPY_IF_ABSENT.0));
    if scheme == ObjectStoreScheme::AmazonS3 && !is_configured {
        options.push((COPY_IF_ABSENT.0.into(), COPY_IF_ABSENT.1.into()));
    }

    let configured = parse_url_opts(&url, options);
    let (store, prefix) =
        configured.map_err(|error| Error::backend("configuring the object store", false, error))?;
    Ok((Arc::from(store), prefix))
}

/// Refuses kinds of stores that were not compiled in, and options that would be ignored.
fn ensure_known(scheme: &ObjectStoreScheme, options: &[(String, String)]) -> Result<()> {
    let refused = |name, detail| Err(Error::InvalidValue { name, detail });
    let known: fn(&str) -> bool = match cloud(scheme) {
        Some((_, Some(known))) => known,
        Some((feature, None)) => {
            return refused(
                ADDRESS,
                format!("this kind of store needs the cargo feature `{feature}`, which is disabled"),
            );
        }
        None if *scheme == ObjectStoreScheme::Memory => |_| false,
        None => {
            let kinds = "must be an address of S3, Google Cloud Storage or Azure";
            return refused(ADDRESS, kinds.into());
        }
    };

    match options.iter().find(|(name, _)| !known(&name.to_ascii_lowercase())) {
        Some((name, _)) => refused("option of the object store", format!("unknown option `{name}`")),
        None => Ok(()),
    }
}

/// Installs the crypto provider of `ring` for TLS, unless the process has already installed one.
#[cfg(feature = "cloud")]
fn install_crypto_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error means that another thread has installed one in the meantime.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
