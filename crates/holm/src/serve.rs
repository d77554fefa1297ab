//! Serving an app: address, log, shutdown.

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Weak};

use axum::Router;
use axum::serve::ListenerExt;
use futures_util::future::join_all;
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpSocket};

use crate::hub::HubInner;
use crate::{Error, Limits, Result};

mod signals;
mod sockets;

use signals::Signals;

/// The hubs of this process, so that a shutdown finds their connections.
static HUBS: Mutex<Vec<Weak<HubInner>>> = Mutex::new(Vec::new());

pub(crate) fn remember(hub: &Arc<HubInner>) {
    let mut hubs = HUBS.lock();
    hubs.retain(|hub| hub.strong_count() > 0);
    hubs.push(Arc::downgrade(hub));
}

/// Serves `app` on `HOLM_ADDR`, `127.0.0.1:3000` when unset, until SIGTERM or Ctrl-C.
///
/// Logs where to click. Installs a log subscriber (`RUST_LOG`, `info` when unset) if there is none.
///
/// At the signal it stops listening, so that the next process may take the address. Requests that are
/// under way finish; pages are told to come back and their islands are sealed, so that a restart goes
/// on where the old process stopped. It returns when all of them are done, and at the latest after
/// `Limits::drain`. A second signal ends the process at once.
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
    let listener = listen(&address).await.map_err(|error| {
        Error::from(error).say(format!("{address} cannot be listened on; HOLM_ADDR names another address"))
    })?;
    serve_on(listener, app).await
}

/// [`serve`] on a socket that is bound already, with no log of its own.
///
/// # Errors
/// When the socket fails, or the system lets nobody listen for signals.
pub async fn serve_on(listener: TcpListener, app: Router) -> Result {
    if !cfg!(panic = "unwind") {
        tracing::error!("built with panic = \"abort\": a panic in one handler ends the whole server");
    }
    let mut signals = Signals::listen()?;
    let address = listener.local_addr()?;
    tracing::info!("open http://{}/", clickable(address));
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let listener = listener.tap_io(|socket| sockets::prepare(socket));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = axum::serve(listener, app).with_graceful_shutdown(async {
        let _ = stopped.await;
    });
    let mut serving = pin!(serving.into_future());
    tokio::select! {
        result = &mut serving => return Ok(result?),
        _ = signals.next() => {}
    }
    tracing::info!("stopping: connections are told to come back");
    let hubs: Vec<_> = HUBS.lock().iter().filter_map(Weak::upgrade).collect();
    let patience = hubs.iter().map(|hub| hub.drain_time()).max().unwrap_or(Limits::default().drain);
    // The listener closes now, while the sessions leave and requests finish.
    let _ = stop.send(());
    let drains = join_all(hubs.iter().map(|hub| hub.drain()));
    let everything = async { tokio::join!(serving, drains).0 };
    tokio::select! {
        result = tokio::time::timeout(patience, everything) => {
            if let Ok(result) = result {
                result?;
            } else {
                tracing::warn!("stopped with connections or requests still open");
            }
        }
        status = signals.next() => {
            tracing::warn!("stopped at the second signal");
            std::process::exit(status);
        }
    }
    Ok(())
}

/// Listens with a longer queue than usual: after a restart all pages come back within seconds.
async fn listen(address: &str) -> std::io::Result<TcpListener> {
    const QUEUE: u32 = 4_096;
    let mut last = None;
    for address in tokio::net::lookup_host(address).await? {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        let listened = socket.and_then(|socket| {
            // As `TcpListener::bind` does: a port whose last connections are still closing is free.
            socket.set_reuseaddr(cfg!(unix))?;
            socket.bind(address)?;
            socket.listen(QUEUE)
        });
        match listened {
            Ok(listener) => return Ok(listener),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| std::io::ErrorKind::AddrNotAvailable.into()))
}

/// An address as a browser takes it: nobody clicks on `0.0.0.0`.
fn clickable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    address
}
