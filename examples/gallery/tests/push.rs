//! The gallery's pages that the server pushes to, in process: what one tab does and another one shows.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{Request, StatusCode};
use holm::test::{App, Page, Tab};

fn app() -> App {
    App::new(gallery::app())
}

/// Another page of the visitor whom this page belongs to.
async fn same_visitor(app: &App, page: &Page, path: &str) -> Page {
    let cookie = page.headers[SET_COOKIE].to_str().expect("text").split(';').next().expect("a cookie");
    app.request(Request::get(path).header(COOKIE, cookie).body(Body::empty()).expect("a request")).await
}

async fn say(tab: &mut Tab, text: &str) {
    tab.type_into(".chat form [name=text]", text).await;
    tab.press_key(".chat form [name=text]", "Enter").await;
}

#[tokio::test]
async fn a_line_of_the_chat_reaches_every_tab_and_those_who_come_later() {
    let app = app();
    let mut one = Tab::open(&app, "/chat").await;
    let mut two = Tab::open(&app, "/chat").await;
    say(&mut one, " Is there <b>anybody</b>? ").await;
    for tab in [&mut one, &mut two] {
        tab.wait_for(|tab| tab.text(".lines li .text") == "Is there <b>anybody</b>?").await;
    }
    say(&mut two, "Yes").await;
    one.wait_for(|tab| tab.text(".lines li:last-child .text") == "Yes").await;
    assert_eq!(one.count(".lines li"), 2);
    let later = app.get("/chat").await;
    assert_eq!(later.count(".lines li"), 2, "in the first HTML");
    assert_eq!(later.live().await.count(".lines li"), 2, "and none of them twice");
}

#[tokio::test]
async fn no_edit_touches_the_form_that_one_writes_in() {
    let app = app();
    let mut one = Tab::open(&app, "/chat").await;
    let mut two = Tab::open(&app, "/chat").await;
    let form = |tab: &Tab| tab.html("Chat:0").split("<form").nth(1).map(str::to_owned);
    let before = form(&one);
    assert!(
        before.as_ref().is_some_and(|form| !form.contains("autofocus")),
        "a page that loads takes no focus"
    );
    say(&mut one, "Hello").await;
    one.type_into(".chat form [name=text]", "I am just").await;
    say(&mut two, "Hello").await;
    one.wait_for(|tab| tab.count(".lines li") == 2).await;
    assert_eq!(form(&one), before);
    assert_eq!(one.value(".chat form [name=text]"), "I am just", "what is being written stays");
    assert!(one.is_focused(".chat form [name=text]"));
}

#[tokio::test]
async fn an_empty_line_is_refused_with_a_sentence() {
    let mut tab = Tab::open(&app(), "/chat").await;
    say(&mut tab, "   ").await;
    assert_eq!(tab.errors()[0].sentence, "A message has 1 to 400 letters.");
    assert_eq!(tab.count(".lines li"), 0);
}

#[tokio::test]
async fn a_hundred_lines_are_kept() {
    let app = app();
    let mut tab = Tab::open(&app, "/chat").await;
    for number in 0..103 {
        say(&mut tab, &format!("line {number}")).await;
    }
    tab.wait_for(|tab| tab.text(".lines li:last-child .text") == "line 102").await;
    assert_eq!((tab.count(".lines li"), tab.text(".lines li:first-child .text")), (100, "line 3".to_owned()));
    let later = app.get("/chat").await;
    assert_eq!((later.count(".lines li"), later.text(".lines li .text")), (100, "line 3".to_owned()));
}

#[tokio::test]
async fn a_name_is_kept_for_the_visitor_s_next_page() {
    let app = app();
    let page = app.get("/chat").await;
    let next = same_visitor(&app, &page, "/chat").await;
    let given = page.attr(".rename input", "value").expect("a name");
    assert_eq!(next.attr(".rename input", "value"), Some(given), "a guest has one name");
    let mut tab = next.live().await;
    tab.fill(".rename input", " Harbour Master ").await;
    tab.click(".rename button").await;
    say(&mut tab, "Hello").await;
    tab.wait_for(|tab| tab.text(".lines li b") == "Harbour Master").await;
    let again = same_visitor(&app, &page, "/chat").await;
    assert_eq!(again.attr(".rename input", "value").as_deref(), Some("Harbour Master"));
}

