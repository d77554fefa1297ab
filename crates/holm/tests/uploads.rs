//! Uploads, request by request: what a page sends, what its island tells, what is kept.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

#[path = "uploads/held.rs"]
mod held;
#[path = "uploads/limits.rs"]
mod limits;
#[path = "uploads/lives.rs"]
mod lives;
#[path = "uploads/pieces.rs"]
mod pieces;
#[path = "uploads/protocol.rs"]
mod protocol;
#[path = "uploads/sinks.rs"]
mod sinks;
#[path = "uploads/stage.rs"]
mod stage;
#[path = "uploads/wall.rs"]
mod wall;
