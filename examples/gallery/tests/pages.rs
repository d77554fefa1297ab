//! The gallery in process: what its pages say, what its islands do, what its export writes.

use std::collections::HashSet;

use axum::http::StatusCode;
use holm::test::{App, Page, Tab};

fn app() -> App {
    App::new(gallery::app())
}

async fn tab(path: &str) -> Tab {
    Tab::open(&app(), path).await
}

#[tokio::test]
async fn every_page_answers_and_reads_well() {
    let app = app();
    let mut titles = HashSet::new();
    for path in gallery::paths() {
        let page = app.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.count("h1"), 1, "{path}: one h1");
        assert_eq!(page.attr("html", "lang").as_deref(), Some("en"), "{path}");
        assert!(page.attr("meta[name=description]", "content").is_some_and(|text| text.len() > 20), "{path}");
        assert_eq!(page.count("main#main"), 1, "{path}: a main for the skip link");
        assert_eq!(page.count("a.skip[href='#main']"), 1, "{path}");
        assert!(titles.insert(page.text("title")), "{path}: a title of its own");
        strict_policy(&page, &path);
        accessible(&page, &path);
    }
}

fn strict_policy(page: &Page, path: &str) {
    let policy =
        page.headers.get("content-security-policy").and_then(|value| value.to_str().ok()).unwrap_or("");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"),
        "{path}: {policy}"
    );
    assert!(!policy.contains("unsafe-inline"), "{path}");
    for inline in ["[style]", "style", "script:not([src])", "[onclick]"] {
        assert_eq!(page.count(inline), 0, "{path}: nothing inline, but {inline}");
    }
}

fn accessible(page: &Page, path: &str) {
    let ids: Vec<&str> =
        page.html().split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{path}: ids are unique");
    let named = "input:not([type=hidden]):not([aria-label])";
    assert_eq!(page.count(named), page.count(&format!("label {named}")), "{path}: fields have labels");
    for bad in [
        "img:not([alt])",
        "button:empty:not([aria-label])",
        "a:not([href])",
        "svg:not([aria-hidden])",
        "[role=region]:not([aria-label]):not([aria-labelledby])",
        "th:not([scope])",
        "nav:not([aria-label])",
    ] {
        assert_eq!(page.count(bad), 0, "{path}: {bad}");
    }
}

#[tokio::test]
async fn every_chapter_links_to_its_source() {
    let app = app();
    for path in gallery::paths().iter().filter(|path| !path.starts_with("/source/")) {
        let link = app.get(path).await.attr(".source a", "href").unwrap_or_default();
        let source = app.get(&link).await;
        assert_eq!(source.status, StatusCode::OK, "{path} links to {link}");
        assert!(source.text("pre").contains("fn page("), "{link} is the source of a page");
        assert_eq!(source.count("script"), 0);
    }
}

#[tokio::test]
async fn source_is_shown_as_it_is() {
    let page = app().get("/source/source.rs").await;
    assert_eq!(page.text("pre"), include_str!("../src/source.rs"));
}

#[tokio::test]
async fn what_is_not_there_says_so() {
    let app = app();
    for path in ["/nothing", "/source/secrets.rs"] {
        let page = app.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND);
        assert_eq!(page.count("h1"), 1);
        strict_policy(&page, path);
    }
}

#[tokio::test]
async fn a_page_without_an_island_ships_no_script() {
    let app = app();
    let plain = app.get("/plain").await;
    assert_eq!(plain.count("script") + plain.count("link[rel=preload]") + plain.count("holm-island"), 0);
    assert_eq!(app.get("/counters").await.count("script"), 1);
}

#[tokio::test]
async fn the_stylesheet_is_kept_for_good() {
    let app = app();
    let url = app.get("/").await.attr("link[rel=stylesheet][href*=style]", "href").unwrap_or_default();
    let style = app.get(&url).await;
    assert_eq!(style.headers["cache-control"], "public, max-age=31536000, immutable");
}

