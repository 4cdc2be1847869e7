//! Where messages may go. The check is made on the addresses that are connected to, after names were resolved: a name that
//! leads into a private network, or that changes its mind between check and use, gets nowhere.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

use crate::config::WebhookConfig;

/// Why an address is not called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum AddressFault {
    /// Not the URL of a web server.
    #[error("the endpoint is no URL of a web server")]
    NoUrl,
    /// Without TLS, where that is asked for.
    #[error("the endpoint has to be called by https")]
    Insecure,
    /// In a network that is not public.
    #[error("the endpoint is in a private network")]
    Private,
    /// The name leads nowhere at the moment.
    #[error("the name of the endpoint cannot be resolved")]
    Unknown,
}

/// The URL of an endpoint that may be called as far as its text tells.
pub(super) fn checked(endpoint: &str, config: &WebhookConfig) -> Result<Url, AddressFault> {
    let url = Url::parse(endpoint).map_err(|_| AddressFault::NoUrl)?;
    match url.scheme() {
        "https" => {}
        "http" if config.allow_http => {}
        "http" => return Err(AddressFault::Insecure),
        _ => return Err(AddressFault::NoUrl),
    }
    if url.host().is_some() { Ok(url) } else { Err(AddressFault::NoUrl) }
}

/// The addresses of a URL, all of them public unless `allow_private`. One that is not refuses all.
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

/// Whether an address belongs to the public internet.
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

/// Only what is global unicast, without the ranges in it that lead elsewhere; of those that carry an IPv4 address it decides.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let v4 = |high: u16, low: u16| {
        let [[a, b], [c, d]] = [high.to_be_bytes(), low.to_be_bytes()];
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        // Teredo, benchmarking, ORCHID and other assignments for protocols.
        [0x2001, second, ..] if second < 0x200 => false,
        [0x2001, 0xdb8, ..] | [0x3fff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_called() {
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
    async fn names_are_judged_by_where_they_lead() {
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
    fn endpoints_are_web_servers() {
        let open = WebhookConfig::default();
        let strict = WebhookConfig { allow_http: false, ..WebhookConfig::default() };
        assert!(
            checked("http://acme.example/x", &open).is_ok()
                && checked("https://acme.example/x", &strict).is_ok()
        );
        assert_eq!(checked("http://acme.example/x", &strict), Err(AddressFault::Insecure));
        for text in ["", "acme.example", "ftp://acme.example/", "file:///etc/passwd", "data:text/plain,x"] {
            assert_eq!(checked(text, &open), Err(AddressFault::NoUrl), "{text}");
        }
    }
}
