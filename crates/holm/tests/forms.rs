//! Forms: fields that fill events, errors beside fields, what a handler has the page do.
#![allow(clippy::unwrap_used, reason = "a test fails where it unwraps")]

use axum::body::Body;
use holm::Code;
use holm::form::{FieldErrors, Form};
use holm::prelude::*;
use holm::test::{App, Tab};
use holm_wire::{down::Down, up};
use http::{Request, StatusCode, header};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Class {
    First,
    Second,
}

/// `holm-field` and its like are not for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Booking {
    name: String,
    seats: u8,
    class: Class,
    #[serde(rename = "with-dog")]
    dog: bool,
    extras: Vec<String>,
    until: Option<u8>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Desk {
    form: Form<Booking>,
    errors: FieldErrors,
    visited: Vec<String>,
    word: String,
}

#[derive(Event)]
enum Press {
    Book(Form<Booking>),
    Check(Form<Booking>),
    Plain {
        seats: u8,
        class: Class,
    },
    Rename {
        id: u64,
        title: String,
    },
    Toggle {
        done: bool,
    },
    /// Asks the page for all it does by itself, and then changes its mind.
    Fail,
}

impl Island for Desk {
    type Event = Press;
    const PROGRESSIVE: bool = true;

    fn render(&self) -> Markup {
        let at = self.errors.at("booking");
        html! {
            form id="booking" data-live-submit=(Press::book_event()) data-live-change=(Press::check_event()) {
                input name="name" value=(self.form.text("name"));
                input name="seats" value=(self.form.text("seats")) aria-invalid=[at.invalid("seats")] aria-describedby=[at.described("seats")];
                (at.show("seats"))
                input type="radio" name="class" value="first" checked[self.form.is("class", "first")];
                (at.show("class"))
                input type="checkbox" name="with-dog" value="yes" checked[self.form.has("with-dog")];
                select name="extras" multiple { option value="bed" selected[self.form.is("extras", "bed")] { "Bed" } }
                input name="until" value=(self.form.text("until"));
            }
            form id="plain" data-live-submit=(Press::plain_event()) { input name="seats"; input name="class"; }
            form id="rename" data-live-submit=(Press::rename_event()) data-value-id="7" { input name="title"; }
            button.rename data-live=(Press::rename_event()) data-value-id="8" data-value-title="a b" { "Rename" }
            output { (self.word) }
        }
    }

    async fn on(&mut self, event: Press, cx: &mut Cx<Press>) -> holm::Result {
        match event {
            Press::Book(form) => match form.check() {
                Ok(booking) => {
                    let Booking { name, seats, class, dog, extras, until } = booking;
                    *self = Self::default();
                    self.word = format!("{name} {seats} {class:?} {dog} {extras:?} {until:?}");
                    cx.reset("#booking");
                }
                Err(errors) => {
                    if let Some(field) = errors.first() {
                        cx.focus(format!("[name={field}]"));
                    }
                    (self.form, self.errors) = (form, errors);
                }
            },
            Press::Check(form) => {
                self.visited.extend(cx.field().map(str::to_owned));
                let mut errors = form.check().err().unwrap_or_default().spoken();
                errors.retain(|field| self.visited.iter().any(|visited| visited == field));
                self.errors = errors;
            }
            Press::Plain { seats, class } => self.word = format!("{seats} {class:?}"),
            Press::Rename { id, title } => self.word = format!("{id} is {title}"),
            Press::Toggle { done } => self.word = format!("{done} {:?}", cx.field()),
            Press::Fail => {
                cx.focus("#booking");
                cx.reset("#booking");
                return Err(holm::Error::public("No."));
            }
        }
        Ok(())
    }
}

fn app(development: bool) -> App {
    let live = Live::new().key([3; 32]).development(development).island::<Desk>();
    let home = async |page: Page| page.title("Desk").body(|p| p.island(Desk::default()));
    App::new(Router::new().route("/", get(home)).with_live(live))
}

async fn tab() -> Tab {
    app(true).get("/").await.live().await
}

fn acts(tab: &Tab) -> Vec<(&str, &str)> {
    tab.acts().iter().map(|act| (&*act.what, &*act.with)).collect()
}

