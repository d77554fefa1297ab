//! A look at the manifest of the crate that is being compiled.
//!
//! A path to a crate that is not there fails in the compiler without a word of help when a derive wrote it, and
//! `maud` is the one crate an author adds only because the derive and `html!` name it.

use std::path::PathBuf;
use std::{env, fs};

/// Whether the manifest names no dependency `name`. Without a manifest to read, as outside cargo, the compiler
/// finds out.
pub(crate) fn lacks(name: &str) -> bool {
    let path = env::var_os("CARGO_MANIFEST_PATH")
        .map(PathBuf::from)
        .or_else(|| env::var_os("CARGO_MANIFEST_DIR").map(|folder| PathBuf::from(folder).join("Cargo.toml")));
    path.and_then(|path| fs::read_to_string(path).ok()).is_some_and(|manifest| !mentions(&manifest, name))
}

/// Errs on the side of finding it: a refused app that has the dependency is worse than a bare compiler error.
fn mentions(manifest: &str, name: &str) -> bool {
    let quoted = [format!("\"{name}\""), format!("'{name}'")];
    manifest.lines().map(str::trim).any(|line| {
        line.starts_with(name)
            || (line.starts_with('[') && line.contains(name))
            || quoted.iter().any(|quoted| line.contains(quoted))
    })
}

#[cfg(test)]
mod tests {
    use super::mentions;

    #[test]
    fn dependencies_are_found_in_every_spelling() {
        for manifest in [
            "[dependencies]\nmaud = \"0.27\"",
            "[dependencies]\n  maud.workspace = true",
            "[target.'cfg(unix)'.dependencies.maud]",
            "html = { package = \"maud\", version = \"0.27\" }",
            "'maud' = '0.27'",
        ] {
            assert!(mentions(manifest, "maud"), "{manifest}");
        }
        for manifest in ["", "[package]\nname = \"my-maud-app\"", "# no maud\nholm = \"1\""] {
            assert!(!mentions(manifest, "maud"), "{manifest}");
        }
    }
}
