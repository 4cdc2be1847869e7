//! Cloud stores that were compiled in, and the options they support.

use object_store::ObjectStoreScheme;

/// Cargo feature of a kind of store, and a predicate for the names of its options if the feature is enabled.
pub(super) type Cloud = (&'static str, Option<fn(&str) -> bool>);

/// Returns the cloud of an address; `None` for every other kind of store.
pub(super) fn cloud(scheme: &ObjectStoreScheme) -> Option<Cloud> {
    match scheme {
        ObjectStoreScheme::AmazonS3 => Some(("s3", S3)),
        ObjectStoreScheme::GoogleCloudStorage => Some(("gcs", GCS)),
        ObjectStoreScheme::MicrosoftAzure => Some(("azure", AZURE)),
        _ => None,
    }
}

#[cfg(feature = "s3")]
const S3: Option<fn(&str) -> bool> =
    Some(|name| name.parse::<object_store::aws::AmazonS3ConfigKey>().is_ok());
#[cfg(not(feature = "s3"))]
const S3: Option<fn(&str) -> bool> = None;

#[cfg(feature = "gcs")]
const GCS: Option<fn(&str) -> bool> = Some(|name| name.parse::<object_store::gcp::GoogleConfigKey>().is_ok());
#[cfg(not(feature = "gcs"))]
const GCS: Option<fn(&str) -> bool> = None;

#[cfg(feature = "azure")]
const AZURE: Option<fn(&str) -> bool> =
    Some(|name| name.parse::<object_store::azure::AzureConfigKey>().is_ok());
#[cfg(not(feature = "azure"))]
const AZURE: Option<fn(&str) -> bool> = None;
