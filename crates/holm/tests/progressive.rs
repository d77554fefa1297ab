//! Islands with no script: a plain form POST runs the same handler, and a redirect shows the page.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::post;
use futures_util::stream;
use holm::prelude::*;
use holm::test::{App, Page as Shown};
use http::request::Builder;
use http::{StatusCode, header};

#[path = "progressive/refused.rs"]
mod refused;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Counter {
    count: i64,
    notes: Vec<String>,
    #[serde(skip)]
    restored: bool,
}

#[derive(Event)]
enum Press {
    Inc,
    Set { to: i64 },
    Note { text: String, again: Option<u8> },
    Fail,
    Panic,
    Slow,
    Away,
    Unshowable,
    Grow,
}

impl Island for Counter {
    type Event = Press;
    const PROGRESSIVE: bool = true;

    fn render(&self) -> Markup {
        assert!(self.count != -1, "this state cannot be shown");
        html! {
            output { (self.count) }
            p.restored { (self.restored) }
            @for note in &self.notes { pre { (note) } }
            button.inc data-live=(Press::Inc) { "+" }
            button.set data-live=(Press::Set { to: 7 }) { "7" }
            button.fail data-live=(Press::Fail) { "fail" }
            form data-live-submit=(Press::note_event()) {
                textarea name="text" {}
                button { "Note" }
            }
        }
    }

    async fn restore(&mut self, _: &mut Cx<Press>) -> holm::Result {
        self.restored = true;
        Ok(())
    }

    async fn on(&mut self, event: Press, cx: &mut Cx<Press>) -> holm::Result {
        assert!(!cx.is_live() && self.restored);
        self.count += 1;
        match event {
            Press::Inc => cx.title(format!("Counted to {}", self.count)),
            Press::Set { to } => self.count = to,
            Press::Note { text, again } => self.notes.extend(vec![text; again.unwrap_or(1).into()]),
            Press::Fail => return Err(holm::Error::public("No <thanks>.")),
            Press::Panic => panic!("on request"),
            Press::Slow => tokio::time::sleep(Duration::from_hours(1)).await,
            Press::Away => cx.redirect("/elsewhere?x=1"),
            Press::Unshowable => self.count = -1,
            Press::Grow => self.notes.push(noise(100_000)),
        }
        Ok(())
    }
}

/// Text that does not compress below the limit of a seal.
fn noise(bytes: usize) -> String {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'0' + u8::try_from(state >> 58).expect("six bits"))
    };
    (0..bytes).map(|_| next()).collect()
}

/// An island that nobody made progressive, with a place for errors and one nested in it.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Plain {
    count: i64,
    depth: u8,
}

#[derive(Event)]
enum Knock {
    Once,
    Refuse,
}

impl Island for Plain {
    type Event = Knock;

    fn render(&self) -> Markup {
        html! {
            p.count { (self.count) }
            button data-live=(Knock::Once) { "knock" }
            button data-live=(Knock::Refuse) { "refuse" }
            p data-live-error data-live-ignore role="alert" {}
            @if self.depth > 0 { (holm::nest("inner", Self { depth: self.depth - 1, ..Self::default() })) }
        }
    }

