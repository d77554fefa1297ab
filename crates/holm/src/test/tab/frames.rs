//! Taking frames as the client does.

use std::time::Duration;

use holm_dom::Tree;
use holm_wire::Code;
use holm_wire::down::{Down, is_counted};

use super::entries::controls;
use super::gesture::is_typed;
use super::screen::Screen;
use super::{Act, Edit, Island, Problem, Pushed, Tab};

impl Tab {
    /// Applies one frame as the client does.
    pub(super) fn take(&mut self, frame: &[u8]) {
        let down = Down::decode(frame).expect("the server writes valid frames");
        if frame.first().copied().is_some_and(is_counted) {
            self.seen.1 += 1;
        } else if matches!(down, Down::Joined(_) | Down::Resumed(_)) && self.seen.0 != self.epoch {
            self.seen = (self.epoch, 0);
        }
        match down {
            Down::Resumed(resumed) => {
                for answer in resumed.islands().flatten() {
                    self.send_again(answer.id, answer.seq);
                }
            }
            Down::Joined(joined) => {
                self.token = joined.token.to_vec();
                for (island, answer) in self.islands.iter_mut().zip(joined.islands().flatten()) {
                    island.id = answer.id;
                    island.unsealed.retain(|event| event.seq > answer.seq);
                    // They follow already, but where nothing was sealed: there the island begins anew.
                    for (event, seq) in island.unsealed.iter_mut().zip(answer.seq + 1..) {
                        event.seq = seq;
                    }
                    island.acked = answer.seq;
                    island.sent = island.unsealed.last().map_or(answer.seq, |event| event.seq);
                }
            }
            Down::Edit { island, program } => self.apply(island, program, frame.len()),
            Down::EditAck { island, seq, program } => {
                // What it answers is answered before it changes anything.
                self.acked(island, seq);
                self.apply(island, program, frame.len());
            }
            Down::Ack { island, seq } => self.acked(island, seq),
            Down::Snapshot { island, seq, html } => {
                self.acked(island, seq);
                if let Some(known) = self.by_id(island) {
                    let mut before = std::mem::replace(&mut known.tree, Tree::parse(html));
                    known.tree.inherit(&before);
                    known.tree.keep_lists(&mut before);
                }
                self.note_edit(island, frame.len(), true);
            }
            Down::Mount { parent, key, id, name, html } => {
                self.mount(parent, key, id, name, html, frame.len());
            }
            Down::Seal { island, seq, seal } => {
                if let Some(known) = self.by_id(island) {
                    if !seal.is_empty() {
                        known.seal = seal.to_vec();
                        known.moved_on = false;
                    }
                    known.unsealed.retain(|event| event.seq > seq);
                }
            }
            Down::Error { code, island, seq, sentence, .. } => {
                let number = u16::try_from(code).unwrap_or_default();
                let code = Code::from_number(number).expect("the server sends known codes");
                let name = island.map(|island| self.name_of(island));
                self.errors.push(Problem { code, island: name, sentence: sentence.to_owned() });
                if let Some(island) = island {
                    self.acked(island, seq);
                    if let Some(known) = self.by_id(island) {
                        // Its number stays taken, so that those after it keep theirs.
                        let refused = known.unsealed.iter_mut().filter(|event| event.seq == seq);
                        refused.for_each(|event| event.name = String::new());
                    }
                }
            }
            Down::Presence { total: false, count } => self.presence.0 = Some(count),
            Down::Presence { total: true, count } => self.presence.1 = Some(count),
            Down::List { island, op, list, text } => {
                self.changes += 1;
                if let Some(known) = self.by_id(island) {
                    // As on a page, where the list is not there, nothing happens.
                    known.tree.change_list(op, list, text);
                }
                self.look_at_fields();
            }
            Down::Push { island, name, json } => {
                let detail = serde_json::from_str(json).expect("a push carries JSON");
                let island = self.name_of(island);
                self.pushed.push(Pushed { island, name: name.to_owned(), detail });
            }
            Down::Act { island, what, with } => {
                let island = self.name_of(island);
                // Before the selector stands the number of the event that is answered.
                let answers = matches!(what, "reset" | "focus" | "select" | "open");
                let numbered = with.split_once(' ').filter(|_| answers);
                let number = numbered.and_then(|(number, form)| Some((number.parse().ok()?, form)));
                let (before, with) = number.map_or((None, with), |(number, form)| (Some(number), form));
                self.act(&island, what, with, before);
                self.acts.push(Act { island, what: what.to_owned(), with: with.to_owned() });
            }
            Down::Redirect { url } => self.redirect = Some(url.to_owned()),
            Down::Title { text } => self.title = Some(text.to_owned()),
            Down::ComeBack { milliseconds } => self.come_back = Some(Duration::from_millis(milliseconds)),
            Down::Heartbeat => {}
        }
    }

