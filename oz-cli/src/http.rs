//! HTTP client for services on this machine.

use reqwest::{Client, Result};

/// Creates a client for this URL. It uses no proxy, as the service is local.
pub(crate) fn client(url: &str) -> Result<Client> {
    // Fails only if a provider is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();

    let builder = Client::builder().no_proxy();
    // Minimal container images contain no root certificates, and loading none is an error. Plain HTTP needs
    // none.
    let builder = if url.starts_with("http:") { builder.tls_certs_only([]) } else { builder };
    builder.build()
}
