//! Which clouds were compiled in, and which options they know.

use object_store::ObjectStoreScheme;

/// The feature that brings a kind of store, and whether a name is that of one of its options; nothing for kinds that are not
/// used.
pub(super) type Cloud = (&'static str, Option<fn(&str) -> bool>);

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
