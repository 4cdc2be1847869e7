//! Asking services on this machine.

use reqwest::{Client, Result};

/// A client for this address that goes through no proxy: what it asks is near.
pub(crate) fn client(url: &str) -> Result<Client> {
    // An error means that ciphers were chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().no_proxy();
    // Small images of containers have no certificates, without which there would be no client; what is not encrypted needs
    // none.
    let builder = if url.starts_with("http:") { builder.tls_certs_only([]) } else { builder };
    builder.build()
}
