//! A TCP proxy that does to a connection what networks and careless proxies do.
//!
//! Faults are set while it runs ([`Proxy::set`]) and hold for every connection from then on, open
//! ones too: delay with jitter, a rate, silence with the sockets left open (half-open), refusal of new
//! connections, of WebSocket upgrades alone, event streams held back until they end, and POST requests
//! that come twice or late. [`Proxy::cut`] ends what is open now, [`Proxy::cut_after`] ends a
//! connection in the middle of whatever passes. Bytes inside one TCP stream are neither doubled nor
//! reordered, as no network does that.
//!
//! Chance comes from a seed and the connection's number, so a story with one connection after the
//! other meets the same faults each time.

mod faults;
mod http;
mod pump;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio::task::{JoinHandle, JoinSet};

pub use faults::{Faults, How, Side, Upgrades, Way};
use http::{Answers, Requests};
use pump::{End, Lane};

/// A proxy in front of one address; it ends, with all its connections, when this is dropped.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    upstream: SocketAddr,
    seed: u64,
    faults: Mutex<Faults>,
    cuts: broadcast::Sender<How>,
    open: AtomicUsize,
    seen: AtomicU64,
    tasks: Mutex<JoinSet<()>>,
}

impl Proxy {
    /// Listens on a free loopback port and passes what comes on to `upstream`.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn start(upstream: SocketAddr, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            upstream,
            seed,
            faults: Mutex::new(Faults::default()),
            cuts: broadcast::channel(16).0,
            open: AtomicUsize::new(0),
            seen: AtomicU64::new(0),
            tasks: Mutex::new(JoinSet::new()),
        });
        let task = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, task })
    }

    /// Changes the faults, for connections that are open as for new ones.
    pub fn set(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.shared.faults());
    }

    /// Ends every connection that is open now.
    pub fn cut(&self, how: How) {
        // Nobody listens when nothing is open.
        let _ = self.shared.cuts.send(how);
    }

    /// Ends the connection over which the `bytes`th byte from now passes on this side, right after
    /// that byte: mostly in the middle of a frame. It happens once.
    pub fn cut_after(&self, side: Side, bytes: u64, how: How) {
        self.set(|faults| faults.way_mut(side).cut_after = Some((bytes, how)));
    }

    /// How many connections are open.
    pub fn open(&self) -> usize {
        self.shared.open.load(Ordering::Relaxed)
    }

    /// How many connections there have been, refused ones included.
    pub fn seen(&self) -> u64 {
        self.shared.seen.load(Ordering::Relaxed)
    }

    /// Does what a line of words says, for those who drive the proxy from another program:
    /// `cut rst`, `down cut 17 fin`, `both delay 100 50`, `up rate 2000`, `both mute on`, `refuse on`,
    /// `upgrade pass|close|400`, `hold on`, `twice 30`, `late 30 500`, `calm`.
    ///
    /// # Errors
    /// When the words mean nothing, with those words.
    pub fn order(&self, line: &str) -> Result<(), String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["cut", how] = words[..] {
            self.cut(faults::how(how).ok_or_else(|| line.to_owned())?);
            return Ok(());
        }
        let understood = self.shared.faults().order(&words);
        understood.ok_or_else(|| format!("not understood: {line}"))
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.shared.tasks().abort_all();
    }
}

impl Shared {
    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tasks(&self) -> MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        let number = shared.seen.fetch_add(1, Ordering::Relaxed);
        let refuses = shared.faults().refuse;
        if refuses {
            reset(&client);
            continue;
        }
        shared.open.fetch_add(1, Ordering::Relaxed);
        let (all, cuts) = (Arc::clone(&shared), shared.cuts.subscribe());
        shared.spawn(async move {
            carry(client, &all, number, cuts).await;
            all.open.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

/// Carries one connection until both sides have ended it or a fault has.
async fn carry(mut client: TcpStream, shared: &Arc<Shared>, number: u64, mut cuts: broadcast::Receiver<How>) {
    let Ok(mut server) = TcpStream::connect(shared.upstream).await else {
        reset(&client);
        return;
    };
    // Small frames are not to wait for one another here; delays are the faults' job.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let end = {
        let (client_read, client_write) = client.split();
        let (server_read, server_write) = server.split();
        let up = Lane::new(shared, Side::Up, number);
        let down = Lane::new(shared, Side::Down, number);
        let up = up.pump(client_read, server_write, Requests::default());
        let down = down.pump(server_read, client_write, Answers::default());
        tokio::select! {
            end = first_fault(up, down) => end,
            // Too many cuts at once to hear them all are a cut too.
            how = cuts.recv() => End::Cut(how.unwrap_or(How::Reset)),
        }
    };
    match end {
        End::Done | End::Cut(How::Close) => {}
        End::Cut(How::Reset) => {
            reset(&client);
            reset(&server);
        }
        End::Answer(text) => {
            let _ = client.write_all(text.as_bytes()).await;
            let _ = client.shutdown().await;
        }
    }
}

/// The first end that a fault brings about, or that of both directions.
async fn first_fault(up: impl Future<Output = End>, down: impl Future<Output = End>) -> End {
    let (mut up, mut down) = (pin!(up), pin!(down));
    tokio::select! {
        end = &mut up => if matches!(end, End::Done) { down.await } else { end },
        end = &mut down => if matches!(end, End::Done) { up.await } else { end },
    }
}

/// The socket's end is to be a reset.
fn reset(socket: &TcpStream) {
    let _ = socket.set_zero_linger();
}

#[cfg(test)]
mod tests;
