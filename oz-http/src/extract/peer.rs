//! Client address of a request.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::extract::connect_info::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::{ApiError, ServiceState};

/// Address of the client: that of the connection or, behind a trusted proxy, from `X-Forwarded-For`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

impl FromRequestParts<ServiceState> for Peer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ServiceState) -> Result<Self, ApiError> {
        let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        // A router embedded without connection info treats all requests as coming from one address.
        let address = connection.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |connection| connection.0.ip());
        Ok(Self(client(address, &parts.headers, &state.config().network.trusted_proxies)))
    }
}

/// Returns the last address of the chain that is not a trusted proxy; earlier entries can be forged.
fn client(connection: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.contains(&address.to_canonical());
    let mut client = connection;
    let chains = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = chains.flat_map(|chain| chain.split(',')).map(str::trim).collect();
    for hop in hops.iter().rev() {
        let (true, Ok(address)) = (is_trusted(&client), hop.parse()) else { break };
        client = address;
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(connection: &str, forwarded: &str, trusted: &[&str], expected: &str) {
        let headers =
            HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), forwarded.parse().unwrap())]);
        let trusted: Vec<IpAddr> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!(client(connection.parse().unwrap(), &headers, &trusted).to_string(), expected);
    }

    #[test]
    fn forwarded_address_is_used_only_behind_trusted_proxies() {
        check("9.9.9.9", "1.2.3.4", &[], "9.9.9.9");
        check("10.0.0.1", "1.2.3.4", &["10.0.0.1"], "1.2.3.4");
        check("10.0.0.1", "6.6.6.6, 1.2.3.4", &["10.0.0.1"], "1.2.3.4");
        check("10.0.0.1", "1.2.3.4, 10.0.0.2", &["10.0.0.1", "10.0.0.2"], "1.2.3.4");
        check("10.0.0.1", "nonsense", &["10.0.0.1"], "10.0.0.1");
    }
}
