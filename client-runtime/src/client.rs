//! The connection: which islands have joined, what each frame means, when to try again.
//!
//! Time, chance, the socket and the DOM come in through [`Host`], so all of it runs natively in
//! tests. The client knows no island's markup and no browser type.

use alloc::string::String;
use alloc::vec::Vec;

use holm_wire::check::MOVED_ON;
use holm_wire::down::{Down, Joined};
use holm_wire::up::{self, JoinIsland};
use holm_wire::{Action, Code};

use crate::host::{Host, Status, Word};
use crate::island::Island;
use crate::walk::walk;

/// A connection that lived so many milliseconds counts as good: the next failure waits briefly again.
const GOOD: f64 = 5_000.0;
/// The first wait before another attempt, in milliseconds; it doubles up to [`LONGEST`].
const SHORTEST: f64 = 1_000.0;
const LONGEST: f64 = 30_000.0;
/// Milliseconds to wait for the server to answer the first join.
const PATIENCE: f64 = 30_000.0;
const CLOSE: u32 = 4_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Not connected; `wake` says when to try.
    Waiting,
    /// The socket is opening.
    Opening,
    /// The socket is open.
    Open,
    /// No further attempt.
    Stopped,
}

/// One page's client.
#[derive(Debug)]
pub struct Client<H> {
    /// The surroundings.
    pub host: H,
    islands: Vec<Island>,
    /// Presence bits of the join frame.
    wants: u8,
    path: String,
    /// Counts sockets: what another epoch's socket says is not heard.
    epoch: u32,
    phase: Phase,
    status: Status,
    /// How many attempts in a row failed.
    tries: u32,
    /// When to connect again.
    wake: f64,
    /// When the socket opened.
    since: f64,
    /// When the server was last heard.
    heard: f64,
    /// When the next heartbeat is due.
    beat: f64,
    /// Milliseconds of silence after which the server is dead.
    silence: f64,
    /// The slots of each join that has no answer yet.
    asked: Vec<Vec<u32>>,
}

impl<H: Host> Client<H> {
    /// A client with no islands that has not connected.
    pub const fn new(host: H) -> Self {
        Self {
            host,
            islands: Vec::new(),
            wants: 0,
            path: String::new(),
            epoch: 0,
            phase: Phase::Waiting,
            status: Status::Connecting,
            tries: 0,
            wake: f64::INFINITY,
            since: 0.0,
            heard: 0.0,
            beat: f64::INFINITY,
            silence: PATIENCE,
            asked: Vec::new(),
        }
    }

    /// Adds an island; the first has slot 0.
    pub fn add(&mut self, name: String, instance: String, seal: Vec<u8>) {
        self.islands.push(Island::new(name, instance, seal));
    }

    /// Connects.
    pub fn start(&mut self, wants: u8, path: String) {
        self.wants = wants;
        self.path = path;
        self.show(Status::Connecting);
        self.connect();
    }

    /// The socket of this epoch is open.
    pub fn opened(&mut self, epoch: u32) {
        if epoch == self.epoch && self.phase == Phase::Opening {
            self.phase = Phase::Open;
            self.since = self.host.now();
            self.heard = self.since;
            self.join(true);
            self.plan();
        }
    }

    /// The socket of this epoch is closed, or did not open.
    pub fn closed(&mut self, epoch: u32, code: u32) {
        if epoch != self.epoch || self.phase == Phase::Stopped {
            return;
        }
        self.apart();
        if let Some(code) = code.checked_sub(CLOSE).and_then(|number| Code::from_number(number as u16)) {
            self.host.error(None, u32::from(code.number()), code.word(), "", 0);
            self.act(code.action());
        } else {
            self.retry(0.0);
            self.host.ask(self.epoch);
        }
    }

    /// Why the server cannot be reached: a code's number or 0, and the seconds it asks to stay away.
    pub fn reason(&mut self, epoch: u32, code: u32, seconds: f64) {
        if epoch != self.epoch || self.phase != Phase::Waiting {
            return;
        }
        if let Some(code) = Code::from_number(code as u16) {
            self.host.error(None, u32::from(code.number()), code.word(), "", 0);
            if code.action() == Action::Stop {
                return self.stop();
            }
        }
        self.wake = self.wake.max(self.host.now() + seconds * 1_000.0 * (1.0 + self.host.random() / 2.0));
        self.plan();
    }

    /// The timer has run out.
    pub fn tick(&mut self) {
        let now = self.host.now();
        match self.phase {
            Phase::Waiting if now >= self.wake => self.connect(),
            Phase::Opening | Phase::Open if now >= self.heard + self.silence => {
                self.apart();
                self.act(Action::Rejoin);
            }
            Phase::Open => {
                if now >= self.beat {
                    self.beat = now + self.silence / 2.5;
                    let mut frame = Vec::new();
                    up::heartbeat(&mut frame);
                    self.host.send(&frame);
                }
                self.join(false);
            }
            _ => {}
        }
        self.plan();
    }

