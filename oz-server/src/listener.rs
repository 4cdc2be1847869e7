//! HTTP socket, with or without TLS, with limits on slow clients.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::TokioTimer;

use crate::TlsSettings;
use oz::{Error, Result};

/// Maximum time in which a client sends the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);

/// Maximum size of the head of a request in bytes.
const MAX_HEAD: usize = 64 << 10;

/// Bound socket with its TLS configuration.
#[derive(Debug)]
pub(super) struct Listener {
    socket: TcpListener,
    tls: Option<RustlsConfig>,
    /// Bound address, with the selected port where port 0 was requested.
    pub(super) address: SocketAddr,
}

impl Listener {
    /// Binds the address, and reads certificate and key.
    pub(super) async fn bind(address: SocketAddr, tls: Option<&TlsSettings>) -> Result<Self> {
        let tls = match tls {
            None => None,
            Some(files) => Some(certificate(files).await?),
        };
        let bound = TcpListener::bind(address).and_then(|socket| {
            socket.set_nonblocking(true)?;
            Ok((socket.local_addr()?, socket))
        });
        let (address, socket) = bound.map_err(|error| Error::Config {
            detail: format!("service.listen: cannot listen on {address}: {error}"),
        })?;
        Ok(Self { socket, tls, address })
    }

    /// URL of the service.
    pub(super) fn url(&self) -> String {
        format!("{}://{}", if self.tls.is_some() { "https" } else { "http" }, self.address)
    }

    /// Serves until the handle shuts it down.
    pub(super) async fn serve(self, router: Router, handle: Handle<SocketAddr>) -> std::io::Result<()> {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        match self.tls {
            None => {
                let mut server = axum_server::from_tcp(self.socket)?.handle(handle);
                limit_clients(server.http_builder());
                server.serve(service).await
            }
            Some(tls) => {
                let mut server = axum_server::from_tcp_rustls(self.socket, tls)?.handle(handle);
                limit_clients(server.http_builder());
                server.serve(service).await
            }
        }
    }
}

/// Limits the time and memory that a client can use before its request is routed.
fn limit_clients<E>(builder: &mut hyper_util::server::conn::auto::Builder<E>) {
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HEAD_TIMEOUT)
        .max_header_list_size(MAX_HEAD as u32);
}

async fn certificate(files: &TlsSettings) -> Result<RustlsConfig> {
    // Dependencies can link several providers; rustls does not choose one of them. Fails only if one is
    // installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    RustlsConfig::from_pem_file(&files.certificate, &files.key).await.map_err(|error| Error::Config {
        detail: format!("service.tls: {} and {}: {error}", files.certificate.display(), files.key.display()),
    })
}