    async fn on(&mut self, event: Knock, _: &mut Cx<Knock>) -> holm::Result {
        self.count += 1;
        match event {
            Knock::Once => Ok(()),
            Knock::Refuse => Err(holm::Error::public("Nobody is in.")),
        }
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Mounted {
    mounts: u32,
}

impl Island for Mounted {
    type Event = Press;
    const PROGRESSIVE: bool = true;

    fn render(&self) -> Markup {
        html! { output { (self.mounts) } button data-live=(Press::Inc) { "+" } }
    }

    async fn mount(&mut self, _: &mut Cx<Press>) -> holm::Result {
        self.mounts += 100;
        Ok(())
    }

    async fn on(&mut self, _: Press, _: &mut Cx<Press>) -> holm::Result {
        self.mounts += 1;
        Ok(())
    }
}

fn live() -> Live {
    Live::new().key([1; 32]).island::<Counter>().island::<Plain>().island::<Mounted>().authorize(
        |parts| async move {
            match parts.headers.get("who").and_then(|who| who.to_str().ok()) {
                Some("nobody") => Err(holm::Error::public("Go away.")),
                Some(who) => Ok(Principal::new(who)),
                None => Ok(Principal::anonymous()),
            }
        },
    )
}

fn app_with(live: Live) -> App {
    async fn home(page: Page) -> Page {
        page.title("Two").body(|p| html! { (p.island(Counter::default())) (p.island(Counter::default())) })
    }
    async fn plain(page: Page) -> Page {
        page.title("Plain").body(|p| p.island(Plain { depth: 1, ..Plain::default() }))
    }
    async fn all(page: Page) -> Page {
        page.title("All").progressive().body(|p| p.island(Plain { depth: 1, ..Plain::default() }))
    }
    async fn mounted(page: Page) -> Page {
        page.title("Mounted").body_async(async |p: &Slot| p.mount(Mounted { mounts: 0 }).await).await
    }
    async fn own(request: Request) -> impl IntoResponse {
        let body = to_bytes(request.into_body(), usize::MAX).await.expect("the body arrives");
        format!("{} {:016x}", body.len(), sum(&body))
    }
    let inner = Router::new().route("/deep", get(home));
    let router = Router::new()
        .route("/", get(home))
        .route("/plain", get(plain))
        .route("/all", get(all))
        .route("/mounted", get(mounted))
        .route("/own", post(own))
        .nest("/nested", inner);
    App::new(router.with_live(live))
}

fn app() -> App {
    app_with(live())
}

fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(7, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)))
}

/// What a browser sends for an island: its hidden fields, then others.
fn fields(page: &Shown, instance: &str, more: &[(&str, &str)]) -> String {
    let form = format!("[id='holm-{instance}']");
    let hidden = |name: &str| {
        let value = page.attr(&format!("{form} input[name={name}]"), "value");
        value.unwrap_or_else(|| panic!("{instance} has a field {name}:\n{}", page.html()))
    };
    let (instance, seal) = (hidden("holm-instance"), hidden("holm-seal"));
    let mut all = vec![("holm-instance", &*instance), ("holm-seal", &*seal)];
    all.extend(more);
    serde_html_form::to_string(all).expect("pairs of text encode")
}

fn form(path: &str) -> Builder {
    Request::post(path)
        .header(header::HOST, "example.org")
        .header(header::ORIGIN, "https://example.org")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

/// Posts, and gives the address that the answer leads to.
async fn send(app: &App, path: &str, body: String) -> String {
    let answer = app.request(form(path).body(Body::from(body)).expect("a request")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.html());
    let location = answer.headers[header::LOCATION].to_str().expect("an address in ASCII").to_owned();
    assert!(location.starts_with('?'), "the path stays as it is: {location}");
    format!("{}{location}", path.split('?').next().unwrap_or_default())
}

/// Presses a button of an island on a page, and gives the address that follows.
async fn press(app: &App, path: &str, instance: &str, event: &str) -> String {
    let page = app.get(path).await;
    send(app, path, fields(&page, instance, &[("holm-event", event)])).await
}

fn counts(page: &Shown) -> Vec<String> {
    page.html()
        .split("<output>")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap_or_default().to_owned())
        .collect()
}

#[tokio::test]
async fn a_button_runs_the_handler_and_a_reload_repeats_nothing() {
    let app = app();
    let page = app.get("/?from=mail").await;
    let css = "button.inc";
    assert_eq!(page.attr(css, "form").as_deref(), Some("holm-Counter:0"));
    assert_eq!(page.attr(css, "name").as_deref(), Some("holm-event"));
    assert_eq!(page.attr(css, "value").as_deref(), Some("inc"));
    assert_eq!(page.text(".restored"), "false");
    let next = press(&app, "/?from=mail", "Counter:0", "inc").await;
    assert!(next.starts_with("/?from=mail&holm="), "{next}");
    for _ in 0..3 {
        let page = app.get(&next).await;
        assert_eq!(counts(&page), ["1", "0"]);
        assert_eq!(page.text("title"), "Counted to 1");
        assert_eq!(page.text(".restored"), "true", "what no seal holds was rebuilt");
        assert_eq!(page.headers[header::CACHE_CONTROL], "private, no-cache");
    }
    let next = press(&app, &next, "Counter:0", "inc").await;
    assert_eq!(next.matches("holm=").count(), 1, "{next}");
    assert_eq!(counts(&app.get(&next).await), ["2", "0"]);
    assert_eq!(counts(&app.get("/").await), ["0", "0"], "nobody else's");
}

