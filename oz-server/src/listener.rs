//! A socket that speaks HTTP, with or without TLS, and does not wait for slow clients for ever.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use hyper_util::rt::TokioTimer;

use crate::TlsSettings;
use oz::{Error, Result};

/// Longest time in which a client sends the head of a request.
const HEAD: Duration = Duration::from_secs(15);

/// Largest head of a request in bytes.
const MAX_HEAD: usize = 64 << 10;

/// A bound socket and what it speaks.
#[derive(Debug)]
pub(super) struct Listener {
    socket: TcpListener,
    tls: Option<RustlsConfig>,
    /// Where it listens; a port that was left open is known here.
    pub(super) address: SocketAddr,
}

impl Listener {
    /// Binds the address and reads certificate and key.
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
            detail: format!("service.listen: {address} cannot be listened on: {error}"),
        })?;
        Ok(Self { socket, tls, address })
    }

    /// What clients have to ask.
    pub(super) fn url(&self) -> String {
        format!("{}://{}", if self.tls.is_some() { "https" } else { "http" }, self.address)
    }

    /// Serves until the handle says that it is over.
    pub(super) async fn serve(self, router: Router, handle: Handle<SocketAddr>) -> std::io::Result<()> {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        match self.tls {
            None => {
                let mut server = axum_server::from_tcp(self.socket)?.handle(handle);
                bounded(server.http_builder());
                server.serve(service).await
            }
            Some(tls) => {
                let mut server = axum_server::from_tcp_rustls(self.socket, tls)?.handle(handle);
                bounded(server.http_builder());
                server.serve(service).await
            }
        }
    }
}

/// Bounds what a client may cost before its request is known.
fn bounded<E>(builder: &mut hyper_util::server::conn::auto::Builder<E>) {
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(MAX_HEAD);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(HEAD).max_header_list_size(MAX_HEAD as u32);
}

async fn certificate(files: &TlsSettings) -> Result<RustlsConfig> {
    // Several cryptography providers can be linked; this one is the one we mean.
    let _ = rustls::crypto::ring::default_provider().install_default();
    RustlsConfig::from_pem_file(&files.certificate, &files.key).await.map_err(|error| Error::Config {
        detail: format!("service.tls: {} and {}: {error}", files.certificate.display(), files.key.display()),
    })
}