#[tokio::test]
async fn a_name_reaches_the_visitor_s_other_tabs_and_their_badge_is_first() {
    let app = app();
    let _earlier = Tab::open(&app, "/chat").await;
    let page = app.get("/chat").await;
    let mut other = same_visitor(&app, &page, "/chat").await.live().await;
    let mut who = same_visitor(&app, &page, "/who").await.live().await;
    let mut one = page.live().await;
    one.submit(".rename", &[("name", "Harbour Master")]).await;
    who.wait_for(|tab| tab.text(".crew li:first-child .name") == "Harbour Master (you)").await;
    other.wait_for(|tab| tab.attr(".rename input", "value").as_deref() == Some("Harbour Master")).await;
    say(&mut other, "Hello").await;
    one.wait_for(|tab| tab.text(".lines li b") == "Harbour Master").await;
}

#[tokio::test(start_paused = true)]
async fn others_see_who_types_until_they_stop() {
    let app = app();
    let mut one = Tab::open(&app, "/chat").await;
    let mut two = Tab::open(&app, "/chat").await;
    two.type_into(".say input", "H").await;
    one.wait_for(|tab| tab.text(".typing").ends_with(" is typing")).await;
    two.wait_for(|tab| tab.text(".typing").is_empty()).await;
    one.wait_for(|tab| tab.text(".typing").is_empty()).await;
    // Keys are told at most every two seconds.
    two.advance(Duration::from_secs(2)).await;
    two.type_into(".say input", "e").await;
    one.wait_for(|tab| tab.text(".typing").ends_with(" is typing")).await;
    say(&mut two, "Hello").await;
    let sent = tokio::time::Instant::now();
    one.wait_for(|tab| tab.text(".typing").is_empty()).await;
    assert!(sent.elapsed() < Duration::from_secs(4), "who has sent types no longer");
}

#[tokio::test]
async fn with_scripts_off_the_chat_sends_too() {
    let app = app();
    let page = app.get("/chat").await;
    let mut one = Tab::open(&app, "/chat").await;
    assert_eq!(page.attr(".chat form", "method").as_deref(), Some("post"));
    say(&mut one, "Hello").await;
    assert_eq!(app.get("/chat").await.text(".lines .text"), "Hello", "and reads without one");
}

#[tokio::test]
async fn a_visitor_is_here_once_with_all_tabs() {
    let app = app();
    let page = app.get("/who").await;
    let (chat, other) = (same_visitor(&app, &page, "/chat").await, app.get("/who").await);
    let mut one = page.live().await;
    one.wait_for(|tab| tab.text("h2") == "One is here").await;
    let chat = chat.live().await;
    one.wait_for(|tab| tab.text(".pages") == "A chat, Who is here").await;
    assert_eq!(one.count(".crew li"), 1);
    assert_eq!(one.text(".news"), "", "a second tab is no arrival");
    let two = other.live().await;
    one.wait_for(|tab| tab.text("h2") == "2 are here").await;
    assert!(one.text(".news").ends_with(" came."), "{}", one.text(".news"));
    drop(two);
    one.wait_for(|tab| tab.text(".news").ends_with(" left.")).await;
    drop(chat);
    one.wait_for(|tab| tab.text(".pages") == "Who is here").await;
    assert!(one.text(".news").ends_with(" left."), "a tab fewer is no departure");
}

#[tokio::test]
async fn the_first_page_says_who_is_here() {
    let app = app();
    let one = Tab::open(&app, "/who").await;
    let page = app.get("/who").await;
    assert_eq!(page.text("h2"), "2 are here");
    assert_eq!(page.count(".crew .avatar[aria-hidden=true]"), 2);
    drop(one);
}

