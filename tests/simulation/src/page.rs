//! The page around the client: what `client-runtime/glue` does in a browser, on model trees.

use std::collections::{HashSet, VecDeque};

use holm_client::host::{Host, Made, Status};
use holm_client::walk::Dom;
use holm_dom::{Child, Element, Tree};
use holm_wire::up::{self, JoinIsland, Resume, TOKEN};

use crate::chance::Chance;

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
    /// Milliseconds, as the client sees them.
    pub now: f64,
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
            now: 0.0,
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

impl Dom for Page {
    fn go(&mut self, _: u32, _: i32, _: i32) -> bool {
        self.apply()
    }
    fn find(&mut self, _: bool, _: &[u8]) -> bool {
        self.apply()
    }
    fn text(&mut self, _: u32, _: u32, _: Option<u32>, _: &[u8]) -> bool {
        self.apply()
    }
    fn attr(&mut self, _: &[u8], _: Option<&[u8]>) -> bool {
        self.apply()
    }
    fn insert(&mut self, _: u32, _: &[u8]) -> bool {
        self.apply()
    }
    fn remove(&mut self, _: u32, _: u32) -> bool {
        self.apply()
    }
    fn shift(&mut self, _: u32, _: u32, _: u32) -> bool {
        self.apply()
    }
    fn count(&mut self) -> u32 {
        0
    }
    fn run(&mut self, _: u32, _: u32, _: bool, _: bool, _: bool) -> bool {
        self.apply()
    }
    fn fresh(&mut self, _: &[u8]) -> bool {
        self.apply()
    }
    fn settle(&mut self, _: bool) -> bool {
        self.apply()
    }
    fn inner(&mut self, _: &[u8]) -> bool {
        self.apply()
    }
}

impl Host for Page {
    fn now(&mut self) -> f64 {
        self.now
    }

    fn random(&mut self) -> f64 {
        // Any thousandth will do.
        f64::from(u32::try_from(self.chance.below(1_000)).unwrap_or(0)) / 1_000.0
    }

    fn connect(&mut self, epoch: u32) {
        self.epoch = epoch;
        self.wishes.push_back(Wish::Connect(epoch));
    }

    fn disconnect(&mut self) {
        self.asked.clear();
        self.wishes.push_back(Wish::Disconnect);
    }

    fn beat(&mut self) {
        let mut frame = Vec::new();
        up::heartbeat(&mut frame);
        self.wishes.push_back(Wish::Send(frame));
    }

    fn resync(&mut self, id: u32) {
        let mut frame = Vec::new();
        up::resync(&mut frame, id.into());
        self.wishes.push_back(Wish::Send(frame));
    }

    fn name(&mut self, slot: u32, moved: bool) -> bool {
        let at = slot as usize;
        if !self.is_connected(at) || self.slots[at].seal.is_empty() {
            return false;
        }
        let check = if moved { 1 } else { self.slots[at].tree.check() };
        self.naming.push((at, check));
        true
    }

    fn join(&mut self) {
        let naming = std::mem::take(&mut self.naming);
        let islands: Vec<_> = naming
            .iter()
            .map(|(at, check)| JoinIsland {
                name: "Diary",
                instance: &self.slots[*at].instance,
                check: *check,
                seal: &self.slots[*at].seal,
            })
            .collect();
        let mut frame = Vec::new();
        up::join(&mut frame, 0, "/", self.epoch.into(), &self.token, &islands);
        self.wishes.push_back(Wish::Send(frame));
        self.asked.push_back(naming.iter().map(|(at, _)| u32::try_from(*at).unwrap_or(u32::MAX)).collect());
    }

    fn resume(&mut self, base: u32, seen: u32) {
        let Ok(token) = <&[u8; TOKEN]>::try_from(&self.token[..]) else {
            self.trouble.push("a resume without a token".to_owned());
            return;
        };
        let mut frame = Vec::new();
        let resume = Resume {
            wants: 0,
            path: "/",
            epoch: self.epoch.into(),
            base: base.into(),
            seen: seen.into(),
            token,
        };
        up::resume(&mut frame, &resume);
        self.wishes.push_back(Wish::Send(frame));
    }

    fn seen(&mut self, count: u32) {
        let mut frame = Vec::new();
        up::seen(&mut frame, count.into());
        self.wishes.push_back(Wish::Send(frame));
    }

    fn token(&mut self, token: &[u8]) {
        self.token = token.to_vec();
    }

    fn asked(&mut self, index: u32) -> Option<u32> {
        let slot = self.asked.front()?.get(index as usize).copied();
        if slot.is_none() {
            self.asked.pop_front();
        }
        slot
    }

    fn joined(&mut self, slot: u32, id: u32, seq: u32) -> u32 {
        let island = &mut self.slots[slot as usize];
        island.id = id;
        island.kept.retain(|kept| kept.seq > seq);
        if island.kept.first().is_some_and(|kept| kept.seq > seq + 1) {
            let (instance, first) = (&island.instance, island.kept[0].seq);
            self.trouble
                .push(format!("{instance} joined after {seq}, but the events kept begin with {first}"));
        }
        self.again(slot, seq);
        self.slots[slot as usize].kept.last().map_or(seq, |kept| kept.seq)
    }

