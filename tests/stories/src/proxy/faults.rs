//! What may go wrong, and the words for it.

use std::time::Duration;

/// A direction of travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// From the client to the server.
    Up,
    /// From the server to the client.
    Down,
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// At once, as a crashed machine or a careless middlebox ends it (RST).
    Reset,
    /// Politely (FIN), though in the middle of a frame perhaps.
    Close,
}

/// What happens to requests for a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Upgrades {
    /// They pass.
    #[default]
    Pass,
    /// They are answered with this HTTP status.
    Status(u16),
    /// The connection ends in the middle of the handshake.
    Close,
}

/// The faults of one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Way {
    /// Every byte travels so long.
    pub delay: Duration,
    /// And up to so much longer, by chance. Bytes keep their order.
    pub jitter: Duration,
    /// Bytes per second; 0 for as fast as can be.
    pub rate: u32,
    /// Bytes vanish and the sockets stay open. A connection that lost bytes so stays silent even
    /// when this is over, as the rest of its stream would mean nothing.
    pub mute: bool,
    /// Ends a connection after so many more bytes, once.
    pub cut_after: Option<(u64, How)>,
}

/// The faults of a proxy. The default is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Faults {
    /// From the client to the server.
    pub up: Way,
    /// From the server to the client.
    pub down: Way,
    /// New connections are reset.
    pub refuse: bool,
    /// What happens to requests for a WebSocket.
    pub upgrades: Upgrades,
    /// The bodies of event streams are held back until they end, as buffering proxies do.
    pub hold: bool,
    /// Of a hundred POST requests, so many reach the server twice: the copy on a connection of its own.
    pub twice: u8,
    /// Of a hundred POST requests, so many are held back for up to [`Faults::late_by`], so that others
    /// overtake them. Copies are always late.
    pub late: u8,
    /// The longest time that a late request is held back.
    pub late_by: Duration,
}

impl Faults {
    /// The faults of a direction.
    pub fn way(&self, side: Side) -> &Way {
        match side {
            Side::Up => &self.up,
            Side::Down => &self.down,
        }
    }

    /// The faults of a direction, to be changed.
    pub fn way_mut(&mut self, side: Side) -> &mut Way {
        match side {
            Side::Up => &mut self.up,
            Side::Down => &mut self.down,
        }
    }

    /// Both directions take so long, and up to so much longer.
    pub fn delay(&mut self, delay: Duration, jitter: Duration) {
        for way in [&mut self.up, &mut self.down] {
            (way.delay, way.jitter) = (delay, jitter);
        }
    }

    /// Both directions fall silent, or speak again.
    pub fn mute(&mut self, mute: bool) {
        (self.up.mute, self.down.mute) = (mute, mute);
    }

    /// Does what words say; `None` when they mean nothing.
    pub(super) fn order(&mut self, words: &[&str]) -> Option<()> {
        match *words {
            ["calm"] => *self = Self::default(),
            ["refuse", word] => self.refuse = switch(word)?,
            ["hold", word] => self.hold = switch(word)?,
            ["twice", percent] => self.twice = percent.parse().ok()?,
            ["late", percent, by] => (self.late, self.late_by) = (percent.parse().ok()?, milliseconds(by)?),
            ["upgrade", "pass"] => self.upgrades = Upgrades::Pass,
            ["upgrade", "close"] => self.upgrades = Upgrades::Close,
            ["upgrade", status] => self.upgrades = Upgrades::Status(status.parse().ok()?),
            ["up", ref rest @ ..] => self.up.order(rest)?,
            ["down", ref rest @ ..] => self.down.order(rest)?,
            ["both", ref rest @ ..] => {
                self.up.order(rest)?;
                self.down.order(rest)?;
            }
            _ => return None,
        }
        Some(())
    }
}

impl Way {
    fn order(&mut self, words: &[&str]) -> Option<()> {
        match *words {
            ["delay", delay, jitter] => {
                (self.delay, self.jitter) = (milliseconds(delay)?, milliseconds(jitter)?);
            }
            ["rate", rate] => self.rate = rate.parse().ok()?,
            ["mute", word] => self.mute = switch(word)?,
            ["cut", bytes, word] => self.cut_after = Some((bytes.parse().ok()?, how(word)?)),
            _ => return None,
        }
        Some(())
    }
}

fn switch(word: &str) -> Option<bool> {
    match word {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

fn milliseconds(word: &str) -> Option<Duration> {
    word.parse().ok().map(Duration::from_millis)
}

pub(super) fn how(word: &str) -> Option<How> {
    match word {
        "rst" => Some(How::Reset),
        "fin" => Some(How::Close),
        _ => None,
    }
}
