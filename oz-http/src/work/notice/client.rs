//! Minimal HTTP client for a POST to a checked address. Unlike a general client it never resolves names
//! again, follows redirects, uses a proxy or reads the response body.

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

/// Signed notice.
pub(super) struct Message {
    pub(super) id: String,
    pub(super) timestamp: i64,
    pub(super) signature: String,
    pub(super) body: Vec<u8>,
}

/// Reason why a notice was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum PostFault {
    /// No TCP connection.
    #[error("the endpoint cannot be reached")]
    Unreachable,
    /// TLS handshake failed.
    #[error("the TLS handshake with the endpoint failed")]
    Untrusted,
    /// Connection lost before the response.
    #[error("the connection to the endpoint was lost")]
    Broken,
    /// Response with a status other than 2xx.
    #[error("the endpoint responded with status {0}")]
    Answered(u16),
    /// Endpoint has unsubscribed with status 410.
    #[error("the endpoint responded with status 410 (Gone)")]
    Gone,
}

/// Sends a notice to the first reachable address. `Host` and TLS server name are those of `url`.
pub(super) async fn post(url: &Url, addresses: &[SocketAddr], message: Message) -> Result<(), PostFault> {
    let stream = connect(addresses).await?;
    let request = request(url, message).ok_or(PostFault::Unreachable)?;
    let status = match url.scheme() {
        "https" => exchange(start_tls(url, stream).await?, request).await,
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

async fn start_tls(
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

/// Sends the request and returns the status of the response. The response body is not read.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<StatusCode, PostFault> {
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|_| PostFault::Broken)?;
    let response = async { sender.send_request(request).await.map(|response| response.status()) };
    tokio::pin!(response, connection);

    let status = tokio::select! {
        status = &mut response => status,
        // The endpoint may close the connection right after its response.
        _ = &mut connection => response.await,
    };
    status.map_err(|_| PostFault::Broken)
}
