//! Reasons why a service cannot start.

/// Secret, setting or part of an application that a service cannot start with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The capture token key is not a P-384 private key in PKCS #8 PEM.
    #[error("the capture token key must be a P-384 private key in PKCS #8 PEM")]
    CaptureKey,
    /// The parameters of the password hash are out of range.
    #[error("invalid password hashing parameters: {0}")]
    Passwords(String),
    /// A custom kind of analysis has the name of a type of the Oz API.
    #[error("the kind of analysis `{0}` has the name of a type of the Oz API: clients could not start it")]
    ReservedKind(String),
    /// The operating system provides no random bytes.
    #[error("the operating system provides no random bytes")]
    Randomness,
}