    fn again(&mut self, slot: u32, seq: u32) {
        let island = &self.slots[slot as usize];
        let id = island.id;
        let kept: Vec<_> = island.kept.iter().filter(|kept| kept.seq > seq).cloned().collect();
        for kept in kept {
            self.say(id, &kept);
        }
    }

    fn first(&mut self, slot: u32) -> bool {
        let island = &mut self.slots[slot as usize];
        self.trouble.push(format!("the seal of {} was refused", island.instance));
        let other = island.seal != island.first;
        island.seal = island.first.clone();
        island.kept.clear();
        other
    }

    fn forget(&mut self, slot: u32, seq: u32, refused: bool) {
        let kept = &mut self.slots[slot as usize].kept;
        if !refused {
            kept.retain(|kept| kept.seq > seq);
        } else if let Some(kept) = kept.iter_mut().find(|kept| kept.seq == seq) {
            kept.name.clear();
            kept.payload.clear();
        }
    }

    fn timer(&mut self, milliseconds: f64) {
        self.wishes.push_back(Wish::Timer(milliseconds));
    }

    fn ask(&mut self, epoch: u32) {
        self.wishes.push_back(Wish::Ask(epoch));
    }

    fn show(&mut self, status: Status) {
        self.status = status;
        if status == Status::Stopped {
            self.trouble.push("the page stopped".to_owned());
        }
    }

    fn begin(&mut self, slot: u32) {
        self.at = slot as usize;
        let foreign = self.chance.percent(self.foreign);
        self.fits = false;
        if !foreign && !self.program.is_empty() {
            let applied = self.slots[self.at].tree.apply(&self.program);
            if let Err(error) = &applied {
                let instance = &self.slots[self.at].instance;
                self.trouble.push(format!("an edit of {instance} does not fit: {error}"));
            }
            self.fits = applied.is_ok();
        }
    }

    fn end(&mut self, _: u32, _: u32, _: Made) {}

    fn settled(&mut self, _: u32, _: u32) {}

    fn morph(&mut self, html: &[u8]) {
        let tree = Tree::parse(&String::from_utf8_lossy(html));
        let slot = &mut self.slots[self.at];
        if let Some(compared) = &mut self.compared {
            if slot.tree != tree {
                let (shown, rendered) = (slot.tree.to_html(), tree.to_html());
                let instance = &slot.instance;
                self.trouble
                    .push(format!("{instance} shows\n  {shown}\nand the server renders\n  {rendered}"));
            }
            compared.insert(self.at);
        }
        slot.tree = tree;
    }

    fn seal(&mut self, slot: u32, seal: &[u8]) {
        self.slots[slot as usize].seal = seal.to_vec();
    }

    fn push(&mut self, _: u32, _: &[u8], _: &[u8]) {}

    fn redirect(&mut self, _: &[u8]) {}

    fn title(&mut self, _: &[u8]) {}

    fn error(&mut self, slot: Option<u32>, code: u32, word: &[u8], sentence: &[u8], seq: u32) {
        let expected = [102, 103, 104, 105, 305, 306, 311, 312];
        // An event for a nested island that its parent has taken away meanwhile.
        let nested = |slot: u32| self.slots[slot as usize].parent.is_some();
        let gone = code == 208 && slot.is_none_or(nested);
        if !gone && !expected.contains(&code) {
            let (word, sentence) = (String::from_utf8_lossy(word), String::from_utf8_lossy(sentence));
            self.trouble.push(format!("error {code} {word} for event {seq}: {sentence}"));
        }
        if let Some(island) = slot.map(|slot| &mut self.slots[slot as usize])
            && let Some(kept) = island.kept.iter().find(|kept| kept.seq == seq)
        {
            island.refused.insert(kept.number);
        }
    }

    fn presence(&mut self, _: bool, _: u32) {}

    fn mount(&mut self, parent: u32, id: u32, key: &[u8], html: &[u8]) -> u32 {
        let (parent, key) = (parent as usize, String::from_utf8_lossy(key).into_owned());
        if !placeholder(self.slots[parent].tree.children(), &key) {
            // Its parent's edit did not fit: it is found missing at the end, if nothing mends that.
            return 0;
        }
        let instance = format!("{}/{key}", self.slots[parent].instance);
        let html = String::from_utf8_lossy(html);
        let mut island = Slot::new(instance, &html, Vec::new(), Some((parent, key)));
        island.id = id;
        let over = self.slots.iter().position(|slot| slot.instance == island.instance);
        let slot = over.unwrap_or(self.slots.len());
        if over.is_some() {
            self.slots[slot] = island;
        } else {
            self.slots.push(island);
        }
        u32::try_from(slot + 1).unwrap_or(0)
    }

    fn reload(&mut self) -> bool {
        self.trouble.push("the page was loaded again".to_owned());
        true
    }
}
