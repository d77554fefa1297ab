//! A page without a browser, over a real socket, that does what the client does: it keeps events that no seal
//! contains, goes on with its session by the token, joins with its newest seals where the session is gone, and
//! sends again what has not come in.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use holm_dom::Tree;
use holm_wire::check::{MOVED_ON, UNKNOWN};
use holm_wire::down::{Down, is_counted};
use holm_wire::up::{self, JoinIsland, Resume};
use holm_wire::{Action, Code};
use stories::http::PageIsland;
use stories::peer::Peer;

mod island;

pub use island::Island;

/// How long after a counted frame the page reports it.
const REPORT: Duration = Duration::from_secs(1);

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// By itself.
    Cut,
    /// The server goes away, and asks for this much patience.
    ComeBack(Duration),
}

/// One page view.
#[derive(Debug)]
pub struct Page {
    address: SocketAddr,
    path: String,
    /// Its islands, in document order.
    pub islands: Vec<Island>,
    token: Vec<u8>,
    epoch: u64,
    /// The last connection that answered, and how many counted frames it brought.
    base: u64,
    seen: u64,
    /// When the frames are to be reported.
    report: Option<Instant>,
    peer: Option<Peer>,
    /// Bytes of the frames since the connection opened.
    pub up: usize,
    /// Bytes of the frames since the connection opened.
    pub down: usize,
    /// What went wrong beside lost connections, for people.
    pub troubles: Vec<String>,
}

impl Page {
    /// A page with these islands that has not connected.
    pub fn new(address: SocketAddr, path: &str, islands: &[PageIsland]) -> Self {
        Self {
            address,
            path: path.to_owned(),
            islands: islands.iter().map(Island::new).collect(),
            token: Vec::new(),
            epoch: 0,
            base: 0,
            seen: 0,
            report: None,
            peer: None,
            up: 0,
            down: 0,
            troubles: Vec::new(),
        }
    }

    /// Has it connect elsewhere from now on.
    pub fn move_to(&mut self, address: SocketAddr) {
        self.address = address;
    }

    /// Opens a connection, and says on it who comes.
    ///
    /// # Errors
    /// When nobody listens, or the socket is refused.
    pub async fn connect(&mut self) -> Result<()> {
        self.open().await?;
        self.greet().await
    }

    /// Opens a connection and says nothing yet.
    ///
    /// # Errors
    /// When nobody listens, or the socket is refused.
    pub async fn open(&mut self) -> Result<()> {
        self.lose();
        self.epoch += 1;
        let origin = format!("http://{}", self.address);
        let opened = Peer::open_with(self.address, "origin", &origin).await;
        self.peer = Some(opened.map_err(|error| anyhow::anyhow!("{error}"))?);
        (self.up, self.down) = (0, 0);
        Ok(())
    }

