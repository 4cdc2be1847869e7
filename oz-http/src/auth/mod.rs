//! Authentication: passwords, session and capture tokens, and throttling of sign-in attempts.
//!
//! Invariants: neither a password nor a token is stored or logged; comparing with a secret takes the
//! same time on match and mismatch.

mod bootstrap;
mod capture;
mod guard;
mod passwords;
pub mod port;
mod session_tokens;
mod sessions;
mod tokens;

pub use bootstrap::{OneTimePassword, bootstrap_administrator, random_password};
pub use capture::{CaptureClaims, CaptureRefusal, CaptureTokens};
pub use guard::SignInGuard;
pub use passwords::{Passwords, check_password};
pub use session_tokens::SessionTokens;
pub use sessions::{OpenedSession, open_session};
pub use tokens::{Token, random_bytes};
