//! One row: its data, made from its number, and its HTML.

use holm::prelude::*;

use super::Edit;

const FIRST: [&str; 25] = [
    "Alder", "Ash", "Birch", "Bracken", "Cairn", "Clover", "Eider", "Fern", "Gannet", "Gorse", "Gull",
    "Hazel", "Heather", "Kelp", "Lark", "Moss", "Otter", "Pine", "Plover", "Reed", "Rowan", "Seal", "Tern",
    "Thrift", "Willow",
];
const SECOND: [&str; 8] = ["holm", " Skerry", " Rock", "ey", " Ness", " Stack", " Shoal", " Bank"];

/// What a row shows.
pub(super) struct Row {
    pub(super) id: u16,
    pub(super) name: String,
    /// Length of the shore in metres.
    pub(super) shore: u32,
    pub(super) landings: u32,
}

impl Row {
    /// The row before anyone changed it.
    pub(super) fn charted(id: u16) -> Self {
        let mixed = (u32::from(id).wrapping_mul(2_654_435_761)) >> 7;
        let name = format!("{}{}", FIRST[(mixed % 25) as usize], SECOND[(mixed / 25 % 8) as usize]);
        Self { id, name, shore: 90 + mixed / 200 % 2_400, landings: mixed / 7 % 60 }
    }

    /// The row's HTML, keyed by its id; with a small form in place of the name while it is being renamed.
    pub(super) fn render(&self, renaming: bool) -> Markup {
        html! {
            tr id={ "r" (self.id) } {
                td { (self.id) }
                th scope="row" {
                    @if renaming {
                        form method="dialog" data-live-submit=(Edit::save_event()) {
                            input type="hidden" name="id" value=(self.id);
                            input name="name" value=(self.name) maxlength="40" required autofocus aria-label="New name";
                            button { "Save" }
                            button.quiet type="button" data-live=(Edit::Cancel) { "Cancel" }
                        }
                    } @else {
                        button.cell data-live=(Edit::Rename(self.id)) { (self.name) }
                    }
                }
                td { (self.shore) }
                td { button.cell data-live=(Edit::Land(self.id)) aria-describedby="by-landings" { (self.landings) } }
                td { button.cell.cross data-live=(Edit::Remove(self.id)) aria-label={ "Remove " (self.name) } { "×" } }
            }
        }
    }
}
