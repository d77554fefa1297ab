//! The pages, one file each.

pub(crate) mod assistant;
pub(crate) mod build_log;
pub(crate) mod chat;
pub(crate) mod clock;
pub(crate) mod counters;
pub(crate) mod dashboard;
pub(crate) mod errors;
pub(crate) mod grid;
pub(crate) mod home;
pub(crate) mod likes;
pub(crate) mod missing;
pub(crate) mod nested;
pub(crate) mod no_script;
pub(crate) mod notifications;
pub(crate) mod plain;
pub(crate) mod presence;
pub(crate) mod search;
pub(crate) mod table;
pub(crate) mod todo;
pub(crate) mod who;
pub(crate) mod workbench;

use crate::layout::About;

/// The pages in the order of the navigation, the front page first.
pub(crate) static ALL: &[&About] = &[
    &home::ABOUT,
    &counters::ABOUT,
    &table::ABOUT,
    &grid::ABOUT,
    &todo::ABOUT,
    &workbench::ABOUT,
    &search::ABOUT,
    &likes::ABOUT,
    &chat::ABOUT,
    &who::ABOUT,
    &presence::ABOUT,
    &dashboard::ABOUT,
    &build_log::ABOUT,
    &assistant::ABOUT,
    &notifications::ABOUT,
    &clock::ABOUT,
    &nested::ABOUT,
    &errors::ABOUT,
    &no_script::ABOUT,
    &plain::ABOUT,
];
