//! One POST to an address that was checked. A client of its own, because what matters is what it does not do: resolve again,
//! follow redirects, go through a proxy, read answers without end.

use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Position, Url};

/// What is sent.
pub(super) struct Message {
    pub(super) id: String,
    pub(super) timestamp: i64,
    pub(super) signature: String,
    pub(super) body: Vec<u8>,
}

/// Why a message was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PostFault {
    /// No connection.
    #[error("the endpoint cannot be reached")]
    Unreachable,
    /// No connection that can be trusted.
    #[error("the endpoint cannot prove who it is")]
    Untrusted,
    /// No answer.
    #[error("the connection to the endpoint broke")]
    Broken,
    /// An answer that does not take it.
    #[error("the endpoint answered {0}")]
    Answered(u16),
    /// The endpoint wants no messages any more.
    #[error("the endpoint is gone (410)")]
    Gone,
}

/// Sends a message to one of the addresses, in the name of the URL.
pub(super) async fn post(url: &Url, addresses: &[SocketAddr], message: Message) -> Result<(), PostFault> {
    let stream = connect(addresses).await?;
    let request = request(url, message).ok_or(PostFault::Unreachable)?;
    let status = match url.scheme() {
        "https" => exchange(secured(url, stream).await?, request).await,
        _ => exchange(stream, request).await,
    }?;
    match status {
        status if status.is_success() => Ok(()),
        StatusCode::GONE => Err(PostFault::Gone),
        status => Err(PostFault::Answered(status.as_u16())),
    }
}

async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, PostFault> {
    for address in addresses {
        if let Ok(stream) = TcpStream::connect(address).await {
            return Ok(stream);
        }
    }
    Err(PostFault::Unreachable)
}

async fn secured(
    url: &Url,
    stream: TcpStream,
) -> Result<impl AsyncRead + AsyncWrite + Unpin + Send + use<>, PostFault> {
    static CONFIG: LazyLock<Option<Arc<ClientConfig>>> = LazyLock::new(|| {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().ok()?;
        Some(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
    });
    let host = url.host_str().ok_or(PostFault::Untrusted)?.trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(|_| PostFault::Untrusted)?;
    let config = CONFIG.clone().ok_or(PostFault::Untrusted)?;
    TlsConnector::from(config).connect(name, stream).await.map_err(|_| PostFault::Untrusted)
}

fn request(url: &Url, message: Message) -> Option<Request<Full<Bytes>>> {
    Request::post(&url[Position::BeforePath..Position::AfterQuery])
        .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
        .header(USER_AGENT, concat!("oz/", env!("CARGO_PKG_VERSION")))
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", message.id)
        .header("webhook-timestamp", message.timestamp)
        .header("webhook-signature", message.signature)
        .body(Full::new(message.body.into()))
        .ok()
}

/// The status alone counts; what follows it is not read.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<StatusCode, PostFault> {
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|_| PostFault::Broken)?;
    let answered = async { sender.send_request(request).await.map(|response| response.status()) };
    tokio::pin!(answered, connection);
    let status = tokio::select! {
        status = &mut answered => status,
        // The other side may close as soon as it has answered.
        _ = &mut connection => answered.await,
    };
    status.map_err(|_| PostFault::Broken)
}
