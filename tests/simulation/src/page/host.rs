//! What the client asks of its page.

use holm_client::host::{Host, Made, Status};
use holm_client::walk::Dom;
use holm_dom::Tree;
use holm_wire::up::{self, JoinIsland, Resume, TOKEN};

use super::{Page, Slot, Wish, placeholder};

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
    fn now(&mut self) -> u32 {
        self.now
    }

    fn chance(&mut self, below: u32) -> u32 {
        u32::try_from(self.chance.below(u64::from(below.max(1)))).unwrap_or(0)
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

    fn leave(&mut self, id: u32) {
        let mut frame = Vec::new();
        up::leave(&mut frame, id.into());
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

    fn timer(&mut self, at: Option<u32>) {
        let now = self.now;
        let wait = at.map_or(f64::INFINITY, |at| f64::from(at.saturating_sub(now)) * 10.0);
        self.wishes.push_back(Wish::Timer(wait));
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

    fn begin(&mut self, slot: u32, _: u32) {
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

    fn push(&mut self, _: u32, _: u32, _: &[u8], _: &[u8]) {}

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
