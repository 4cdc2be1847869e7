//! Validation of endpoint addresses, against server-side request forgery. The resolved addresses are checked
//! and then used for the connection: neither a name that resolves to a private address nor DNS rebinding
//! bypasses the check.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

use crate::config::WebhookConfig;

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

/// Whether an address is globally reachable.
///
/// Source: IANA IPv4 and IPv6 Special-Purpose Address Registries.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b));
    !is_special
}

/// Global unicast (2000::/3) without its special-purpose ranges. For addresses that embed an IPv4 address,
/// the IPv4 address decides.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let v4 = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        // Teredo, benchmarking, ORCHID and other IETF protocol assignments.
        [0x2001, second, ..] if second < 0x200 => false,
        [0x2001, 0xdb8, ..] | [0x3fff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_accepted() {
        for public in [
            "93.184.216.34",
            "8.8.8.8",
            "100.63.0.1",
            "2606:4700::1111",
            "64:ff9b::808:808",
            "::ffff:8.8.8.8",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }

        let private = [
            "127.0.0.1",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.0.192",
            "198.18.0.1",
            "203.0.113.5",
            "240.0.0.1",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "2001::1",
            "2001:db8::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
            "64:ff9b:1::1",
            "3fff::1",
        ];
        for address in private {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
    }

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
