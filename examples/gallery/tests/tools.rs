//! The sheet, the uploads and the widgets of the gallery, in process.

use std::time::Duration;

use holm::test::{App, Tab};

fn app() -> App {
    App::new(gallery::app())
}

const NAME: &str = "tbody tr:nth-child(3) td:nth-child(2) input";
const DEPTH: &str = "tbody tr:nth-child(3) td:nth-child(3) input";
const SAID: &str = ".sheet [role=status]";

/// Fills a cell in and leaves it.
async fn leave(tab: &mut Tab, cell: &str, text: &str) {
    tab.type_into(cell, text).await;
    tab.blur().await;
}

fn newest(tab: &Tab) -> usize {
    tab.edits().last().expect("an edit").bytes
}

/// The numbers of the first rows.
fn top(tab: &Tab, rows: usize) -> Vec<String> {
    (1..=rows).map(|at| tab.text(&format!("tbody tr:nth-child({at}) th"))).collect()
}

#[tokio::test]
async fn a_cell_is_saved_when_it_is_left_and_costs_a_few_bytes() {
    let app = app();
    let mut one = Tab::open(&app, "/grid").await;
    let mut two = Tab::open(&app, "/grid").await;
    assert_eq!(one.count("tbody tr"), 1_000);
    leave(&mut one, DEPTH, "7,3").await;
    assert_eq!(one.value(DEPTH), "7.3", "as the sheet writes it");
    two.wait_for(|tab| tab.value(DEPTH) == "7.3").await;
    assert!(newest(&two) <= 24, "{}", newest(&two));
    assert_eq!(
        app.get("/grid").await.attr(DEPTH, "value").as_deref(),
        Some("7.3"),
        "and the next page to load"
    );
    one.check("tbody tr:nth-child(4) td:nth-child(4) input:not([checked]), tbody tr:nth-child(5) td:nth-child(4) input:not([checked])").await;
    assert!(one.errors().is_empty());
}

#[tokio::test]
async fn what_a_cell_does_not_take_stays_in_it_with_the_reason() {
    let app = app();
    let mut one = Tab::open(&app, "/grid").await;
    let two = Tab::open(&app, "/grid").await;
    let before = one.value(DEPTH);
    leave(&mut one, DEPTH, "deep").await;
    assert_eq!(one.value(DEPTH), "deep");
    assert_eq!(one.attr(DEPTH, "aria-invalid").as_deref(), Some("true"));
    let describes = one.attr(DEPTH, "aria-describedby").expect("an error to point to");
    assert_eq!(one.text(&format!("#{describes}")), "A depth is a number from 0 to 400, such as 12.5.");
    assert!(one.text(SAID).starts_with("No. 3: A depth is"), "{}", one.text(SAID));
    assert_eq!(two.value(DEPTH), before, "nobody else sees it");
    leave(&mut one, DEPTH, "400").await;
    assert_eq!((one.value(DEPTH).as_str(), one.attr(DEPTH, "aria-invalid")), ("400.0", None));
    assert_eq!(one.count(".holm-field-error"), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_is_not_overwritten_by_what_others_save_in_the_same_cell() {
    let app = app();
    let mut one = Tab::open(&app, "/grid").await;
    let mut two = Tab::open(&app, "/grid").await;
    one.type_into(NAME, "Half a na").await;
    one.advance(Duration::from_millis(200)).await;
    leave(&mut two, NAME, "Elsewhere").await;
    leave(&mut two, DEPTH, "9").await;
    one.wait_for(|tab| tab.value(DEPTH) == "9.0").await;
    assert_eq!(one.value(NAME), "Half a na");
    leave(&mut one, NAME, "Half a name").await;
    two.wait_for(|tab| tab.value(NAME) == "Half a name").await;
}

#[tokio::test]
async fn a_sort_moves_rows_and_keeps_what_is_typed() {
    let app = app();
    let mut tab = Tab::open(&app, "/grid").await;
    leave(&mut tab, NAME, "Zzz").await;
    tab.type_into(DEPTH, "dee").await;
    tab.click("#by-name button").await;
    assert_eq!(tab.attr("#by-name", "aria-sort").as_deref(), Some("ascending"));
    let last = "tbody tr:last-child";
    assert_eq!(tab.text(&format!("{last} th")), "3");
    assert_eq!(tab.value(&format!("{last} td:nth-child(3) input")), "dee");
    tab.click("#by-name button").await;
    assert_eq!(tab.attr("#by-name", "aria-sort").as_deref(), Some("descending"));
    assert_eq!(top(&tab, 1), ["3"]);
    assert_eq!(tab.value("tbody tr:first-child td:nth-child(3) input"), "dee");
}

#[tokio::test]
async fn a_sheet_that_sorts_itself_moves_a_row_as_it_changes() {
    let mut tab = Tab::open(&app(), "/grid").await;
    tab.click("#by-depth button").await;
    let first = top(&tab, 1);
    leave(&mut tab, "tbody tr:first-child td:nth-child(3) input", "400").await;
    assert_eq!(top(&tab, 1), first, "only when asked to");
    tab.check(".sheet .choice input").await;
    assert_eq!(tab.text("tbody tr:last-child th"), first[0]);
    leave(&mut tab, "tbody tr:last-child td:nth-child(3) input", "0").await;
    assert_eq!(top(&tab, 1), first);
}

#[tokio::test(start_paused = true)]
async fn a_colleague_writes_and_stops() {
    let mut tab = Tab::open(&app(), "/grid").await;
    tab.click(".sheet .bar button").await;
    tab.wait_for(|tab| tab.count("tr.news") == 1).await;
    tab.click(".sheet .bar button").await;
    assert_eq!(tab.count("tr.news"), 0);
    let edits = tab.edits().len();
    tab.advance(Duration::from_secs(10)).await;
    assert_eq!(tab.edits().len(), edits, "nothing more is written");
}

#[tokio::test(start_paused = true)]
async fn drafts_outlive_the_server() {
    let one = app();
    let mut tab = Tab::open(&one, "/grid").await;
    leave(&mut tab, DEPTH, "deep").await;
    tab.advance(Duration::from_secs(6)).await;
    tab.restart(&app()).await;
    assert_eq!(tab.value(DEPTH), "deep");
    assert_eq!(tab.attr(DEPTH, "aria-invalid").as_deref(), Some("true"));
}
