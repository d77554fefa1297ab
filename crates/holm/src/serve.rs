//! Serving an app: address, log, shutdown.

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt;
use parking_lot::Mutex;
use tokio::net::TcpListener;

use crate::hub::Hub;
use crate::{Error, Result};

/// How long a shutdown waits for plain requests once the sockets have gone.
const LAST_REQUESTS: Duration = Duration::from_secs(3);

/// The hubs of this process, so that a shutdown finds their connections.
static HUBS: Mutex<Vec<Weak<Hub>>> = Mutex::new(Vec::new());

pub(crate) fn remember(hub: &Arc<Hub>) {
    let mut hubs = HUBS.lock();
    hubs.retain(|hub| hub.strong_count() > 0);
    hubs.push(Arc::downgrade(hub));
}

/// Serves `app` on `HOLM_ADDR`, `127.0.0.1:3000` when unset, until SIGTERM or Ctrl-C.
///
/// Logs where to click. Installs a log subscriber (`RUST_LOG`, `info` when unset) if there is none.
/// At the end, pages are told to come back and their islands are sealed, so that a restart goes on
/// where the old process stopped.
///
/// ```no_run
/// # use holm::prelude::*;
/// #[tokio::main]
/// async fn main() -> holm::Result {
///     holm::serve(Router::new().with_live(Live::new())).await
/// }
/// ```
///
/// # Errors
/// When the address is none, or is taken.
pub async fn serve(app: Router) -> Result {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    // An app that has a subscriber keeps it.
    let _ = tracing_subscriber::fmt().with_env_filter(filter).try_init();
    crate::notes::tell();
    let address = std::env::var("HOLM_ADDR").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(&address).await.map_err(|error| {
        Error::from(error).say(format!("{address} cannot be listened on; HOLM_ADDR names another address"))
    })?;
    serve_on(listener, app).await
}

/// [`serve`] on a socket that is bound already, with no log of its own.
///
/// # Errors
/// When the socket fails.
pub async fn serve_on(listener: TcpListener, app: Router) -> Result {
    if !cfg!(panic = "unwind") {
        tracing::error!("built with panic = \"abort\": a panic in one handler ends the whole server");
    }
    let address = listener.local_addr()?;
    tracing::info!("open http://{}/", clickable(address));
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    // Small frames are not to wait for the answer to the last one (Nagle's algorithm).
    let listener = listener.tap_io(|socket| {
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY cannot be set");
        }
    });
    let (drained, last) = tokio::sync::oneshot::channel();
    let serving = axum::serve(listener, app).with_graceful_shutdown(async {
        stop_signal().await;
        tracing::info!("stopping: connections are told to come back");
        let hubs: Vec<_> = HUBS.lock().iter().filter_map(Weak::upgrade).collect();
        for hub in hubs {
            hub.drain().await;
        }
        let _ = drained.send(());
    });
    tokio::select! {
        result = serving.into_future() => result?,
        () = async {
            if last.await.is_err() {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(LAST_REQUESTS).await;
        } => tracing::warn!("stopped with requests still open"),
    }
    Ok(())
}

/// An address as a browser takes it: nobody clicks on `0.0.0.0`.
fn clickable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    address
}

async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
