//! The app that the targets attack, and what a page of it would know.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use holm::form::{FieldErrors, Form};
use holm::prelude::{Cx, Deserialize, Event, Island, Live, Markup, Page, Serialize, WithLive, html};
use holm::test::App;

/// An island with an event of each shape, and with another island inside.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Thing {
    count: i64,
    text: String,
    inner: bool,
    form: Form<Filled>,
    errors: FieldErrors,
}

/// A struct with a field of each kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Filled {
    text: String,
    whole: i8,
    float: f32,
    on: bool,
    list: Vec<u16>,
    perhaps: Option<std::num::NonZeroU8>,
    side: Side,
    address: std::net::IpAddr,
    #[serde(default)]
    pair: Option<(char, u8)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Side {
    Left,
    Right,
}

#[derive(Event)]
pub enum Touch {
    More,
    Set {
        to: i64,
        text: String,
    },
    Word(String),
    Fill(Form<Filled>),
    Flat(Filled),
    Fail,
    #[event(once)]
    Once,
    Open,
    #[event(server)]
    Tick,
}

impl Island for Thing {
    type Event = Touch;
    const PROGRESSIVE: bool = true;

    fn render(&self) -> Markup {
        html! {
            output { (self.count) }
            form data-live-submit=(Touch::set_event()) { input name="to"; textarea name="text" { (self.text) } }
            form data-live-submit=(Touch::fill_event()) data-value-whole="7" {
                input name="text" value=(self.form.text("text"));
                input type="checkbox" name="on" checked[self.form.has("on")];
                @for (field, _) in self.errors.iter() { (self.errors.at("f").show(field)) }
            }
            button data-live=(Touch::More) { "more" }
            @if self.inner { (holm::nest("inner", Self::default())) }
        }
    }

    async fn on(&mut self, event: Touch, cx: &mut Cx<Touch>) -> holm::Result {
        match event {
            Touch::More | Touch::Once | Touch::Tick => self.count = self.count.wrapping_add(1),
            Touch::Set { to, text } => (self.count, self.text) = (to, text),
            Touch::Word(text) => self.text = text,
            Touch::Fill(form) => {
                self.errors = form.check().err().unwrap_or_default();
                self.form = form;
                self.text = cx.field().unwrap_or_default().to_owned();
            }
            Touch::Flat(filled) => self.form = Form::filled(&filled),
            Touch::Fail => return Err(holm::Error::public("no")),
            Touch::Open => self.inner = !self.inner,
        }
        Ok(())
    }
}

/// A runtime of one thread whose time passes at once.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime")
}

/// The app, always with the same key.
pub fn app() -> App {
    async fn home(page: Page) -> Page {
        page.title("Things").body(|p| html! { (p.keyed("a", Thing::default())) (p.island(Thing::default())) })
    }
    let live = Live::new().key([5; 32]).development(false).build("fuzz").island::<Thing>();
    App::new(Router::new().route("/", get(home)).with_live(live))
}

/// Every value of this attribute in the HTML of a page.
#[allow(dead_code, reason = "each target takes what it needs")]
pub fn attributes(html: &str, name: &str) -> Vec<String> {
    let start = format!(" {name}=\"");
    html.split(&start).skip(1).filter_map(|rest| Some(rest.split('"').next()?.to_owned())).collect()
}

/// A request; headers that are none are left out.
#[allow(dead_code, reason = "each target takes what it needs")]
pub fn request(method: &str, path: &str, headers: &[(&str, &[u8])], body: Vec<u8>) -> Option<Request<Body>> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        if let Ok(value) = axum::http::HeaderValue::from_bytes(value) {
            request = request.header(*name, value);
        }
    }
    request.body(Body::from(body)).ok()
}

/// Cuts a piece off the data: a byte says how long it is.
#[allow(dead_code, reason = "each target takes what it needs")]
pub fn piece<'a>(data: &mut &'a [u8]) -> &'a [u8] {
    let Some((len, rest)) = data.split_first() else { return &[] };
    let (piece, rest) = rest.split_at(usize::from(*len).min(rest.len()));
    *data = rest;
    piece
}