#[tokio::test]
async fn a_button_has_a_payload_and_a_form_its_fields() {
    let app = app();
    let page = app.get("/").await;
    let value = page.attr("button.set", "value").unwrap();
    assert_eq!(value, r#"set {"to":7}"#);
    let next = press(&app, "/", "Counter:0", &value).await;
    assert_eq!(counts(&app.get(&next).await), ["7", "0"]);

    assert_eq!(page.attr("form[data-live-submit]", "method").as_deref(), Some("post"));
    let id = page.attr("form[data-live-submit]", "id").unwrap();
    assert_eq!(page.attr(&format!("input[form='{id}'][name=holm-submit]"), "value").as_deref(), Some("note"));
    assert_eq!(page.count(&format!("input[form='{id}'][name=holm-seal]")), 1);
    let body = fields(&page, "Counter:0", &[("holm-submit", "note"), ("text", "a\r\nb"), ("again", "2")]);
    let page = app.get(&send(&app, "/", body).await).await;
    assert_eq!(page.count("pre"), 2);
    assert_eq!(page.text("pre"), "a\nb", "lines end as they do from the client");
}

#[tokio::test]
async fn islands_of_a_page_keep_each_their_state() {
    let app = app();
    let mut path = "/".to_owned();
    for instance in ["Counter:0", "Counter:1", "Counter:1", "Counter:0", "Counter:1"] {
        path = press(&app, &path, instance, "inc").await;
    }
    assert_eq!(counts(&app.get(&path).await), ["2", "3"]);
    let lost = press(&app, "/?holm=AAAAAAAAAAAAAAAAAAAAAA", "Counter:1", "inc").await;
    assert_eq!(counts(&app.get(&lost).await), ["0", "1"]);
}

#[tokio::test]
async fn what_was_posted_goes_on_live() {
    let app = app();
    let next = press(&app, "/", "Counter:0", "inc").await;
    let tab = app.get(&next).await.live().await;
    assert_eq!(tab.text("output"), "1");
    // The other island has not been restored before.
    let edited: Vec<_> = tab.edits().iter().map(|edit| &*edit.island).collect();
    assert_eq!(edited, ["Counter:1"], "the page shows what the session renders");
}

#[tokio::test]
async fn a_page_turns_it_on_for_all_its_islands_and_others_stay_without() {
    let app = app();
    let page = app.get("/plain").await;
    assert_eq!((page.count("form"), page.count("button[form]")), (0, 0));
    let page = app.get("/all").await;
    assert_eq!((page.count("form[hidden]"), page.count("button[form]")), (2, 4));
    assert_eq!(page.count("holm-island form"), 0, "outside of every island");
    let next = press(&app, "/all", "+Plain:0/inner", "once").await;
    let next = press(&app, &next, "+Plain:0", "once").await;
    let next = press(&app, &next, "+Plain:0/inner", "once").await;
    let page = app.get(&next).await;
    assert_eq!(page.text("[data-instance='+Plain:0'] > .count"), "1");
    assert_eq!(page.text("[data-instance='+Plain:0/inner'] > .count"), "2");
    let tab = page.live().await;
    assert!(tab.edits().is_empty(), "{:?}", tab.edits());
}

#[tokio::test]
async fn mount_is_not_run_again_for_a_state_that_is_there() {
    let app = app();
    assert_eq!(counts(&app.get("/mounted").await), ["100"]);
    let next = press(&app, "/mounted", "Mounted:0", "inc").await;
    assert_eq!(counts(&app.get(&next).await), ["101"]);
}

#[tokio::test]
async fn the_address_is_the_page_s_own_where_routers_are_nested() {
    let app = app();
    let next = press(&app, "/nested/deep?a=1", "Counter:1", "inc").await;
    assert!(next.starts_with("/nested/deep?a=1&holm="), "{next}");
    assert_eq!(counts(&app.get(&next).await), ["0", "1"]);
}

#[tokio::test]
async fn an_error_shows_on_the_page_and_changes_nothing() {
    let app = app();
    let start = press(&app, "/", "Counter:0", "inc").await;
    let next = press(&app, &start, "Counter:0", "fail").await;
    let page = app.get(&next).await;
    assert_eq!(counts(&page), ["1", "0"]);
    assert_eq!(page.text("p.holm-error[role=alert]"), "No <thanks>.");
    assert_eq!(page.attr("holm-island.holm-error", "data-instance").as_deref(), Some("Counter:0"));
    let next = press(&app, &next, "Counter:0", "inc").await;
    let page = app.get(&next).await;
    assert_eq!(counts(&page), ["2", "0"]);
    assert_eq!(page.count(".holm-error"), 0);

    let id = page.attr("form[data-live-submit]", "id").unwrap();
    let draft = [("holm-submit", "note"), ("holm-form", &*id), ("text", "a <draft>"), ("again", "many")];
    let page = app.get(&send(&app, "/", fields(&page, "Counter:0", &draft)).await).await;
    assert!(page.text("p.holm-error").starts_with("the form's fields do not fill `note`"));
    assert_eq!(page.text("textarea").trim_start(), "a <draft>", "what was typed is not lost");

    let next = press(&app, "/all", "+Plain:0/inner", "refuse").await;
    let page = app.get(&next).await;
    assert_eq!(page.text("[data-instance='+Plain:0/inner'] > [data-live-error]"), "Nobody is in.");
    assert_eq!(page.text("[data-instance='+Plain:0'] > [data-live-error]"), "");
    assert_eq!(page.count("p.holm-error"), 0);
}

#[tokio::test(start_paused = true)]
async fn panics_overruns_and_states_that_cannot_be_shown_or_kept_change_nothing() {
    let app = app();
    for (event, sentence) in [
        ("panic", "Something went wrong on the server. Nothing was changed."),
        ("slow", "This took too long and was stopped. Nothing was changed."),
        ("unshowable", "The new state cannot be shown. Nothing was changed."),
        ("grow", "The new state is too large to keep. Nothing was changed."),
        ("no_such", "no event of this island is called `no_such`"),
        (r#"set {"to":"x"}"#, "the payload of `set` does not fit"),
        ("", "no event of this island is called ``"),
    ] {
        let next = press(&app, "/", "Counter:0", event).await;
        let page = app.get(&next).await;
        assert_eq!(counts(&page), ["0", "0"], "{event}");
        let told = page.text("p.holm-error");
        assert!(told.starts_with(sentence), "{event}: {told}");
    }
}

#[tokio::test]
async fn a_redirect_of_the_handler_s_own_wins() {
    let app = app();
    let body = fields(&app.get("/").await, "Counter:0", &[("holm-event", "away")]);
    let answer = app.request(form("/").body(Body::from(body)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.headers[header::LOCATION], "/elsewhere?x=1");
}

#[tokio::test]
async fn what_others_post_arrives_untouched() {
    let app = app();
    let own = |body: Body| app.request(form("/own").body(body).unwrap());
    for text in ["", "h", "holm-instanc", "name=Ada", "holm-instances=1"] {
        let answer = own(Body::from(text)).await;
        assert_eq!(answer.html(), format!("{} {:016x}", text.len(), sum(text.as_bytes())), "{text:?}");
    }
    // In chunks that begin as an island's form does, and go on for longer than any form may.
    let mut chunks: Vec<Bytes> = vec!["holm".into(), "".into(), "-inst".into(), "ead=1&".into()];
    chunks.extend((0..2_000u32).map(|at| Bytes::from(format!("{at:01000}"))));
    let whole = chunks.concat();
    let body = Body::from_stream(stream::iter(chunks.into_iter().map(Ok::<_, std::io::Error>)));
    assert_eq!(own(body).await.html(), format!("{} {:016x}", whole.len(), sum(&whole)));

    let broken: [Result<Bytes, std::io::Error>; 2] = [Ok("holm-".into()), Err(std::io::Error::other("cut"))];
    let failed = tokio::spawn({
        let app = app.clone();
        async move {
            app.request(form("/own").body(Body::from_stream(stream::iter(broken))).unwrap()).await.status
        }
    });
    assert!(failed.await.is_err(), "the route meets the error itself");
    let answer = app.request(Request::post("/").body(Body::from("holm-instance=A")).unwrap()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "no form at all");
}

#[tokio::test]
async fn a_page_that_is_a_file_has_no_forms() {
    let app = app();
    let mut request = Request::get("/all").body(Body::empty()).unwrap();
    request.extensions_mut().insert(holm::Static);
    let page = app.request(request).await;
    assert_eq!((page.count("form"), page.count("button[form]"), page.count("[name=holm-seal]")), (0, 0, 0));
    let mut request = Request::get("/").body(Body::empty()).unwrap();
    request.extensions_mut().insert(holm::Static);
    let page = app.request(request).await;
    assert_eq!((page.count("form[method]"), page.count("[name=holm-event]")), (0, 0));
}
