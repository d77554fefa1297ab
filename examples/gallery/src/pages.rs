//! The pages, one file each.

pub(crate) mod build_log;
pub(crate) mod clock;
pub(crate) mod counters;
pub(crate) mod errors;
pub(crate) mod home;
pub(crate) mod missing;
pub(crate) mod nested;
pub(crate) mod no_script;
pub(crate) mod plain;
pub(crate) mod presence;
pub(crate) mod table;

use crate::layout::About;

/// The pages in the order of the navigation, the front page first.
pub(crate) static ALL: [&About; 10] = [
    &home::ABOUT,
    &counters::ABOUT,
    &table::ABOUT,
    &presence::ABOUT,
    &clock::ABOUT,
    &build_log::ABOUT,
    &nested::ABOUT,
    &errors::ABOUT,
    &no_script::ABOUT,
    &plain::ABOUT,
];