#[tokio::test]
async fn a_form_s_fields_fill_a_struct_boxes_and_lists_included() {
    let mut tab = tab().await;
    let fields = [
        ("name", "Ada & co"),
        ("seats", "3"),
        ("class", "first"),
        ("with-dog", "on"),
        ("extras", "bed"),
        ("extras", "tea"),
        ("until", "9"),
    ];
    tab.submit("#booking", &fields).await;
    assert_eq!(tab.text("output"), r#"Ada & co 3 First true ["bed", "tea"] Some(9)"#);
    tab.submit("#booking", &[("name", ""), ("seats", " 3 "), ("class", "second"), ("until", "")]).await;
    assert_eq!(tab.text("output"), " 3 Second false [] None");
    assert!(tab.errors().is_empty());
}

#[tokio::test]
async fn errors_stand_beside_their_fields_and_what_was_typed_is_kept() {
    let mut tab = tab().await;
    tab.submit("#booking", &[("name", "Ada"), ("seats", "<many>"), ("until", ""), ("with-dog", "on")]).await;
    assert!(tab.errors().is_empty(), "the event was taken: {:?}", tab.errors());
    assert_eq!(tab.text("#booking-seats-error"), "This has to be a number.");
    assert_eq!(tab.text("#booking-class-error"), "Please choose one of the options.");
    assert_eq!(tab.attr("[name=seats]", "aria-invalid").as_deref(), Some("true"));
    assert_eq!(tab.attr("[name=seats]", "aria-describedby").as_deref(), Some("booking-seats-error"));
    assert_eq!(tab.attr("[name=seats]", "value").as_deref(), Some("<many>"));
    assert!(tab.attr("[name=with-dog]", "checked").is_some());
    tab.submit("#booking", &[("name", "Ada"), ("seats", "1"), ("class", "first"), ("until", "")]).await;
    assert_eq!(tab.text("output"), "Ada 1 First true [] None", "the tick is the form's own by now");
    assert_eq!(
        (tab.text("#booking-seats-error"), tab.attr("[name=seats]", "aria-invalid")),
        (String::new(), None)
    );
}

#[tokio::test]
async fn the_focus_goes_to_the_first_field_that_is_wrong_and_a_form_that_is_done_is_emptied() {
    let mut tab = tab().await;
    tab.submit("#booking", &[("name", "Ada"), ("seats", "x"), ("until", "x")]).await;
    assert_eq!(acts(&tab), [("focus", "[name=seats]")]);
    tab.submit("#booking", &[("name", "Ada"), ("seats", "1"), ("class", "first"), ("until", "")]).await;
    assert_eq!(acts(&tab), [("focus", "[name=seats]"), ("reset", "#booking")]);
    assert!(tab.acts().iter().all(|act| act.island == "Desk:0"));
}

#[tokio::test]
async fn the_page_acts_when_it_shows_what_the_handler_did() {
    let page = app(true).get("/").await;
    let [seal, instance] = ["data-seal", "data-instance"].map(|name| page.attr("holm-island", name).unwrap());
    let island = up::JoinIsland { name: "Desk", instance: &instance, check: 0, seal: seal.as_bytes() };
    let (mut wire, mut frame) = (page.wire(), Vec::new());
    up::join(&mut frame, 0, "/", 1, b"", &[island]);
    wire.send(&frame);
    let joined = wire.take().unwrap();
    let Ok(Down::Joined(joined)) = Down::decode(&joined) else { panic!("{joined:?}") };
    let id = joined.islands().next().unwrap().unwrap().id;
    while wire.take().is_some() {}
    frame.clear();
    up::submit(&mut frame, id, 1, "book", "seats=x");
    wire.send(&frame);
    let taken: Vec<_> = std::iter::from_fn(|| wire.take()).collect();
    let at =
        |wanted: fn(&Down<'_>) -> bool| taken.iter().position(|frame| wanted(&Down::decode(frame).unwrap()));
    let shown = at(|frame| matches!(frame, Down::Edit { .. } | Down::EditAck { .. } | Down::Snapshot { .. }));
    let acted = at(|frame| matches!(frame, Down::Act { what: "focus", .. }));
    assert!(shown.is_some() && shown < acted, "{taken:?}");
}

#[tokio::test]
async fn what_a_handler_has_the_page_do_is_dropped_when_it_fails() {
    let mut tab = tab().await;
    tab.send("Desk:0", "fail", "").await;
    assert_eq!(tab.errors().last().unwrap().sentence, "No.");
    tab.submit("#rename", &[("id", "7"), ("title", "x")]).await;
    assert_eq!(acts(&tab), []);
}

#[tokio::test]
async fn a_check_while_typing_knows_the_control_and_tells_only_of_those_that_were_visited() {
    // As the client sends the change of a control in a form.
    let change = |field| [("name", "Ada"), ("seats", "x"), ("until", "x"), ("holm-field", field)];
    let mut checks = app_with_checks().get("/").await.live().await;
    checks.submit("#booking", &change("seats")).await;
    assert_eq!(checks.text("#booking-seats-error"), "This has to be a number.");
    assert_eq!(checks.text("#booking-class-error"), "", "nobody has been there");
    assert_eq!(checks.attr("#booking-seats-error", "aria-live").as_deref(), Some("polite"));
    checks.submit("#booking", &change("class")).await;
    assert_eq!(checks.text("#booking-class-error"), "Please choose one of the options.");
}

/// A desk whose form is only checked: the kit submits, and a page's change brings the same fields.
fn app_with_checks() -> App {
    let live = Live::new().key([3; 32]).island::<Checked>();
    let home = async |page: Page| page.title("Desk").body(|p| p.island(Checked::default()));
    App::new(Router::new().route("/", get(home)).with_live(live))
}

#[derive(Clone, Default, Serialize, Deserialize)]
struct Checked(Desk);

impl Island for Checked {
    type Event = Press;

    fn render(&self) -> Markup {
        let at = self.0.errors.at("booking");
        html! {
            form id="booking" data-live-submit=(Press::check_event()) { input name="seats"; }
            (at.show("seats"))
            (at.show("class"))
        }
    }

    async fn on(&mut self, event: Press, cx: &mut Cx<Press>) -> holm::Result {
        self.0.on(event, cx).await
    }
}

#[tokio::test]
async fn fields_of_the_client_s_own_never_reach_the_struct() {
    let mut tab = tab().await;
    let fields = [("name", "Ada"), ("seats", "1"), ("class", "first"), ("until", ""), ("holm-field", "name")];
    tab.submit("#booking", &fields).await;
    assert_eq!(
        tab.text("output"),
        "Ada 1 First false [] None",
        "a struct that denies unknown fields takes it"
    );
    tab.send("Desk:0", "toggle", r#"{"done":true}"#).await;
    assert_eq!(tab.text("output"), "true None");
    tab.send("Desk:0", "toggle", "").await;
    assert_eq!(tab.text("output"), "false None", "an unticked box has nothing to send");
}

#[tokio::test]
async fn plain_fields_refuse_the_event_and_say_which_field() {
    let mut tab = tab().await;
    tab.submit("#plain", &[("seats", "300"), ("class", "third")]).await;
    let error = tab.errors().last().unwrap();
    let which = "`seats`: This has to be at most 255. `class`: Please choose one of the options.";
    assert_eq!(error.code, Code::BadPayload);
    assert_eq!(error.sentence, format!("the form's fields do not fill `plain`: {which}"));
    tab.submit("#plain", &[("seats", "3"), ("class", "first")]).await;
    assert_eq!(tab.text("output"), "3 First");

    let mut visitor = app(false).get("/").await.live().await;
    visitor.submit("#plain", &[("seats", "300"), ("class", "third")]).await;
    assert_eq!(visitor.errors().last().unwrap().sentence, format!("This could not be read. {which}"));
}

/// What a browser without a script posts for this island.
fn posted(html: &holm::test::Page, fields: &[(&str, &str)]) -> Request<Body> {
    let hidden = |name: &str| html.attr(&format!("input[name={name}]"), "value").unwrap();
    let (instance, seal) = (hidden("holm-instance"), hidden("holm-seal"));
    let mut all = vec![("holm-instance", &*instance), ("holm-seal", &*seal)];
    all.extend(fields);
    Request::post("/")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(serde_html_form::to_string(all).unwrap()))
        .unwrap()
}

async fn after(app: &App, fields: &[(&str, &str)]) -> holm::test::Page {
    let page = app.get("/").await;
    let answer = app.request(posted(&page, fields)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let ticket = answer.headers[header::LOCATION].to_str().unwrap();
    app.get(&format!("/{}", ticket.trim_start_matches('/'))).await
}

#[tokio::test]
async fn with_no_script_errors_stand_beside_fields_and_values_go_along() {
    let app = app(true);
    let page = app.get("/").await;
    let value = page.attr("button.rename", "value").unwrap();
    assert_eq!(value, "rename ?id=8&title=a+b");
    assert_eq!(after(&app, &[("holm-event", &value)]).await.text("output"), "8 is a b");

    let event =
        page.attr("[name=holm-submit][form=holm-Desk\\:0-rename], [name=holm-submit][form=rename]", "value");
    let event = event.unwrap();
    assert_eq!(event, "rename ?id=7");
    let fields = [("holm-submit", &*event), ("holm-form", "rename"), ("title", "two\r\nlines")];
    assert_eq!(after(&app, &fields).await.text("output"), "7 is two\nlines");

    let wrong = [("holm-submit", "book"), ("holm-form", "booking"), ("seats", "many"), ("extras", "bed")];
    let page = after(&app, &wrong).await;
    assert_eq!(page.text("#booking-seats-error"), "This has to be a number.");
    assert_eq!(page.attr("[name=seats]", "value").as_deref(), Some("many"));
    assert!(page.attr("option", "selected").is_some());

    let right = [
        ("holm-submit", "book"),
        ("holm-form", "booking"),
        ("name", "Ada"),
        ("seats", "1"),
        ("class", "first"),
    ];
    let page = after(&app, &right).await;
    assert_eq!(page.text("output"), "Ada 1 First false [] None");
    assert_eq!(page.attr("[name=seats]", "value").as_deref(), Some(""), "a form that is done is empty");
}

#[tokio::test]
async fn with_no_script_a_form_with_files_is_refused_in_words() {
    let app = app(true);
    let post = |body: &str| {
        let request = Request::post("/").header("sec-fetch-site", "same-origin");
        let request = request.header(header::CONTENT_TYPE, "multipart/form-data; boundary=----b");
        app.request(request.body(Body::from(body.to_owned())).unwrap())
    };
    let ours =
        "------b\r\nContent-Disposition: form-data; name=\"holm-instance\"\r\n\r\nDesk:0\r\n------b--\r\n";
    let answer = post(ours).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(answer.html().starts_with("This form has files"), "{}", answer.html());
    let answer = post(&ours.replace("holm-instance", "photo")).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "somebody else's form goes to their route");
}
