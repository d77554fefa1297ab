//! The page around the client: what `client-runtime/glue` does in a browser, on model trees.

mod host;

use std::collections::{HashSet, VecDeque};

use holm_client::host::Status;
use holm_dom::{Child, Element, Tree};
use holm_wire::up;

use stories::chance::Chance;

/// Kept events per island, as the glue has it.
pub const KEPT: usize = 256;

/// What the client asks of the network and the clock.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// A connection.
    Connect(u32),
    /// An end of it.
    Disconnect,
    /// A frame to the server.
    Send(Vec<u8>),
    /// A call after so many milliseconds; none when it is infinite.
    Timer(f64),
    /// The server's status.
    Ask(u32),
}

/// An event that is kept until a seal contains it.
#[derive(Debug, Clone)]
struct Kept {
    seq: u32,
    name: String,
    payload: String,
    number: u32,
}

/// One island of the page.
#[derive(Debug)]
pub struct Slot {
    /// Its instance id.
    pub instance: String,
    /// What the page shows.
    pub tree: Tree,
    /// The events that the client took, in order.
    pub taken: Vec<u32>,
    /// Those that the server refused.
    pub refused: HashSet<u32>,
    id: u32,
    kept: Vec<Kept>,
    seal: Vec<u8>,
    first: Vec<u8>,
    parent: Option<(usize, String)>,
}

/// The page.
#[derive(Debug)]
pub struct Page {
    /// Its islands.
    pub slots: Vec<Slot>,
    /// What the client wishes, oldest first.
    pub wishes: VecDeque<Wish>,
    /// What should not have happened.
    pub trouble: Vec<String>,
    /// What the page shows of its connection.
    pub status: Status,
    /// Hundredths of a second, above 0, as the client counts them.
    pub now: u32,
    /// Of a hundred programs so many find another DOM.
    pub foreign: u64,
    /// While set, snapshots are compared with what the page shows: how many were.
    pub compared: Option<HashSet<usize>>,
    /// The edit program of the frame that is being dealt with.
    pub program: Vec<u8>,
    chance: Chance,
    epoch: u32,
    token: Vec<u8>,
    naming: Vec<(usize, u32)>,
    asked: VecDeque<Vec<u32>>,
    at: usize,
    fits: bool,
}

impl Page {
    /// The page from its HTML.
    pub fn new(html: &str, chance: Chance, foreign: u64) -> Self {
        let mut slots = Vec::new();
        islands(html, None, &mut slots);
        Self {
            slots,
            wishes: VecDeque::new(),
            trouble: Vec::new(),
            status: Status::Connecting,
            now: 1,
            foreign,
            compared: None,
            program: Vec::new(),
            chance,
            epoch: 0,
            token: Vec::new(),
            naming: Vec::new(),
            asked: VecDeque::new(),
            at: 0,
            fits: false,
        }
    }

    /// Whether the island is still in the page.
    pub fn is_connected(&self, slot: usize) -> bool {
        match &self.slots[slot].parent {
            None => true,
            Some((parent, key)) => {
                self.is_connected(*parent) && placeholder(self.slots[*parent].tree.children(), key)
            }
        }
    }

    /// Whether an island has as many kept events as it may.
    pub fn is_full(&self, slot: usize) -> bool {
        self.slots[slot].kept.len() >= KEPT
    }

    /// Keeps an event that the client took, and sends it if that can be done.
    pub fn keep(&mut self, slot: usize, told: u32, number: u32, name: &str, payload: String) {
        let seq = told >> 1;
        let island = &mut self.slots[slot];
        island.taken.push(number);
        let kept = Kept { seq, name: name.to_owned(), payload, number };
        island.kept.push(kept.clone());
        if told & 1 == 1 {
            let id = island.id;
            self.say(id, &kept);
        }
    }

    /// Whether every kept event has been dealt with.
    pub fn is_settled(&self) -> bool {
        (0..self.slots.len()).all(|slot| {
            !self.is_connected(slot) || self.slots[slot].kept.iter().all(|kept| kept.name.is_empty())
        })
    }

    /// A nested island that has a place in the page and was never mounted there.
    pub fn missing(&self) -> Option<String> {
        for (at, slot) in self.slots.iter().enumerate().filter(|(at, _)| self.is_connected(*at)) {
            let mut keys = Vec::new();
            placeholders(slot.tree.children(), &mut keys);
            let here = |key: &str| {
                let is_it = |(parent, own): &(usize, String)| *parent == at && own == key;
                self.slots.iter().any(|slot| slot.parent.as_ref().is_some_and(is_it))
            };
            if let Some(key) = keys.into_iter().find(|key| !here(key)) {
                return Some(format!("{}/{key}", slot.instance));
            }
        }
        None
    }

    /// The island's id on the wire.
    pub fn id(&self, slot: usize) -> u64 {
        self.slots[slot].id.into()
    }

    fn say(&mut self, id: u32, kept: &Kept) {
        let mut frame = Vec::new();
        up::event(&mut frame, id.into(), kept.seq.into(), &kept.name, &kept.payload);
        self.wishes.push_back(Wish::Send(frame));
    }

    fn apply(&mut self) -> bool {
        self.fits
    }
}

/// Finds islands in HTML, a parent before its nested ones.
fn islands(html: &str, parent: Option<usize>, slots: &mut Vec<Slot>) {
    let mut rest = html;
    while let Some(start) = rest.find("<holm-island") {
        rest = &rest[start..];
        let open = rest.find('>').map_or(rest.len(), |end| end + 1);
        let (tag, after) = rest.split_at(open);
        let end = closing(after);
        let inner = &after[..end];
        if let (Some(instance), Some(seal)) = (attribute(tag, "data-instance"), attribute(tag, "data-seal")) {
            let parent = parent.zip(attribute(tag, "data-key"));
            let seal = seal.into_bytes();
            slots.push(Slot::new(instance, inner, seal, parent));
            let at = slots.len() - 1;
            islands(inner, Some(at), slots);
        }
        rest = &after[end..];
    }
}

/// Where the element that has just been opened ends.
fn closing(html: &str) -> usize {
    let (mut depth, mut at) = (1, 0);
    loop {
        let Some(close) = html[at..].find("</holm-island>") else { return html.len() };
        if let Some(open) = html[at..].find("<holm-island").filter(|open| *open < close) {
            (depth, at) = (depth + 1, at + open + 1);
        } else {
            (depth, at) = (depth - 1, at + close + 1);
        }
        if depth == 0 {
            return at - 1;
        }
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    Some(rest.split('"').next()?.to_owned())
}

fn placeholder(children: &[Child], key: &str) -> bool {
    let mut keys = Vec::new();
    placeholders(children, &mut keys);
    keys.iter().any(|other| other == key)
}

/// The keys of nested islands, in document order.
fn placeholders(children: &[Child], keys: &mut Vec<String>) {
    for child in children {
        match child {
            Child::Element(element) if element.name == "holm-island" => {
                keys.extend(element.attr("data-key").map(str::to_owned));
            }
            Child::Element(Element { children, .. }) => placeholders(children, keys),
            _ => {}
        }
    }
}

impl Slot {
    fn new(instance: String, html: &str, seal: Vec<u8>, parent: Option<(usize, String)>) -> Self {
        let first = seal.clone();
        Self {
            instance,
            tree: Tree::parse(html),
            taken: Vec::new(),
            refused: HashSet::new(),
            id: 0,
            kept: Vec::new(),
            seal,
            first,
            parent,
        }
    }
}
