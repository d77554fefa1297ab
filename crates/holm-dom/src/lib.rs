//! HTML text to tree to edits: what changed between two renders of an island, as an edit program.
//!
//! [`diff`] compares two texts and appends a program in [`holm_wire::edit`]'s format. It works on the
//! tree that the browser will have, which is not always the one the markup spells: what the parser
//! would rearrange is *opaque*, compared as bytes and replaced whole, and [`inspect`] tells an author
//! what to write instead. [`Tree`] is a model of the browser's side.
//!
//! Everything here is a pure function of its arguments; nothing knows of islands' code or sockets.
#![forbid(unsafe_code)]

mod apply;
mod attrs;
mod back;
mod diff;
mod entity;
mod foreign;
mod identity;
mod inspect;
mod list;
mod node;
mod parse;
mod plain;
mod refill;
mod region;
mod rows;
mod rules;
mod scan;
mod splice;
mod tags;
mod tree;
mod walk;

pub use apply::{Applied, ApplyError};
pub use diff::{Outcome, Shape, diff, diff_from};
pub use inspect::{Advice, LiveAttr, Report, inspect};
pub use plain::{EVENT_FIELD, Plain, PlainForm, empty_place, plain};
pub use refill::refill;
pub use rows::{fill_list, has_list, keyed};
pub use tree::{Child, Element, Tree};