    /// Something was pressed or submitted: keeps the event, and sends it once the island has joined.
    pub fn event(&mut self, slot: u32, submit: bool, name: String, payload: String) {
        let Some(island) = self.islands.get_mut(slot as usize) else { return };
        if island.over || self.phase == Phase::Stopped {
            return;
        }
        let mut frame = Vec::new();
        if !island.event(submit, name, payload, &mut frame) {
            let code = Code::MailboxFull;
            let sentence = "Too many events wait for the server; this one is lost.";
            self.host.error(Some(slot), u32::from(code.number()), code.word(), sentence, 0);
        } else if !frame.is_empty() {
            self.host.send(&frame);
        }
    }

    /// The socket of this epoch brought a frame.
    pub fn heard(&mut self, epoch: u32, frame: &[u8]) {
        if epoch != self.epoch || self.phase != Phase::Open {
            return;
        }
        self.heard = self.host.now();
        match Down::decode(frame) {
            // A server that cannot be understood is as good as none.
            Err(_) => {
                self.apart();
                self.retry(0.0);
            }
            Ok(down) => self.obey(down),
        }
    }

    fn obey(&mut self, down: Down<'_>) {
        match down {
            Down::Heartbeat => {}
            Down::Joined(joined) => self.joined(&joined),
            Down::Edit { island, program } => self.edit(island, None, program),
            Down::EditAck { island, seq, program } => self.edit(island, Some(seq), program),
            Down::Ack { island, seq } => {
                if let Some(slot) = self.slot(island) {
                    self.islands[slot as usize].acked(seq);
                    self.host.tell(slot, Word::Settled, "", "");
                }
            }
            Down::Snapshot { island, seq, html } => {
                if let Some(slot) = self.slot(island) {
                    let island = &mut self.islands[slot as usize];
                    island.acked(seq);
                    island.astray = false;
                    island.moved = true;
                    self.host.begin(slot);
                    self.host.morph(html);
                    self.host.end(slot, true, seq, true);
                }
            }
            Down::Seal { island, seq, seal } => {
                if let Some(slot) = self.slot(island) {
                    self.islands[slot as usize].sealed(seq, seal);
                }
            }
            Down::Error { code, island, seq, sentence } => self.refused(code, island, seq, sentence),
            Down::Presence { total, count } => self.host.presence(total, count),
            Down::Push { island, name, json } => {
                if let Some(slot) = self.slot(island) {
                    self.host.tell(slot, Word::Push, name, json);
                }
            }
            Down::Redirect { url } => self.host.tell(0, Word::Redirect, url, ""),
            Down::Title { text } => self.host.tell(0, Word::Title, text, ""),
            Down::ComeBack { milliseconds } => {
                self.apart();
                self.wait(milliseconds as f64);
            }
            Down::Mount { parent, key, id, name, html } => {
                if let Some(slot) = self.slot(parent) {
                    let mut instance = self.islands[slot as usize].instance.clone();
                    instance.push('/');
                    instance.push_str(key);
                    let next = self.islands.len() as u32;
                    if self.host.mount(slot, next, key, &instance, html) {
                        let mut island = Island::new(name.into(), instance, Vec::new());
                        island.id = Some(id);
                        self.islands.push(island);
                    }
                }
            }
        }
    }

    fn joined(&mut self, joined: &Joined<'_>) {
        self.silence = joined.silence as f64 * 1_000.0;
        self.beat = self.heard + self.silence / 2.5;
        if !self.asked.is_empty() {
            let slots = self.asked.remove(0);
            for (slot, told) in slots.into_iter().zip(joined.islands().flatten()) {
                let host = &mut self.host;
                self.islands[slot as usize].joined(told.id, told.seq, |frame| host.send(frame));
                host.tell(slot, Word::Mounted, "", "");
            }
        }
        if self.status != Status::Live {
            self.show(Status::Live);
        }
        self.plan();
    }

    fn edit(&mut self, id: u64, seq: Option<u64>, program: &[u8]) {
        let Some(slot) = self.slot(id) else { return };
        let island = &mut self.islands[slot as usize];
        let seq = seq.map_or(0, |seq| {
            island.acked(seq);
            seq
        });
        island.moved = true;
        if island.astray {
            return;
        }
        self.host.begin(slot);
        let done = walk(program, &mut self.host);
        island.astray = !done;
        self.host.end(slot, done, seq, false);
        if !done {
            let mut frame = Vec::new();
            up::resync(&mut frame, id);
            self.host.send(&frame);
        }
    }

