//! Layers over adapters: they keep the contract of the port that they wrap, and add one thing.

#[cfg(feature = "encryption")]
mod damage;
#[cfg(feature = "encryption")]
mod encrypted;
#[cfg(feature = "encryption")]
mod envelope;
#[cfg(feature = "encryption")]
mod sealer;

#[cfg(feature = "encryption")]
pub use encrypted::EncryptedBlobStore;
#[cfg(feature = "encryption")]
pub use sealer::Sealer;
