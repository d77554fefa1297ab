//! One island as its page knows it: its numbers, its newest seal, the events that seal lacks.

use alloc::string::String;
use alloc::vec::Vec;

use holm_wire::up;

/// Events kept per island; past it an event is refused visibly.
pub const KEPT: usize = 256;

/// An event the newest seal does not contain.
#[derive(Debug)]
pub struct Kept {
    seq: u64,
    submit: bool,
    name: String,
    payload: String,
}

/// An island on the page.
#[derive(Debug)]
pub struct Island {
    /// The registered name.
    pub name: String,
    /// The instance id.
    pub instance: String,
    /// The newest seal, as the server gave it.
    pub seal: Vec<u8>,
    /// The id in frames; `None` while the island has not joined.
    pub id: Option<u64>,
    /// When to join again; infinite when that is not wished.
    pub again: f64,
    /// How many times in a row joining failed.
    pub tries: u32,
    /// The DOM is not the server's: edits wait for a snapshot.
    pub astray: bool,
    /// Edits came after the newest seal, so the DOM is not the sealed state's.
    pub moved: bool,
    /// It is no longer in the page, or the server will not have it.
    pub over: bool,
    last: u64,
    acked: u64,
    kept: Vec<Kept>,
}

impl Island {
    /// An island that has not joined.
    pub const fn new(name: String, instance: String, seal: Vec<u8>) -> Self {
        Self {
            name,
            instance,
            seal,
            id: None,
            again: f64::INFINITY,
            tries: 0,
            astray: false,
            moved: false,
            over: false,
            last: 0,
            acked: 0,
            kept: Vec::new(),
        }
    }

    /// Numbers an event and keeps it; writes its frame when the island has joined. `false`: there is no room.
    pub fn event(&mut self, submit: bool, name: String, payload: String, frame: &mut Vec<u8>) -> bool {
        if self.kept.len() >= KEPT {
            return false;
        }
        self.last += 1;
        let kept = Kept { seq: self.last, submit, name, payload };
        if let Some(id) = self.id {
            kept.write(id, frame);
        }
        self.kept.push(kept);
        true
    }

    /// Every event up to `seq` has been dealt with.
    pub fn acked(&mut self, seq: u64) {
        self.acked = self.acked.max(seq);
        self.tries = 0;
    }

    /// Whether every event of this page has been dealt with.
    pub fn is_settled(&self) -> bool {
        self.acked >= self.last
    }

    /// An event was refused for good: it is not to be sent again.
    pub fn refused(&mut self, seq: u64) {
        self.acked(seq);
        self.kept.retain(|kept| kept.seq != seq);
    }

    /// A new seal, which contains every event up to `seq`.
    pub fn sealed(&mut self, seq: u64, seal: &[u8]) {
        self.seal = seal.into();
        self.moved = false;
        self.kept.retain(|kept| kept.seq > seq);
    }

    /// The island has joined and goes on from a state that contains the events up to `seq`: numbers
    /// the others anew from there and calls `send` with the frame of each.
    pub fn joined(&mut self, id: u64, seq: u64, mut send: impl FnMut(&[u8])) {
        self.id = Some(id);
        self.again = f64::INFINITY;
        self.astray = false;
        self.kept.retain(|kept| kept.seq > seq);
        self.last = seq;
        self.acked = seq;
        for kept in &mut self.kept {
            self.last += 1;
            kept.seq = self.last;
            let mut frame = Vec::new();
            kept.write(id, &mut frame);
            send(&frame);
        }
    }
}

impl Kept {
    fn write(&self, id: u64, frame: &mut Vec<u8>) {
        let write = if self.submit { up::submit } else { up::event };
        write(frame, id, self.seq, &self.name, &self.payload);
    }
}