#[tokio::test]
async fn three_counters_count_apart() {
    let mut tab = tab("/counters").await;
    tab.click("[data-instance='Counter:1'] button[aria-label='One more']").await;
    tab.click("[data-instance='Counter:2'] button[aria-label='One less']").await;
    let shown = |tab: &Tab, at: usize| tab.text(&format!("[data-instance='Counter:{at}'] output"));
    assert_eq!([0, 1, 2].map(|at| shown(&tab, at)), ["0", "8", "41"]);
    tab.click("[data-instance='Counter:1'] button.quiet").await;
    assert_eq!(shown(&tab, 1), "7");
    assert!(tab.edits().iter().all(|edit| edit.bytes <= 12), "{:?}", tab.edits());
}

/// The ids of the first rows.
fn top(tab: &Tab, rows: usize) -> Vec<String> {
    (1..=rows).map(|at| tab.text(&format!("tbody tr:nth-child({at}) td:first-child"))).collect()
}

fn newest(tab: &Tab) -> usize {
    tab.edits().last().expect("an edit").bytes
}

#[tokio::test]
async fn the_table_changes_a_cell_in_few_bytes() {
    let mut tab = tab("/table").await;
    let cell = "#r500 td:nth-child(4) button";
    let before: u32 = tab.text(cell).parse().expect("a number");
    tab.click(cell).await;
    assert_eq!(tab.text(cell), (before + 1).to_string());
    assert!(newest(&tab) <= 20, "{}", newest(&tab));
}

#[tokio::test]
async fn the_table_moves_rows_in_few_bytes() {
    let mut tab = tab("/table").await;
    tab.click(".bar button:nth-of-type(2)").await;
    assert_eq!(top(&tab, 3), ["1", "999", "3"]);
    assert!(newest(&tab) <= 24, "swap: {}", newest(&tab));
    tab.click(".bar button:nth-of-type(3)").await;
    assert_eq!(top(&tab, 3), ["1000", "2", "998"]);
    assert!(newest(&tab) <= 2_048, "reverse: {}", newest(&tab));
    tab.click(".bar button:nth-of-type(1)").await;
    assert_eq!(top(&tab, 3), ["1001", "1000", "2"]);
    assert_eq!(tab.text(".bar [role=status]"), "Rows: 1001");
}

#[tokio::test]
async fn the_table_renames_sorts_and_removes() {
    let mut tab = tab("/table").await;
    tab.click("#r3 th button").await;
    tab.type_into("#r3 [name=name]", "  Aaron's Rock ").await;
    tab.click("#r4 td:nth-child(4) button").await;
    assert_eq!(
        tab.value("#r3 [name=name]"),
        "  Aaron's Rock ",
        "another row changes, and what is being typed stays"
    );
    tab.press_key("#r3 [name=name]", "Enter").await;
    assert_eq!(tab.text("#r3 th button"), "Aaron's Rock");
    tab.click("#by-name button").await;
    assert_eq!(top(&tab, 1), ["3"]);
    tab.click("#by-name button").await;
    assert_eq!(tab.text("tbody tr:last-child td:first-child"), "3");
    tab.click("#r3 td:last-child button").await;
    assert_eq!(tab.text("#r3"), "");
    tab.click("#r4 th button").await;
    tab.submit("#r4 form", &[("name", " ")]).await;
    assert_eq!(tab.errors().len(), 1, "an empty name is refused");
}

#[tokio::test]
async fn a_changed_cell_takes_the_arrow_from_its_column() {
    let mut tab = tab("/table").await;
    tab.click("#by-landings button").await;
    tab.click("#r5 th button").await;
    tab.click("#r5 form button[type=button]").await;
    assert_eq!(tab.count("#r5 form"), 0, "cancelled");
    assert_eq!(tab.attr("#by-landings", "aria-sort").as_deref(), Some("ascending"));
    tab.click("#r5 td:nth-child(4) button").await;
    assert_eq!(tab.attr("#by-landings", "aria-sort"), None);
}

#[tokio::test]
async fn the_build_log_keeps_its_newest_lines() {
    let mut tab = tab("/build-log").await;
    tab.click(".bar button").await;
    assert_eq!(tab.text(".build [role=status]"), "Build: building");
    assert_eq!(tab.count(".build output"), 0, "an `output` is a status, and would be read out at each batch");
    tab.wait_for(|tab| tab.text(".log li:last-child").contains("holm")).await;
    let lines = |tab: &Tab| tab.text(".build .bar b").parse::<usize>().expect("a number");
    tab.wait_for(|tab| lines(tab) >= 1_000).await;
    tab.click(".bar button").await;
    assert_eq!(tab.text(".build [role=status]"), "Build: paused");
    assert_eq!(tab.count(".log li"), 500);
    let shown = |tab: &Tab, row: &str| {
        tab.text(&format!(".log li:{row} .number")).parse::<usize>().expect("a number")
    };
    assert_eq!((shown(&tab, "last-child"), shown(&tab, "first-child")), (lines(&tab), lines(&tab) - 499));
    assert!(newest(&tab) <= 100, "lines are in no edit: {}", newest(&tab));
}

