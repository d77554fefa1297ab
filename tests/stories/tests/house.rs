//! The rules of the house that a text search can check. Each failure says which file and what to do.
#![allow(
    clippy::unwrap_used,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test of our own files"
)]

use std::fs;
use std::path::{Path, PathBuf};

use holm::prelude::Limits;
use holm_wire::{Action, Code};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Paths below `dir`, relative to the top, with `/`; what is built, installed or hidden is left out.
fn files(dir: &str) -> Vec<String> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let built =
                ["target", "node_modules", "corpus", "artifacts", "coverage"].contains(&name.as_str());
            if built || (name.starts_with('.') && name != ".ci" && name != ".cargo") {
                continue;
            }
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let (root, mut found) = (root(), Vec::new());
    walk(&root.join(dir), &mut found);
    let relative = |path: PathBuf| path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
    let mut paths: Vec<_> = found.into_iter().map(relative).collect();
    paths.sort();
    paths
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn rust(dir: &str) -> impl Iterator<Item = String> {
    files(dir).into_iter().filter(|path| path.ends_with(".rs"))
}

/// A file's lines without comments, numbered.
fn code(path: &str) -> Vec<(usize, String)> {
    let strip = |line: &str| line.split("//").next().unwrap_or("").to_owned();
    (1..).zip(read(path).lines().map(strip)).collect()
}

/// Fails with every place in these files where one of the needles stands in code.
fn absent(paths: impl Iterator<Item = String>, needles: &[&str], advice: &str) {
    let mut places = String::new();
    for path in paths {
        for (number, line) in code(&path) {
            if needles.iter().any(|needle| line.contains(needle)) {
                places.extend(["  ", &path, ":", &number.to_string(), ": ", line.trim(), "\n"]);
            }
        }
    }
    assert!(places.is_empty(), "{advice}\n{places}");
}

#[test]
fn axum_is_named_only_where_the_map_says() {
    let map = read("ARCHITECTURE.md");
    let said = map.split("\n\n").find(|part| part.contains("axum is named only"));
    let said =
        said.expect("ARCHITECTURE.md has an invariant that begins \"axum is named only in\" and lists paths");
    let allowed: Vec<&str> = said.split('`').skip(1).step_by(2).collect();
    let others = rust("crates").filter(|path| {
        path.contains("/src/")
            && !allowed.iter().any(|part| path.contains(part.trim_start_matches("crates/")))
    });
    absent(others, &["axum::", "use axum"], "ARCHITECTURE.md allows axum elsewhere only");
}

#[test]
fn only_the_wasm_client_may_be_unsafe() {
    let needles = ["unsafe {", "unsafe fn", "unsafe impl", "unsafe extern", "allow(unsafe_code"];
    let own = "tests/stories/tests/house.rs";
    let all = ["crates", "examples", "tests", "xtask"].into_iter().flat_map(rust);
    absent(all.filter(|path| path != own), &needles, "write it without `unsafe`");
}

#[test]
fn libraries_never_print() {
    let libraries = rust("crates").filter(|path| path.contains("/src/"));
    absent(libraries, &["println!(", "print!(", "dbg!("], "libraries trace; programs print");
}

#[test]
fn files_have_one_subject_each() {
    let sources = ["crates", "client-runtime", "examples", "tests", "xtask"].into_iter().flat_map(files);
    let sources = sources.filter(|path| [".rs", ".mjs", ".js"].iter().any(|end| path.ends_with(end)));
    let written = sources.filter(|path| !path.starts_with("crates/holm/client/"));
    let long: Vec<_> =
        written.map(|path| (read(&path).lines().count(), path)).filter(|(lines, _)| *lines > 500).collect();
    assert!(long.is_empty(), "more than 500 lines: split by subject: {long:?}");
}

#[test]
fn a_module_stands_beside_its_folder() {
    let old: Vec<_> = rust("").filter(|path| path.ends_with("/mod.rs")).collect();
    assert!(old.is_empty(), "`foo.rs` beside `foo/`, never `mod.rs`: {old:?}");
}

#[test]
fn pure_rooms_wait_for_nothing() {
    let pure = ["crates/holm-dom/src", "crates/holm-wire/src"].into_iter().flat_map(rust);
    let needles = ["async ", ".await", "tokio", "std::net", "std::thread", "Instant::now", "SystemTime"];
    absent(pure, &needles, "holm-dom and holm-wire are pure: text and bytes in, text and bytes out");
    for manifest in ["crates/holm-dom/Cargo.toml", "crates/holm-wire/Cargo.toml"] {
        let text = read(manifest);
        let dependencies = text.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
        for word in ["tokio", "axum", "futures", "holm.workspace"] {
            assert!(!dependencies.contains(word), "{manifest} must not depend on {word}");
        }
    }
}

