//! The pages that people work in, in process: what their forms, keys and loads do, without a browser.

use std::time::Duration;

use holm::test::{App, Tab};

async fn tab(path: &str) -> Tab {
    App::new(gallery::app()).get(path).await.live().await
}

fn names(tab: &Tab) -> Vec<String> {
    (1..=tab.count(".tasks li")).map(|at| tab.text(&format!(".tasks li:nth-child({at}) .name"))).collect()
}

#[tokio::test]
async fn a_task_is_added_and_the_form_is_empty() {
    let mut tab = tab("/todo").await;
    tab.type_into("#add [name=name]", "Tar the ropes").await;
    tab.type_into("#add [name=minutes]", "45").await;
    tab.press_key("#add [name=minutes]", "Enter").await;
    assert_eq!(names(&tab).last().map(String::as_str), Some("Tar the ropes 45 min"));
    assert_eq!(tab.value("#add [name=name]"), "");
    assert!(tab.is_focused("#add [name=name]"));
}

#[tokio::test]
async fn each_field_that_does_not_fit_says_so() {
    let mut tab = tab("/todo").await;
    tab.click("#add button").await;
    assert_eq!(tab.text("#add-name-error"), "What shall it be?");
    assert_eq!(tab.text("#add-minutes-error"), "Between 1 and 480 minutes.");
    assert!(tab.is_focused("#add [name=name]"));
    tab.fill("#add [name=name]", "Tar the ropes").await;
    tab.fill("#add [name=minutes]", "soon").await;
    tab.click("#add button").await;
    assert_eq!(tab.text("#add-minutes-error"), "This has to be a number.");
    assert_eq!(tab.text("#add-name-error"), "");
    assert!(tab.is_focused("#add [name=minutes]"));
    tab.fill("#add [name=minutes]", "481").await;
    tab.click("#add button").await;
    assert_eq!(tab.text("#add-minutes-error"), "Between 1 and 480 minutes.");
    for minutes in ["1", "480"] {
        tab.fill("#add [name=name]", &format!("For {minutes}")).await;
        tab.fill("#add [name=minutes]", minutes).await;
        tab.click("#add button").await;
    }
    assert_eq!(tab.count(".tasks li"), 5);
    assert_eq!(tab.errors().len(), 0);
}

#[tokio::test]
async fn a_list_that_is_full_refuses_one_more() {
    let mut tab = tab("/todo").await;
    for at in 3..=50 {
        tab.fill("#add [name=name]", &format!("Task {at}")).await;
        tab.fill("#add [name=minutes]", "1").await;
        tab.click("#add button").await;
    }
    assert_eq!(tab.count(".tasks li"), 50);
    assert_eq!(
        tab.errors().last().map(|error| error.sentence.as_str()),
        Some("The list is full. Delete something first.")
    );
}

#[tokio::test]
async fn a_task_is_renamed_in_place_or_left() {
    let mut tab = tab("/todo").await;
    tab.dblclick("#t2 .name").await;
    tab.fill("#t2 [name=name]", "Mend the jib").await;
    tab.press_key("#t2 [name=name]", "Escape").await;
    assert_eq!(names(&tab)[1], "Mend the net 90 min");
    assert!(tab.is_focused("#t2 .rename"));
    tab.click("#t2 .rename").await;
    tab.fill("#t2 [name=name]", "Mend the jib").await;
    tab.press_key("#t2 [name=name]", "Enter").await;
    assert_eq!(names(&tab)[1], "Mend the jib 90 min");
}

#[tokio::test]
async fn a_deletion_leads_on_and_can_be_undone() {
    let mut tab = tab("/todo").await;
    tab.click("#t2 .delete").await;
    assert!(tab.is_focused("#t3 .delete"));
    tab.click(".undo button").await;
    assert_eq!(names(&tab)[1], "Mend the net 90 min");
}

#[tokio::test(start_paused = true)]
async fn the_newest_question_is_answered() {
    let mut tab = tab("/search").await;
    tab.fill(".search [name=query]", "gu").await;
    tab.advance(Duration::from_millis(150)).await;
    assert_eq!(tab.count(".holm-loading[aria-busy=true]"), 1);
    tab.fill(".search [name=query]", "heron stack").await;
    tab.wait_for(|tab| tab.text(".count") == "One islet.").await;
    assert_eq!(tab.text(".hit"), "Heron Stack");
    tab.press_key(".search [name=query]", "Enter").await;
    assert_eq!(tab.text(".chosen"), "You chose Heron Stack.");
}

#[tokio::test(start_paused = true)]
async fn the_fourth_like_is_refused() {
    let mut tab = tab("/likes").await;
    for at in 0..4 {
        tab.click(&format!("#islet-{at}")).await;
    }
    assert_eq!(tab.errors().len(), 1);
    assert_eq!(tab.count(".like.liked"), 3);
    assert_eq!(tab.count("#islet-3.liked"), 0);
}

#[tokio::test(start_paused = true)]
async fn the_workbench_beats_until_it_is_paused() {
    let mut tab = tab("/workbench").await;
    let beats = |tab: &Tab| tab.text(".beats").parse::<u32>().expect("a number");
    tab.wait_for(|tab| beats(tab) >= 3).await;
    tab.click("#play").await;
    let paused = beats(&tab);
    tab.idle(Duration::from_millis(400)).await;
    assert_eq!(beats(&tab), paused);
    tab.click("#play").await;
    tab.wait_for(|tab| beats(tab) > paused + 2).await;
}

#[tokio::test]
async fn the_workbench_reads_the_form_into_a_struct() {
    let mut tab = tab("/workbench").await;
    tab.fill("#bench [name=name]", "Tern").await;
    tab.fill("#bench [name=day]", "2026-02-31x").await;
    tab.click("#bench button:not([type])").await;
    assert_eq!(tab.text("#bench-day-error"), "This is no day.");
    tab.fill("#bench [name=day]", "2026-05-17").await;
    tab.select("#bench [name=ports]", &["Gull Haven", "Kelp Harbour"]).await;
    tab.check("#bench [name=news]").await;
    tab.click("#bench button:not([type])").await;
    let read: String = tab.text(".read");
    for part in ["Day(2026, 5, 17)", "[\"Gull Haven\", \"Kelp Harbour\"]", "newstrue", "\"Tern\""] {
        assert!(read.replace(' ', "").contains(&part.replace(' ', "")), "{part} in {read}");
    }
}

#[tokio::test]
async fn a_reset_of_the_workbench_takes_what_was_said_of_its_fields_along() {
    let mut tab = tab("/workbench").await;
    tab.fill("#bench [name=day]", "no day").await;
    tab.click("#bench button:not([type])").await;
    assert_eq!(tab.text("#bench-day-error"), "This is no day.");
    tab.click("#bench button[type=reset]").await;
    assert_eq!(
        (tab.text("#bench-day-error"), tab.value("#bench [name=day]")),
        (String::new(), String::new())
    );
    assert_eq!(tab.attr("#bench [name=day]", "aria-invalid"), None);
}
