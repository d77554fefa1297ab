//! One direction of one connection: read, sort, wait, write.

use std::future::pending;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use super::Shared;
use super::faults::{Faults, How, Side, Upgrades, Way};
use super::http::{Part, Sort};
use crate::chance::Chance;

/// How a direction ended.
#[derive(Debug)]
pub(super) enum End {
    /// The sender ended it, and the receiver has been told.
    Done,
    /// A fault ended the connection.
    Cut(How),
    /// The client is answered in the server's place, and that is all.
    Answer(String),
}

/// Bytes on their way, and when they arrive.
type Parcel = (Instant, Vec<u8>);

/// One direction.
pub(super) struct Lane {
    shared: Arc<Shared>,
    side: Side,
    chance: Chance,
    /// When the last parcel arrives; none overtakes it.
    last: Instant,
    /// Bytes vanished here, so the rest of the stream would mean nothing.
    lost: bool,
}

impl Lane {
    pub(super) fn new(shared: &Arc<Shared>, side: Side, number: u64) -> Self {
        let seed = shared.seed ^ number.wrapping_mul(0x0100_0000_01b3) ^ ((side as u64) << 63);
        let shared = Arc::clone(shared);
        Self { shared, side, chance: Chance::new(seed), last: Instant::now(), lost: false }
    }

    fn faults(&self) -> Faults {
        *self.shared.faults()
    }

    /// Carries this direction's bytes to their end.
    pub(super) async fn pump(self, from: ReadHalf<'_>, to: WriteHalf<'_>, sort: impl Sort) -> End {
        let (parcels, waiting) = mpsc::channel(256);
        let mut deliver = pin!(deliver(Arc::clone(&self.shared), self.side, waiting, to));
        let mut read = pin!(self.read(from, parcels, sort));
        tokio::select! {
            fault = &mut read => match fault {
                Some(end) => end,
                None => deliver.await,
            },
            end = &mut deliver => end,
        }
    }

    /// Reads and sends off until the sender ends, which is `None`, or a fault ends the connection.
    async fn read(
        mut self,
        mut from: ReadHalf<'_>,
        parcels: mpsc::Sender<Parcel>,
        mut sort: impl Sort,
    ) -> Option<End> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let Ok(count) = from.read(&mut buffer).await else { return Some(End::Cut(How::Reset)) };
            let faults = self.faults();
            self.lost |= faults.way(self.side).mute;
            if self.lost && count == 0 {
                // The end of it vanishes too.
                return pending().await;
            }
            if count == 0 {
                self.send(&parcels, sort.rest()).await;
                return None;
            }
            for part in sort.sort(&buffer[..count], faults.hold) {
                match part {
                    Part::Pass(bytes) => self.send(&parcels, bytes).await,
                    Part::Upgrade(head) => match faults.upgrades {
                        Upgrades::Pass => self.send(&parcels, head).await,
                        Upgrades::Status(status) => return Some(End::Answer(refusal(status))),
                        Upgrades::Close => return Some(End::Cut(How::Close)),
                    },
                    Part::Post(request) => self.post(&faults, &parcels, request).await,
                }
            }
        }
    }

    /// A POST request goes once, or twice, and at once, or late.
    async fn post(&mut self, faults: &Faults, parcels: &mpsc::Sender<Parcel>, request: Vec<u8>) {
        if self.chance.percent(faults.twice.into()) {
            let late = self.chance.time(faults.late_by);
            self.shared.spawn(copy(self.shared.upstream, request.clone(), late));
        }
        if self.chance.percent(faults.late.into()) {
            sleep(self.chance.time(faults.late_by)).await;
        }
        self.send(parcels, request).await;
    }

    async fn send(&mut self, parcels: &mpsc::Sender<Parcel>, bytes: Vec<u8>) {
        if self.lost || bytes.is_empty() {
            return;
        }
        let way = *self.faults().way(self.side);
        let arrival = Instant::now() + way.delay + self.chance.time(way.jitter);
        self.last = self.last.max(arrival);
        // The receiver is gone when the other end is, which the pump hears of by itself.
        let _ = parcels.send((self.last, bytes)).await;
    }
}

/// Writes parcels when their time has come, no faster than the rate.
async fn deliver(
    shared: Arc<Shared>,
    side: Side,
    mut waiting: mpsc::Receiver<Parcel>,
    mut to: WriteHalf<'_>,
) -> End {
    let mut lost = false;
    while let Some((arrival, bytes)) = waiting.recv().await {
        sleep_until(arrival).await;
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (count, pause, cut) = portion(shared.faults().way_mut(side), rest.len());
            lost |= shared.faults().way(side).mute;
            if !lost && to.write_all(&rest[..count]).await.is_err() {
                return End::Cut(How::Reset);
            }
            if let Some(how) = cut {
                return End::Cut(how);
            }
            rest = &rest[count..];
            sleep(pause).await;
        }
    }
    if lost {
        return pending().await;
    }
    // Both ends may be gone by now.
    let _ = to.shutdown().await;
    End::Done
}

/// How many of so many bytes travel now, the pause after them, and whether the connection ends there.
fn portion(way: &mut Way, len: usize) -> (usize, Duration, Option<How>) {
    let mut count = len;
    let mut pause = Duration::ZERO;
    if way.rate > 0 {
        // Twenty portions a second, so that a change of the rate is felt soon.
        count = count.min((way.rate as usize / 20).max(1));
        let nanoseconds = count as u64 * 1_000_000_000 / u64::from(way.rate);
        pause = Duration::from_nanos(nanoseconds);
    }
    let mut cut = None;
    if let Some((left, how)) = &mut way.cut_after {
        if *left <= count as u64 {
            // It fits, as it is no larger than the count.
            count = usize::try_from(*left).unwrap_or(count);
            cut = Some(*how);
        }
        *left -= count as u64;
    }
    if cut.is_some() {
        way.cut_after = None;
    }
    (count, pause, cut)
}

/// Sends a request once more, on a connection of its own, and drops what is answered.
async fn copy(upstream: SocketAddr, request: Vec<u8>, late: Duration) {
    sleep(late).await;
    let Ok(mut server) = TcpStream::connect(upstream).await else { return };
    if server.write_all(&request).await.is_ok() {
        // Whoever hangs up before the answer may stop the request half-way, which would be another fault.
        let _ = server.read(&mut [0; 1024]).await;
    }
}

fn refusal(status: u16) -> String {
    format!("HTTP/1.1 {status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}
