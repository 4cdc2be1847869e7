//! Layers over adapters. Each keeps the contract of the port it wraps and adds one concern.

#[cfg(feature = "encryption")]
mod damage;
#[cfg(feature = "encryption")]
mod encrypted;
#[cfg(feature = "encryption")]
mod envelope;
mod metered;
mod retry;
#[cfg(feature = "encryption")]
mod sealer;

#[cfg(feature = "encryption")]
pub use encrypted::EncryptedBlobStore;
pub use metered::MeteredBlobStore;
pub use retry::RetryingBlobStore;
#[cfg(feature = "encryption")]
pub use sealer::Sealer;