#[tokio::test]
async fn all_viewers_of_the_dashboard_see_one_island() {
    let app = app();
    let mut one = Tab::open(&app, "/dashboard").await;
    let mut two = Tab::open(&app, "/dashboard").await;
    let load = |tab: &Tab| tab.text("li:nth-child(4) .value b").parse::<f32>().expect("a number");
    let before = load(&one);
    one.click(".board button").await;
    for tab in [&mut one, &mut two] {
        tab.wait_for(|tab| load(tab) >= before + 8.0).await;
    }
    two.wait_for(|tab| tab.attr(".board svg", "viewBox") == one.attr(".board svg", "viewBox")).await;
    assert_eq!(one.text(".board .name"), "Open pages");
    one.wait_for(|tab| tab.text(".board .value b") == "2").await;
}

#[tokio::test]
async fn a_second_of_the_dashboard_costs_little() {
    let app = app();
    let mut tab = Tab::open(&app, "/dashboard").await;
    for _ in 0..4 {
        let before = tab.attr(".board svg", "viewBox");
        tab.wait_for(|tab| tab.attr(".board svg", "viewBox") != before).await;
    }
    let newest = tab.edits().last().expect("an edit").bytes;
    assert!(newest <= 700, "four pieces of lines, four views: {newest}");
}

#[tokio::test]
async fn an_answer_comes_word_by_word_and_can_be_stopped() {
    let mut tab = Tab::open(&app(), "/assistant").await;
    tab.click(".assistant .bar button").await;
    assert_eq!(tab.attr(".answer", "aria-busy").as_deref(), Some("true"));
    assert_eq!(tab.text(".assistant [role=status]"), "Answering");
    tab.wait_for(|tab| tab.text(".answer p").starts_with("An island is a part ")).await;
    tab.click(".assistant .bar:last-child button").await;
    let said = tab.text(".answer p");
    tab.idle(Duration::from_millis(200)).await;
    assert_eq!(tab.text(".answer p"), said, "not a word more");
    assert_eq!(tab.text(".assistant [role=status]"), "Stopped.");
    assert_eq!(tab.attr(".answer", "aria-busy").as_deref(), Some("false"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_complete_in_the_end_and_another_takes_its_place() {
    let mut tab = Tab::open(&app(), "/assistant").await;
    tab.click(".assistant .bar button").await;
    tab.wait_for(|tab| tab.text(".assistant [role=status]") == "The answer is complete.").await;
    assert!(tab.text(".answer p").ends_with("receives only what differs."), "{}", tab.text(".answer p"));
    tab.click(".assistant .bar button:nth-child(2)").await;
    tab.wait_for(|tab| tab.text(".answer p").starts_with("Nothing you did ")).await;
}

async fn post(app: &App, fields: &'static str) -> Page {
    let request = Request::post("/notifications").header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    app.request(request.body(Body::from(fields)).expect("a request")).await
}

#[tokio::test]
async fn a_notification_by_the_form_is_on_the_next_page() {
    let app = app();
    let answer = post(&app, "kind=warning&text=Gale+%3Cb%3Ein%3C%2Fb%3E+the+sound").await;
    assert_eq!(
        (answer.status, &answer.headers[LOCATION]),
        (StatusCode::SEE_OTHER, &"/notifications".parse().unwrap())
    );
    post(&app, "text=All+is+well").await;
    let page = app.get("/notifications").await;
    assert_eq!(page.text(".feed li.warning p"), "Gale <b>in</b> the sound");
    assert_eq!(page.text(".feed li:last-child.notice p"), "All is well");
    assert_eq!(page.count("holm-island"), 0);
    assert_eq!(page.count("script[type=module][src^='/notify-']"), 1);
}

#[tokio::test]
async fn a_notification_without_words_is_refused() {
    let app = app();
    assert_eq!(post(&app, "text=+").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(app.get("/notifications").await.count(".feed li"), 0);
}