#[test]
fn maps_of_shared_state_stay_in_their_own_modules() {
    let signatures = rust("crates/holm/src").filter(|path| read(path).contains("dashmap"));
    absent(
        signatures,
        &["-> Ref<", "-> RefMut<", "dashmap::mapref"],
        "return owned values: a guard deadlocks",
    );
}

#[test]
fn links_between_the_documents_resolve() {
    let documents = files("").into_iter().filter(|path| path.ends_with(".md"));
    let mut broken = Vec::new();
    for document in documents {
        let folder = root().join(&document).parent().unwrap().to_owned();
        let text = read(&document);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split(['#', ' ']).next().unwrap_or("");
            let remote = link.contains("://") || link.starts_with("mailto:") || path.is_empty();
            if !remote && !folder.join(path).exists() {
                broken.push(format!("{document} -> {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "links to nothing:\n{}", broken.join("\n"));
}

#[test]
fn every_dependency_says_what_it_is_for() {
    let manifest = read("Cargo.toml");
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let outside = section.lines().filter(|line| line.contains('=') && !line.contains("path ="));
    let names = outside.filter_map(|line| line.split([' ', '=']).next());
    let map = read("ARCHITECTURE.md");
    let unnamed: Vec<_> = names.filter(|name| !map.contains(&format!("`{name}`"))).collect();
    assert!(unnamed.is_empty(), "ARCHITECTURE.md's section on dependencies does not say why: {unnamed:?}");
}

#[test]
fn no_file_names_a_registry_host() {
    let hosts = [
        concat!("crates", ".io"),
        concat!("npmjs", ".org"),
        concat!("deb.", "debian"),
        concat!("static.", "rust-lang"),
    ];
    let mut found = Vec::new();
    for path in files("").into_iter().filter(|path| !path.ends_with("Cargo.lock")) {
        // Compressed client files are no text.
        let Ok(text) = fs::read_to_string(root().join(&path)) else { continue };
        found.extend(hosts.iter().filter(|host| text.contains(**host)).map(|host| format!("{path}: {host}")));
    }
    assert!(found.is_empty(), "the reader's own configuration says where packages come from: {found:?}");
}

#[test]
fn the_client_s_manifest_tells_the_truth() {
    let folder = "crates/holm/client";
    let manifest: serde_json::Value =
        serde_json::from_str(&read(&format!("{folder}/manifest.json"))).unwrap();
    let mut named = vec![format!("{folder}/manifest.json")];
    for kind in manifest["sizes"].as_object().unwrap().keys() {
        let name = manifest[kind].as_str().unwrap_or_else(|| panic!("the manifest names no {kind}"));
        for (form, ending) in [("raw", ""), ("br", ".br"), ("gz", ".gz")] {
            let path = format!("{folder}/{name}{ending}");
            let len =
                fs::metadata(root().join(&path)).unwrap_or_else(|error| panic!("{path}: {error}")).len();
            assert_eq!(Some(len), manifest["sizes"][kind][form].as_u64(), "{path}");
            named.push(path);
        }
    }
    named.sort();
    assert_eq!(files(folder), named, "files that no manifest names: `cargo xtask client` removes them");
}

#[test]
fn browser_tests_wait_for_conditions() {
    let scripts = files("tests/browser").into_iter().filter(|path| path.ends_with(".mjs"));
    absent(scripts, &["waitForTimeout("], "wait for what should be true, never for a time");
}

#[test]
fn the_table_of_limits_is_complete() {
    let page = read("docs/limits.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let mut wrong = Vec::new();
    for (name, variable, default) in Limits::table() {
        let cells = format!("| `{name}` | `{variable}` | {default} |");
        if !rows.iter().any(|row| row.starts_with(&cells)) {
            wrong.push(cells);
        }
    }
    assert!(wrong.is_empty(), "docs/limits.md has no rows that begin\n{}", wrong.join("\n"));
    assert_eq!(rows.len(), Limits::table().len(), "docs/limits.md has a row for a limit that is gone");
}

#[test]
fn the_table_of_codes_is_complete() {
    let page = read("docs/errors.md");
    let rows: Vec<&str> = page
        .lines()
        .filter(|line| ["| 1", "| 2", "| 3", "| 4", "| 5"].iter().any(|begin| line.starts_with(begin)))
        .collect();
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let action = match code.action() {
            Action::Keep => "keep",
            Action::Retry => "retry",
            Action::Rejoin => "rejoin",
            Action::Reload => "reload",
            Action::Stop => "stop",
            Action::Join => "join",
        };
        let cells = format!("| {} | `{}` | {action} |", code.number(), code.word());
        if !rows.iter().any(|row| row.starts_with(&cells)) {
            wrong.push(cells);
        }
    }
    assert!(wrong.is_empty(), "docs/errors.md has no rows that begin\n{}", wrong.join("\n"));
    assert_eq!(rows.len(), Code::ALL.len(), "docs/errors.md has a row for a code that is gone");
}