    fn refused(&mut self, number: u64, id: Option<u64>, seq: u64, sentence: &str) {
        let slot = id.and_then(|id| self.slot(id));
        let code = Code::from_number(number as u16);
        self.host.error(slot, number as u32, code.map_or("", Code::word), sentence, seq);
        let action = code.map_or(Action::Keep, Code::action);
        let Some(slot) = slot else {
            // A word about an island that is gone says nothing about the connection.
            if id.is_none() {
                if action != Action::Keep {
                    self.apart();
                }
                self.act(action);
            }
            return;
        };
        let now = self.host.now();
        let island = &mut self.islands[slot as usize];
        match action {
            Action::Keep => island.refused(seq),
            Action::Stop => island.over = true,
            Action::Reload => {
                if !self.host.reload() {
                    island.over = true;
                }
            }
            Action::Retry | Action::Rejoin => {
                island.id = None;
                let wait = if action == Action::Rejoin && island.tries == 0 {
                    0.0
                } else {
                    delay(island.tries, self.host.random())
                };
                island.tries += 1;
                island.again = now + wait;
                self.join(false);
                self.plan();
            }
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Keep => {}
            Action::Retry => self.retry(0.0),
            Action::Rejoin => {
                if self.tries == 0 {
                    self.tries = 1;
                    self.wait(0.0);
                } else {
                    self.retry(0.0);
                }
            }
            Action::Reload => {
                if !self.host.reload() {
                    self.stop();
                }
            }
            Action::Stop => self.stop(),
        }
    }

    fn connect(&mut self) {
        self.epoch += 1;
        self.phase = Phase::Opening;
        self.heard = self.host.now();
        self.host.connect(self.epoch);
        self.plan();
    }

    /// Ends the socket, if there still is one, and forgets what only it knew.
    fn apart(&mut self) {
        if self.phase == Phase::Open && self.host.now() - self.since >= GOOD {
            self.tries = 0;
        }
        self.epoch += 1;
        self.phase = Phase::Waiting;
        self.wake = f64::INFINITY;
        self.asked.clear();
        for island in &mut self.islands {
            island.id = None;
            island.again = f64::INFINITY;
        }
        self.host.disconnect();
    }

    fn retry(&mut self, at_least: f64) {
        let wait = delay(self.tries, self.host.random());
        self.tries += 1;
        self.wait(wait.max(at_least));
    }

    fn wait(&mut self, milliseconds: f64) {
        self.wake = self.host.now() + milliseconds;
        if self.status != Status::Lost {
            self.show(Status::Lost);
        }
        self.plan();
    }

    fn stop(&mut self) {
        self.phase = Phase::Stopped;
        self.epoch += 1;
        self.host.disconnect();
        self.show(Status::Stopped);
        self.plan();
    }

    /// Joins every island that has not joined, or those whose time has come.
    fn join(&mut self, all: bool) {
        let now = self.host.now();
        let mut slots = Vec::new();
        let mut islands = Vec::new();
        for (slot, island) in self.islands.iter_mut().enumerate() {
            if island.over || island.id.is_some() || !(all || now >= island.again) {
                continue;
            }
            island.again = f64::INFINITY;
            let Some(check) = self.host.check(slot as u32) else {
                island.over = true;
                continue;
            };
            slots.push(slot as u32);
            islands.push(JoinIsland {
                name: &island.name,
                instance: &island.instance,
                check: if island.moved { MOVED_ON } else { check },
                seal: &island.seal,
            });
        }
        if all || !slots.is_empty() {
            let mut frame = Vec::new();
            up::join(&mut frame, self.wants, &self.path, &islands);
            self.asked.push(slots);
            self.host.send(&frame);
        }
    }

    /// Sets the timer for whatever comes next.
    fn plan(&mut self) {
        let mut next = f64::INFINITY;
        match self.phase {
            Phase::Waiting => next = self.wake,
            Phase::Opening => next = self.heard + self.silence,
            Phase::Open => {
                next = self.beat.min(self.heard + self.silence);
                for island in &self.islands {
                    next = next.min(island.again);
                }
            }
            Phase::Stopped => {}
        }
        let now = self.host.now();
        self.host.timer((next - now).max(0.0));
    }

    fn show(&mut self, status: Status) {
        self.status = status;
        self.host.show(status);
    }

    fn slot(&self, id: u64) -> Option<u32> {
        self.islands.iter().position(|island| island.id == Some(id) && !island.over).map(|slot| slot as u32)
    }
}

/// A growing wait with half of it up to chance.
fn delay(tries: u32, random: f64) -> f64 {
    (SHORTEST * f64::from(1u32 << tries.min(10))).min(LONGEST) * (0.5 + random)
}
