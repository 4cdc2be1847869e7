//! A store by its address.

use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreScheme, parse_url_opts};
use oz_core::{Error, Result};
use url::Url;

use super::clouds::cloud;

const ADDRESS: &str = "address of the object store";

/// The only way to copy on S3 that fails when the name is taken.
const COPY_IF_ABSENT: (&str, &str) = ("aws_copy_if_not_exists", "multipart");

/// The store at an address, and the prefix in it.
pub(super) fn connect(address: &str, options: &[(String, String)]) -> Result<(Arc<dyn ObjectStore>, Path)> {
    let refused = |detail: String| Error::InvalidValue { name: ADDRESS, detail };
    let url = Url::parse(address).map_err(|error| refused(error.to_string()))?;
    let (scheme, _) = ObjectStoreScheme::parse(&url).map_err(|error| refused(error.to_string()))?;
    demand_known(&scheme, options)?;
    #[cfg(feature = "cloud")]
    provide_ciphers();
    let mut options = options.to_vec();
    let is_chosen = options.iter().any(|(name, _)| name.eq_ignore_ascii_case(COPY_IF_ABSENT.0));
    if scheme == ObjectStoreScheme::AmazonS3 && !is_chosen {
        options.push((COPY_IF_ABSENT.0.into(), COPY_IF_ABSENT.1.into()));
    }
    let made = parse_url_opts(&url, options);
    let (store, prefix) =
        made.map_err(|error| Error::backend("configuring the object store", false, error))?;
    Ok((Arc::from(store), prefix))
}

/// Refuses kinds of stores that were not compiled in, and options that nobody would heed.
fn demand_known(scheme: &ObjectStoreScheme, options: &[(String, String)]) -> Result<()> {
    let refused = |name, detail| Err(Error::InvalidValue { name, detail });
    let known: fn(&str) -> bool = match cloud(scheme) {
        Some((_, Some(known))) => known,
        Some((feature, None)) => {
            return refused(ADDRESS, format!("this program was built without the feature `{feature}`"));
        }
        None if *scheme == ObjectStoreScheme::Memory => |_| false,
        None => {
            let kinds = "it is none of S3, Google Cloud Storage and Azure; a folder has its own adapter";
            return refused(ADDRESS, kinds.into());
        }
    };
    match options.iter().find(|(name, _)| !known(&name.to_ascii_lowercase())) {
        Some((name, _)) => refused("option of the object store", format!("there is no `{name}`")),
        None => Ok(()),
    }
}

/// TLS takes the ciphers of the process; one that has none yet gets those of ring.
#[cfg(feature = "cloud")]
fn provide_ciphers() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error means that somebody else was faster, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