#[tokio::test]
async fn the_clock_moves_by_itself() {
    let mut tab = tab("/clock").await;
    let before = tab.text(".digits time");
    tab.wait_for(|tab| tab.text(".digits time") != before).await;
    // A full minute moves all three hands.
    assert!(newest(&tab) <= 100, "{}", newest(&tab));
}

#[tokio::test]
async fn a_wave_reaches_every_page() {
    let app = app();
    let mut one = Tab::open(&app, "/presence").await;
    let mut two = Tab::open(&app, "/presence").await;
    one.click(".harbour button").await;
    one.wait_for(|tab| tab.text(".harbour output") == "1").await;
    two.wait_for(|tab| tab.text(".harbour output") == "1").await;
    assert_eq!(app.get("/presence").await.text(".harbour output"), "1", "and the next page to load");
}

#[tokio::test]
async fn islets_keep_their_trees_when_they_move() {
    let mut tab = tab("/nested").await;
    tab.click("#islet-3 button[aria-label='Plant a tree']").await;
    assert_eq!(tab.text("#islet-3 output"), "2");
    tab.click(".bar button.quiet").await;
    assert_eq!(tab.text(".archipelago li:last-child output"), "2");
    tab.click(".bar button").await;
    tab.click("#islet-4 button[aria-label='Plant a tree']").await;
    assert_eq!(tab.text("#islet-4 output"), "2");
    tab.click("#islet-3 > button").await;
    assert_eq!(tab.text("#islet-3"), "");
}

#[tokio::test]
async fn trouble_stays_in_its_island() {
    let mut tab = tab("/errors").await;
    for (at, label) in ["Return an error", "Panic", "Run past the limit"].iter().enumerate() {
        let button = [3, 4, 5][at];
        tab.click(&format!(".trouble .bar button:nth-child({button})")).await;
        tab.wait_for(|tab| tab.errors().len() > at).await;
        assert_eq!(tab.text(".trouble output"), "0", "{label} leaves the state");
        tab.click("[data-instance='Counter:0'] button[aria-label='One more']").await;
        assert_eq!(tab.text("[data-instance='Counter:0'] output"), (at + 1).to_string());
    }
    tab.click(".trouble .bar button:nth-child(1)").await;
    assert_eq!(tab.text(".trouble output"), "1");
}

#[tokio::test]
async fn the_export_writes_every_page_without_a_script() -> std::io::Result<()> {
    let dir = std::env::temp_dir().join(format!("holm-gallery-{}", std::process::id()));
    let files = gallery::export(&dir, false).await?;
    assert!(files > gallery::paths().len(), "pages and what they link to: {files}");
    for path in gallery::paths() {
        let file = dir.join(path.trim_start_matches('/')).join("index.html");
        let html = std::fs::read_to_string(&file)?;
        assert!(!html.contains("<script") && !html.contains("rel=\"preload\""), "{path}");
        assert!(!html.contains("href=\"/") && !html.contains("src=\"/"), "{path}: links are relative");
        for link in html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let target = file.with_file_name(link);
            assert!(link.starts_with('#') || target.is_file(), "{path} links to {link}");
        }
    }
    gallery::export(&dir, true).await?;
    assert!(std::fs::read_to_string(dir.join("counters/index.html"))?.contains("src=\"/__live/client/"));
    std::fs::remove_dir_all(&dir)
}

#[test]
fn examples_stay_short() -> std::io::Result<()> {
    let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for example in ["counter", "clock", "form", "nested", "existing-app", "login", "realtime"] {
        let lines = std::fs::read_to_string(examples.join(example).join("src/main.rs"))?.lines().count();
        assert!(lines < 100, "{example} has {lines} lines");
    }
    Ok(())
}
