//! Taking frames as the client does.

use std::time::Duration;

use holm_dom::Tree;
use holm_wire::Code;
use holm_wire::down::{Down, is_counted};

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
            Down::Edit { island, program } => self.apply(island, None, program, frame.len()),
            Down::EditAck { island, seq, program } => self.apply(island, Some(seq), program, frame.len()),
            Down::Ack { island, seq } => self.acked(island, seq),
            Down::Snapshot { island, seq, html } => {
                if let Some(known) = self.by_id(island) {
                    let mut before = std::mem::replace(&mut known.tree, Tree::parse(html));
                    known.tree.keep_lists(&mut before);
                }
                self.acked(island, seq);
                self.note_edit(island, frame.len(), true);
            }
            Down::Mount { parent, key, id, name, html } => {
                let instance = format!("{}/{key}", self.name_of(parent));
                self.islands.retain(|island| island.instance != instance);
                let tree = Tree::parse(html);
                self.islands.push(Island {
                    id,
                    name: name.to_owned(),
                    instance,
                    tree,
                    sent: 0,
                    acked: 0,
                    seal: Vec::new(),
                    moved_on: true,
                    unsealed: Vec::new(),
                });
                self.note_edit(id, frame.len(), true);
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
            }
            Down::Push { island, name, json } => {
                let detail = serde_json::from_str(json).expect("a push carries JSON");
                let island = self.name_of(island);
                self.pushed.push(Pushed { island, name: name.to_owned(), detail });
            }
            Down::Act { island, what, with } => {
                let island = self.name_of(island);
                self.acts.push(Act { island, what: what.to_owned(), with: bare(what, with).to_owned() });
            }
            Down::Redirect { url } => self.redirect = Some(url.to_owned()),
            Down::Title { text } => self.title = Some(text.to_owned()),
            Down::ComeBack { milliseconds } => self.come_back = Some(Duration::from_millis(milliseconds)),
            Down::Heartbeat => {}
        }
    }

    fn apply(&mut self, id: u64, seq: Option<u64>, program: &[u8], bytes: usize) {
        if let Some(island) = self.by_id(id) {
            island.tree.apply(program).expect("an edit fits the tree it was made for");
            self.note_edit(id, bytes, false);
        }
        if let Some(seq) = seq {
            self.acked(id, seq);
        }
    }

    fn acked(&mut self, id: u64, seq: u64) {
        if let Some(island) = self.by_id(id) {
            island.acked = island.acked.max(seq);
        }
    }

    fn note_edit(&mut self, id: u64, bytes: usize, snapshot: bool) {
        if let Some(island) = self.by_id(id) {
            island.moved_on = true;
            let edit =
                Edit { island: island.instance.clone(), bytes, snapshot, html_after: island.tree.to_html() };
            self.edits.push(edit);
        }
    }
}

/// What an act is done with; before a form stands the number of the event that emptied it.
fn bare<'a>(what: &str, with: &'a str) -> &'a str {
    let numbered = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    match with.split_once(' ') {
        Some((number, form)) if what == "reset" && numbered(number) => form,
        _ => with,
    }
}
