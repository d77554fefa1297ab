//! Edit programs for tests in other languages: each line of the input is an island's inner HTML before
//! and after, as two hexadecimal words (`-` for none); each line of the output the program between
//! them, or `-` when a snapshot is to be sent instead.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a test tool")]

use std::fmt::Write as _;
use std::io::{BufRead, stdin};

use holm_dom::{Outcome, diff};

fn main() {
    for line in stdin().lock().lines() {
        let line = line.unwrap();
        let mut words = line.split(' ').map(text);
        let (old, new) = (words.next().unwrap(), words.next().unwrap());
        let mut program = Vec::new();
        match diff(&old, &new, &mut program) {
            Outcome::Snapshot => println!("-"),
            _ => println!("{}", hex(&program)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        write!(out, "{byte:02x}").unwrap();
        out
    })
}

fn text(hex: &str) -> String {
    let hex = hex.trim_matches('-');
    let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
    String::from_utf8(bytes.collect()).unwrap()
}