    /// Says who comes: the session by its token, or islands with their seals.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn greet(&mut self) -> Result<()> {
        let frame = match self.token.as_slice().try_into() {
            Ok(token) => {
                let (base, seen) = (self.base, self.seen);
                let mut frame = Vec::new();
                let resume = Resume { wants: 0, path: &self.path, epoch: self.epoch, base, seen, token };
                up::resume(&mut frame, &resume);
                frame
            }
            Err(_) => self.join(),
        };
        self.say(vec![frame]).await
    }

    /// Lets the connection go without a word.
    pub fn lose(&mut self) {
        self.peer = None;
        self.report = None;
    }

    /// Closes the page; its session ends.
    pub async fn leave(mut self) {
        if let Some(peer) = self.peer.take() {
            peer.leave().await;
        }
    }

    /// Whether there is a connection, answered or not.
    pub fn is_connected(&self) -> bool {
        self.peer.is_some()
    }

    /// Whether all islands take events.
    pub fn is_live(&self) -> bool {
        self.is_answered() && self.islands.iter().all(|island| island.id.is_some())
    }

    /// Whether all events are acknowledged.
    pub fn is_settled(&self) -> bool {
        self.is_live() && self.islands.iter().all(|island| island.acked == island.last)
    }

    fn is_answered(&self) -> bool {
        self.peer.is_some() && self.base == self.epoch
    }

    /// Keeps an event of the island at this place and sends it, now or when the page is live again.
    ///
    /// # Errors
    /// When the connection is lost; the event is kept.
    pub async fn press(&mut self, at: usize, name: &str, payload: &str) -> Result<()> {
        let island = &mut self.islands[at];
        island.last += 1;
        island.kept.push((island.last, name.to_owned(), payload.to_owned()));
        if !self.is_answered() {
            return Ok(());
        }
        let frames = self.islands[at].unsent(self.islands[at].last - 1);
        self.say(frames).await
    }

    /// Asks for the whole HTML of every island.
    ///
    /// # Errors
    /// When the connection is lost.
    pub async fn resync(&mut self) -> Result<()> {
        let mut frames = Vec::new();
        for island in &mut self.islands {
            island.tree = None;
            let mut frame = Vec::new();
            up::resync(&mut frame, island.id.unwrap_or_default());
            frames.push(frame);
        }
        self.say(frames).await
    }

    /// Waits for what is wanted, and takes what comes until then.
    ///
    /// # Errors
    /// When the connection is lost, or it does not come about within twenty seconds.
    pub async fn wait_for(&mut self, wanted: impl Fn(&Self) -> bool) -> Result<()> {
        let until = Instant::now() + stories::peer::PATIENCE;
        while !wanted(self) {
            match self.hear(until).await {
                Ok(true) => {}
                Ok(false) => bail!("waited in vain: {:?}", self.troubles),
                Err(lost) => bail!("the connection is lost: {lost:?} {:?}", self.troubles),
            }
        }
        Ok(())
    }

    /// Takes what comes until then.
    ///
    /// # Errors
    /// [`Lost`] as soon as the connection is.
    pub async fn pass(&mut self, until: Instant) -> Result<(), Lost> {
        while self.hear(until).await? {}
        Ok(())
    }

    /// Takes the next frame, or reports those that came; false when the time is over.
    ///
    /// # Errors
    /// [`Lost`] when the connection is.
    pub async fn hear(&mut self, until: Instant) -> Result<bool, Lost> {
        loop {
            let Some(peer) = &mut self.peer else { return Err(Lost::Cut) };
            let next = self.report.map_or(until, |report| report.min(until));
            match tokio::time::timeout_at(next.into(), peer.message()).await {
                Ok(Ok(frame)) => return self.take(&frame).await.map(|()| true),
                Ok(Err(_)) => {
                    self.lose();
                    return Err(Lost::Cut);
                }
                Err(_) => {}
            }
            if self.report.is_some_and(|report| report <= Instant::now()) {
                self.report = None;
                let mut frame = Vec::new();
                up::seen(&mut frame, self.seen);
                self.say(vec![frame]).await.map_err(|_| Lost::Cut)?;
            }
            if Instant::now() >= until {
                return Ok(false);
            }
        }
    }

    async fn say(&mut self, frames: Vec<Vec<u8>>) -> Result<()> {
        let Some(peer) = &mut self.peer else { bail!("there is no connection") };
        self.up += frames.iter().map(Vec::len).sum::<usize>();
        if let Err(error) = peer.send_all(frames).await {
            self.lose();
            bail!("{error}");
        }
        Ok(())
    }

    fn join(&mut self) -> Vec<u8> {
        let mut asked = Vec::new();
        for island in &mut self.islands {
            island.id = None;
            let PageIsland { name, instance, seal } = &island.about;
            let check = if island.moved { MOVED_ON } else { UNKNOWN };
            asked.push(JoinIsland { name, instance, check, seal });
        }
        let mut frame = Vec::new();
        up::join(&mut frame, 0, &self.path, self.epoch, &self.token, &asked);
        frame
    }

    /// Takes one frame as the client does.
    async fn take(&mut self, frame: &[u8]) -> Result<(), Lost> {
        self.down += frame.len();
        if self.is_answered() && frame.first().copied().is_some_and(is_counted) {
            self.seen += 1;
            self.report.get_or_insert_with(|| Instant::now() + REPORT);
        }
        let Ok(down) = Down::decode(frame) else {
            self.troubles.push("a frame that is none".to_owned());
            return Ok(());
        };
        let mut answer = Vec::new();
        match down {
            Down::Joined(joined) => {
                self.begun();
                self.token = joined.token.to_vec();
                for (island, joined) in self.islands.iter_mut().zip(joined.islands().flatten()) {
                    island.joined(joined.id, joined.seq);
                    answer.extend(island.unsent(joined.seq));
                }
            }
            Down::Resumed(resumed) => {
                self.begun();
                for known in resumed.islands().flatten() {
                    if let Some(island) = self.by_id(known.id) {
                        answer.extend(island.unsent(known.seq));
                    }
                }
            }
            Down::Error { action: Action::Join, island: None, .. } => answer.push(self.join()),
            Down::ComeBack { milliseconds } => {
                self.lose();
                return Err(Lost::ComeBack(Duration::from_millis(milliseconds)));
            }
            other => self.take_of_island(&other),
        }
        if answer.is_empty() { Ok(()) } else { self.say(answer).await.map_err(|_| Lost::Cut) }
    }

    fn take_of_island(&mut self, down: &Down<'_>) {
        let mut trouble = None;
        match *down {
            Down::Edit { island, program } => trouble = self.by_id(island).and_then(|of| of.edit(program)),
            Down::EditAck { island, seq, program } => {
                if let Some(island) = self.by_id(island) {
                    island.acked = island.acked.max(seq);
                    trouble = island.edit(program);
                }
            }
            Down::Ack { island, seq } => {
                if let Some(island) = self.by_id(island) {
                    island.acked = island.acked.max(seq);
                }
            }
            Down::Snapshot { island, seq, html } => {
                if let Some(island) = self.by_id(island) {
                    island.acked = island.acked.max(seq);
                    island.moved = true;
                    island.edits += 1;
                    island.tree = Some(Tree::parse(html));
                }
            }
            Down::Seal { island, seq, seal } => {
                if let Some(island) = self.by_id(island) {
                    island.kept.retain(|event| event.0 > seq);
                    if !seal.is_empty() {
                        island.moved = false;
                        island.sealed = seal.len();
                        island.about.seal = seal.to_vec();
                    }
                }
            }
            Down::Error { code, island, seq, .. } => {
                let word = u16::try_from(code).ok().and_then(Code::from_number).map_or("?", Code::word);
                trouble = Some(word.to_owned());
                if let Some(island) = island.and_then(|id| self.by_id(id)) {
                    island.acked = island.acked.max(seq);
                    let refused = island.kept.iter_mut().filter(|event| event.0 == seq);
                    refused.for_each(|event| event.1.clear());
                }
            }
            _ => {}
        }
        self.troubles.extend(trouble);
    }

    fn begun(&mut self) {
        if self.base != self.epoch {
            (self.base, self.seen, self.report) = (self.epoch, 0, None);
        }
    }

    fn by_id(&mut self, id: u64) -> Option<&mut Island> {
        self.islands.iter_mut().find(|island| island.id == Some(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stories::http;
    use stories::server::Server;
    use stories::stage::{self, Limits};

    async fn server() -> Server {
        let limits = Limits { seal_quiet: Duration::from_millis(20), ..Limits::default() };
        Server::start(stage::with(stage::live().key([7; 32]).limits(limits))).await.unwrap()
    }

    #[tokio::test]
    async fn a_page_goes_on_with_its_session_and_then_from_its_seals() {
        let (one, two) = (server().await, server().await);
        let islands = http::get(one.address, "/").await.unwrap().islands();
        let mut page = Page::new(one.address, "/", &islands);
        page.connect().await.unwrap();
        page.wait_for(Page::is_live).await.unwrap();
        page.press(0, "inc", "").await.unwrap();
        page.lose();
        page.press(0, "inc", "").await.unwrap();
        page.press(1, "inc", "").await.unwrap();
        page.connect().await.unwrap();
        page.wait_for(|page| page.is_settled() && page.islands[0].sealed > 0).await.unwrap();
        assert_eq!(page.islands[0].again, 0, "the session knew what it had acknowledged");

        page.lose();
        page.press(0, "inc", "").await.unwrap();
        page.move_to(two.address);
        page.connect().await.unwrap();
        page.wait_for(Page::is_settled).await.unwrap();
        page.resync().await.unwrap();
        page.wait_for(|page| page.islands.iter().all(|island| island.html().is_some())).await.unwrap();
        let shown = |at: usize| page.islands[at].html().unwrap_or_default();
        assert!(shown(0).contains("live: 3") && shown(1).contains("live: 11"), "{}{}", shown(0), shown(1));
        assert_eq!(page.troubles, [] as [String; 0]);
        page.leave().await;
    }
}
