//! Any text: no panic, and a tree that is written out and read back is the same tree.
#![no_main]

use holm_dom::{Tree, inspect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(html) = str::from_utf8(data) else { return };
    let report = inspect(html);
    assert_eq!(report.opaque, report.check == 0);
    let tree = Tree::parse(html);
    if !report.opaque {
        assert_eq!(Tree::parse(&tree.to_html()), tree);
    }
});
