//! One island as its page knows it: ids, seals, kept events, what it shows.

use holm_dom::Tree;
use stories::http::PageIsland;

/// One island of the page.
#[derive(Debug)]
pub struct Island {
    pub(super) about: PageIsland,
    pub(super) id: Option<u64>,
    /// Edits came after the newest seal.
    pub(super) moved: bool,
    /// What the page shows, once it has asked for a snapshot.
    pub(super) tree: Option<Tree>,
    /// Events that no seal contains, oldest first: number, name, payload.
    pub(super) kept: Vec<(u64, String, String)>,
    /// The number of the last event.
    pub last: u64,
    /// The number of the last event that the server says is contained.
    pub acked: u64,
    /// How many acknowledged events the server had forgotten, and was sent again.
    pub again: u64,
    /// Bytes of the newest seal that came down.
    pub sealed: usize,
    /// How many edits and snapshots came.
    pub edits: u64,
}

impl Island {
    pub(super) fn new(about: &PageIsland) -> Self {
        Self {
            about: about.clone(),
            id: None,
            moved: false,
            tree: None,
            kept: Vec::new(),
            last: 0,
            acked: 0,
            again: 0,
            sealed: 0,
            edits: 0,
        }
    }

    /// What the page shows, once it has asked for a snapshot.
    pub fn html(&self) -> Option<String> {
        self.tree.as_ref().map(Tree::to_html)
    }

    pub(super) fn joined(&mut self, id: u64, seq: u64) {
        self.id = Some(id);
        self.again += self.acked.saturating_sub(seq);
        self.acked = seq;
        self.kept.retain(|event| event.0 > seq);
    }

    /// The frames of kept events with higher numbers.
    pub(super) fn unsent(&self, seq: u64) -> Vec<Vec<u8>> {
        let Some(id) = self.id else { return Vec::new() };
        let kept = self.kept.iter().filter(|event| event.0 > seq);
        kept.map(|(seq, name, payload)| stories::peer::event(id, *seq, name, payload)).collect()
    }

    /// Applies an edit program; gives back what is wrong with it.
    pub(super) fn edit(&mut self, program: &[u8]) -> Option<String> {
        self.moved = true;
        self.edits += 1;
        let tree = self.tree.as_mut()?;
        tree.apply(program).err().map(|error| format!("an edit does not fit: {error}"))
    }
}
