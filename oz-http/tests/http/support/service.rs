//! Running service.

use std::net::SocketAddr;
use std::sync::Arc;

use oz_conformance::testing::{ManualClock, SequentialIds};
use oz_core::collection::{Collections, LiveIndex};
use oz_core::face::Calibration;
use oz_core::folder::judgement::Judges;
use oz_http::config::ServiceConfig;
use oz_http::{AnalysisEngine, Ports, ServiceInfo, ServiceSecrets, ServiceState, serve};
use oz_storage::license::UnlimitedLicense;
use oz_storage::memory::{
    MemoryAuditLog, MemoryBlobStore, MemoryCollectionRepository, MemoryKeyProvider, MemoryStore,
    MemoryVectorIndex,
};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::decoder::Sniffer;
use super::examiner::{FakeExaminer, model};

/// Running service. Stop it with [`Service::stop`].
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    pub(crate) client: reqwest::Client,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) state: ServiceState,
    stop: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

impl Service {
    /// Starts a service with in-memory storage.
    pub(crate) async fn start() -> Self {
        Self::with(|_| ()).await
    }

    /// Starts a service with in-memory storage and changed settings.
    pub(crate) async fn with(change: impl FnOnce(&mut ServiceConfig)) -> Self {
        let clock = Arc::new(ManualClock::default());
        let (ports, secrets) = (ports(clock.clone()), ServiceSecrets::generate().unwrap());
        let state = ServiceState::persistent(ports, engine(), config(change), secrets).unwrap();
        Self::serve(state, clock).await
    }

    /// Ports to the storage of the service.
    pub(crate) fn ports(&self) -> &Ports {
        self.state.store().unwrap()
    }

    /// Starts a stateless service.
    pub(crate) async fn stateless(change: impl FnOnce(&mut ServiceConfig)) -> Self {
        let clock = Arc::new(ManualClock::default());
        let ids = Arc::new(SequentialIds::default());
        let (config, secrets) = (config(change), ServiceSecrets::generate().unwrap());
        let state = ServiceState::stateless(engine(), config, secrets, clock.clone(), ids).unwrap();
        Self::serve(state, clock).await
    }

    async fn serve(state: ServiceState, clock: Arc<ManualClock>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async move { stopped.await.unwrap_or_default() };
        let server = tokio::spawn(serve(listener, state.clone(), shutdown));
        // Feature unification may enable TLS in the client, which then needs a crypto provider. Fails if one
        // is installed.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { address, client, clock, state, stop, server }
    }

    /// Stops the service and waits until it has stopped.
    pub(crate) async fn stop(self) {
        // The server would wait for kept-alive connections.
        drop(self.client);
        self.stop.send(()).expect("the server must be running");
        self.server.await.unwrap().unwrap();
    }
}

/// Configuration with a cheap password hash, for fast tests.
fn config(change: impl FnOnce(&mut ServiceConfig)) -> ServiceConfig {
    let mut config = ServiceConfig::default();
    config.passwords.memory_kib = 8;
    config.passwords.passes = 1;
    change(&mut config);
    config
}

fn ports(clock: Arc<ManualClock>) -> Ports {
    let (store, blobs) = (Arc::new(MemoryStore::default()), Arc::new(MemoryBlobStore::default()));
    let (ids, license) = (Arc::new(SequentialIds::default()), Arc::new(UnlimitedLicense::default()));
    let repository = Arc::new(MemoryCollectionRepository::default());
    let index = LiveIndex::new(repository.clone(), Arc::new(MemoryVectorIndex::default()));
    let collections = Collections {
        repository,
        index: Arc::new(index),
        blobs: blobs.clone(),
        license: license.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
    };

    Ports {
        accounts: store.clone(),
        folders: store.clone(),
        collections,
        events: store.clone(),
        jobs: store.clone(),
        erasures: store,
        audit: Arc::new(MemoryAuditLog::default()),
        blobs,
        clock,
        ids,
        license,
        keys: Arc::new(MemoryKeyProvider::default()),
    }
}

fn engine() -> AnalysisEngine {
    AnalysisEngine {
        examiner: Arc::new(FakeExaminer::default()),
        decoder: Arc::new(Sniffer),
        calibration: Calibration::uncalibrated(0.4, 12.0).unwrap(),
        judges: Judges::default(),
        info: ServiceInfo {
            core: "1.2.3".into(),
            engines: vec!["fake".into()],
            models: vec![model().to_string()],
        },
    }
}
