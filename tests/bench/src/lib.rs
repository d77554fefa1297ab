//! What `cargo xtask bench` and `cargo xtask load` are made of.
//!
//! A figure never stands alone: its floor is measured in the same run, with the same socket client. Servers run
//! in a child process, so that their memory is theirs and their work is not the client's.

pub mod browser;
pub mod channels;
pub mod child;
pub mod crowd;
pub mod delivery;
pub mod diff;
pub mod echo;
pub mod flood;
pub mod gallery;
pub mod islands;
pub mod lists;
pub mod load;
pub mod memory;
pub mod page;
pub mod parked;
pub mod payload;
pub mod presence;
mod pushed;
pub mod raw;
pub mod report;
pub mod resume;
pub mod seals;
pub mod server;
pub mod shared;
pub mod size;
pub mod storm;
pub mod subscriber;
pub mod survive;
mod talk;
pub mod topics;