    fn mount(&mut self, parent: u64, key: &str, id: u64, name: &str, html: &str, bytes: usize) {
        let instance = format!("{}/{key}", self.name_of(parent));
        self.islands.retain(|island| island.instance != instance);
        let tree = Tree::parse(html);
        self.islands.push(Island {
            id,
            name: name.to_owned(),
            instance,
            tree,
            sent: 0,
            moved: 0,
            acked: 0,
            seal: Vec::new(),
            moved_on: true,
            unsealed: Vec::new(),
        });
        self.note_edit(id, bytes, true);
    }

    fn apply(&mut self, id: u64, program: &[u8], bytes: usize) {
        if let Some(island) = self.by_id(id) {
            island.tree.apply(program).expect("an edit fits the tree it was made for");
            self.note_edit(id, bytes, false);
        }
    }

    fn acked(&mut self, id: u64, seq: u64) {
        if let Some(island) = self.by_id(id) {
            island.acked = island.acked.max(seq);
            let instance = island.instance.clone();
            self.fields.answered(&instance, seq);
        }
    }

    fn note_edit(&mut self, id: u64, bytes: usize, snapshot: bool) {
        if let Some(island) = self.by_id(id) {
            island.moved_on = true;
            let edit =
                Edit { island: island.instance.clone(), bytes, snapshot, html_after: island.tree.to_html() };
            self.edits.push(edit);
        }
        self.look_at_fields();
    }

    /// Looks at what has become of the fields that the visitor has touched, and of the focus.
    fn look_at_fields(&mut self) {
        if self.fields.is_empty() && self.focused.is_none() {
            return;
        }
        let screen = Screen::of(self);
        let paces = &self.paces;
        self.fields.look(&screen, &|key| Self::waits(paces, key));
        self.focused = self.focused.take().filter(|key| screen.by_key(key).is_some());
    }

    /// Does what an island has the page do by itself.
    fn act(&mut self, instance: &str, what: &str, with: &str, before: Option<u64>) {
        // The other words show and hide what no test of a server sees.
        if !matches!(what, "reset" | "focus") {
            return;
        }
        let screen = Screen::of(self);
        let Some(element) = screen.in_island(instance, with) else { return };
        match what {
            "reset" => {
                let acked = self.joined(instance).map_or(0, |island| island.acked);
                let before = before.unwrap_or(acked);
                for control in controls(&screen, element) {
                    self.fields.reset(control, before);
                }
            }
            "focus" => {
                let late = match before {
                    Some(seq) => self.joined(instance).is_some_and(|island| island.moved >= seq),
                    None => self.focused.as_deref().and_then(|key| screen.by_key(key)).is_some_and(is_typed),
                };
                if !late {
                    // It is not the visitor who moves it.
                    let moved: Vec<u64> = self.islands.iter().map(|island| island.moved).collect();
                    self.move_focus(&screen, Some(element));
                    for (island, moved) in self.islands.iter_mut().zip(moved) {
                        island.moved = moved;
                    }
                }
            }
            _ => {}
        }
    }
}
