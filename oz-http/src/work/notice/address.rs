//! Validation of endpoint addresses, against server-side request forgery. The resolved addresses are checked
//! and then used for the connection: neither a name that resolves to a private address nor DNS rebinding
//! bypasses the check.

use std::net::SocketAddr;

use url::{Host, Url};

use crate::config::WebhookConfig;
use crate::public_address::is_public;

/// Reason why an endpoint is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum AddressFault {
    /// Not an `http` or `https` URL.
    #[error("the endpoint must be an http or https URL")]
    NoUrl,
    /// Plain HTTP, where TLS is required.
    #[error("the endpoint must use https")]
    Insecure,
    /// Address outside the public internet.
    #[error("the endpoint is in a private network")]
    Private,
    /// Host name that does not resolve at the moment.
    #[error("the host name of the endpoint cannot be resolved")]
    Unknown,
}

/// Parses the URL of an endpoint and checks its scheme.
pub(super) fn parse(endpoint: &str, config: &WebhookConfig) -> Result<Url, AddressFault> {
    let url = Url::parse(endpoint).map_err(|_| AddressFault::NoUrl)?;
    match url.scheme() {
        "https" => {}
        "http" if config.allow_http => {}
        "http" => return Err(AddressFault::Insecure),
        _ => return Err(AddressFault::NoUrl),
    }
    if url.host().is_some() { Ok(url) } else { Err(AddressFault::NoUrl) }
}

/// Resolves the addresses of a URL. Unless `allow_private`, a single private address rejects the endpoint.
pub(super) async fn resolve(url: &Url, allow_private: bool) -> Result<Vec<SocketAddr>, AddressFault> {
    let port = url.port_or_known_default().ok_or(AddressFault::NoUrl)?;
    let addresses: Vec<SocketAddr> = match url.host().ok_or(AddressFault::NoUrl)? {
        Host::Ipv4(address) => vec![(address, port).into()],
        Host::Ipv6(address) => vec![(address, port).into()],
        Host::Domain(name) => {
            tokio::net::lookup_host((name, port)).await.map_err(|_| AddressFault::Unknown)?.collect()
        }
    };
    if addresses.is_empty() {
        return Err(AddressFault::Unknown);
    }
    if !allow_private && !addresses.iter().all(|address| is_public(address.ip())) {
        return Err(AddressFault::Private);
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn host_names_are_checked_by_their_addresses() {
        let url = |text: &str| Url::parse(text).unwrap();
        for private in
            ["http://localhost:1/", "http://0x7f.1:1/", "http://[::ffff:10.0.0.1]:1/", "http://2130706433/"]
        {
            assert_eq!(resolve(&url(private), false).await, Err(AddressFault::Private), "{private}");
            assert!(resolve(&url(private), true).await.is_ok(), "{private}");
        }
        assert!(resolve(&url("https://8.8.8.8/"), false).await.is_ok());
    }

    #[test]
    fn endpoint_must_be_a_web_url() {
        let open = WebhookConfig::default();
        let strict = WebhookConfig { allow_http: false, ..WebhookConfig::default() };
        assert!(
            parse("http://acme.example/x", &open).is_ok() && parse("https://acme.example/x", &strict).is_ok()
        );
        assert_eq!(parse("http://acme.example/x", &strict), Err(AddressFault::Insecure));
        for text in ["", "acme.example", "ftp://acme.example/", "file:///etc/passwd", "data:text/plain,x"] {
            assert_eq!(parse(text, &open), Err(AddressFault::NoUrl), "{text}");
        }
    }
}
