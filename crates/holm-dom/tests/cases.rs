//! Other libraries' test data, where it lies beside the checkout: keyed lists with their fewest DOM
//! operations, and pairs of HTML.

#![allow(clippy::print_stderr, clippy::print_stdout, reason = "a file that is not there is said aloud")]

use std::path::PathBuf;

use holm_dom::{Outcome, Shape, Tree, diff, diff_from};
use serde_json::Value;

/// The cases of one file, or nothing (and a message) where the file is not there.
fn cases(file: &str) -> Vec<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/morph-cases").join(file);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {} is not there, so its cases are not run", path.display());
        return Vec::new();
    };
    let all: Value = serde_json::from_str(&text).expect("a file of cases is JSON");
    all["cases"].as_array().expect("a list of cases").clone()
}

fn list(keys: &Value, attr: &str) -> String {
    let keys = keys.as_array().expect("a list of keys");
    keys.iter().fold(String::from("<ul>"), |html, key| {
        let key = key
            .as_str()
            .expect("a key is text")
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;");
        format!("{html}<li {attr}=\"{key}\">{key}</li>")
    }) + "</ul>"
}

#[test]
fn keyed_lists_take_the_fewest_operations() {
    let cases = cases("keyed-lists.json");
    for attr in ["id", "data-key"] {
        let mut total = 0;
        for case in &cases {
            let (old, new) = (list(&case["from"], attr), list(&case["to"], attr));
            // Beside something larger, so that no list is too short for edits to be worth it.
            let pad = "<p>A paragraph.</p>".repeat(200);
            let (old, new) = (format!("{pad}{old}"), format!("{pad}{new}"));
            let (mut program, mut tree) = (Vec::new(), Tree::parse(&old));
            if diff(&old, &new, &mut program) == Outcome::Edits {
                let applied = tree.apply(&program).expect("the program fits");
                // A node that moves is one that is taken out and one that is put in.
                total += 2 * applied.moves + applied.inserts + applied.removes;
                if let Some(put_in) = case["minOps"]["insertBefore"].as_u64() {
                    assert_eq!((applied.moves + applied.inserts) as u64, put_in, "{}", case["name"]);
                }
            }
            assert_eq!(tree, Tree::parse(&new), "{}", case["name"]);
        }
        if !cases.is_empty() {
            assert_eq!(total, 738);
        }
    }
}

#[test]
fn pairs_of_html_hold() {
    for file in ["idiomorph.json", "morphdom-fixtures.json"] {
        let cases = cases(file);
        let mut edited = 0;
        for case in &cases {
            let (Some(from), Some(to)) = (case["from"].as_str(), case["to"].as_str()) else { continue };
            for (old, new) in [(from, to), (to, from)] {
                let (mut program, mut tree) = (Vec::new(), Tree::parse(old));
                match diff_from(old, new, &mut Shape::Unknown, &mut program) {
                    Outcome::Snapshot => continue,
                    Outcome::Same => {}
                    Outcome::Edits => {
                        tree.apply(&program).expect("the program fits");
                        edited += 1;
                    }
                }
                assert_eq!(tree, Tree::parse(new), "{}: {old} -> {new}", case["name"]);
            }
        }
        println!("{file}: {} cases, {edited} by edits", cases.len());
    }
}
