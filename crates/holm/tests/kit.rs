//! The kit itself: what it makes of a page is what a browser makes of it.

use std::time::Duration;

use futures_util::FutureExt as _;
use holm::Code;
use holm::prelude::*;
use holm::test::{App, Pointer, Tab};

/// An island that shows this markup, and hears every event as text.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Stage {
    markup: String,
    heard: Vec<String>,
    /// What an event makes of the markup.
    next: Vec<String>,
}

/// Any event: its name is `say`, its payload whatever comes.
#[derive(Event)]
enum Press {
    Say(std::collections::BTreeMap<String, String>),
    Reset { form: String },
    Focus { to: String },
}

impl Island for Stage {
    type Event = Press;

    fn render(&self) -> Markup {
        html! {
            (PreEscaped(&self.markup))
            output { (self.heard.join("\n")) }
        }
    }

    async fn on(&mut self, event: Press, cx: &mut Cx<Press>) -> holm::Result {
        match event {
            Press::Say(fields) => {
                let fields: Vec<_> =
                    fields.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
                self.heard.push(fields.join("&"));
                if !self.next.is_empty() {
                    self.markup = self.next.remove(0);
                }
            }
            Press::Reset { form } => cx.reset(form),
            Press::Focus { to } => cx.focus(to),
        }
        Ok(())
    }
}

async fn stage(markup: &str) -> Tab {
    staged(markup, &[]).await
}

async fn staged(markup: &str, next: &[&str]) -> Tab {
    let next = next.iter().map(|markup| (*markup).to_owned()).collect();
    // The markup comes from tests, so its events are text.
    let live = Live::new().development(false);
    Tab::island_with(Stage { markup: markup.to_owned(), next, ..Stage::default() }, live).await
}

const STAGE: &str = "Stage:0";

/// The payload of the newest event, as it went.
fn newest(tab: &Tab) -> String {
    let frame = tab.sent().last().expect("an event was sent");
    match holm_wire::up::Up::decode(frame).expect("a frame") {
        holm_wire::up::Up::Event { payload, .. } => payload.to_owned(),
        holm_wire::up::Up::Submit { fields, .. } => fields.to_owned(),
        other => panic!("no event: {other:?}"),
    }
}

#[tokio::test]
async fn a_form_sends_the_fields_that_a_browser_collects() {
    let mut tab = stage(
        r#"<form data-live-submit="say">
            <input name="text" value="a b&amp;c"><textarea name="area">
two
lines</textarea>
            <input name="off" disabled value="1"><input value="nameless"><input name="holm-own" value="x">
            <input type="checkbox" name="ticked" checked><input type="checkbox" name="unticked" value="1">
            <input type="radio" name="pick" value="1"><input type="radio" name="pick" value="2" checked>
            <select name="one"><option disabled>first</option><option>second</option></select>
            <select name="many" multiple><option selected>a</option><option selected value="B">b</option><option>c</option></select>
            <fieldset disabled><legend><input name="legend" value="in"></legend><input name="shut" value="1"></fieldset>
            <datalist><input name="listed" value="1"></datalist>
            <input type="number" name="number" value="x1"><input type="color" name="colour"><input type="range" name="range">
            <input type="file" name="file"><button name="by" value="first">Go</button><button name="by" value="second">Go</button>
        </form><input form="f" name="apart" value="1"><form id="f" data-live-submit="say" data-value-row-id="7"></form>"#,
    )
    .await;
    tab.submit("form", &[]).await;
    let expected = "text=a+b%26c&area=two%0Alines&ticked=on&pick=2&one=second&many=a&many=B&legend=in\
                    &number=&colour=%23000000&range=50&file=&by=first";
    assert_eq!(newest(&tab), expected);
    tab.click("button:last-of-type").await;
    assert_eq!(newest(&tab), expected.replace("by=first", "by=second"));
    tab.submit("#f", &[]).await;
    assert_eq!(newest(&tab), "row_id=7&apart=1", "a field names its form");
}

#[tokio::test]
async fn what_a_visitor_fills_in_is_sent_and_stays() {
    let mut tab = stage(
        r#"<form data-live-submit="say"><input name="text"><input type="checkbox" name="box">
            <input type="radio" name="pick" value="1" checked><input type="radio" name="pick" value="2">
            <select name="many" multiple><option>a</option><option>b</option></select>
            <label for="other">Other</label><input id="other" type="checkbox" name="other"></form>"#,
    )
    .await;
    tab.fill("[name=text]", "Ada").await;
    tab.check("[name=box]").await;
    tab.check("[value='2']").await;
    tab.select("[name=many]", &["b", "a"]).await;
    tab.click("label").await;
    assert!(!tab.is_checked("[value='1']") && tab.is_checked("[value='2']") && tab.is_checked("#other"));
    tab.submit("form", &[]).await;
    assert_eq!(newest(&tab), "text=Ada&box=on&pick=2&many=a&many=b&other=on");
    assert_eq!(tab.value("[name=text]"), "Ada", "nothing was written, so nothing is taken away");
}

#[tokio::test]
async fn a_field_brings_its_value_and_a_form_all_of_them() {
    let mut tab = stage(
        r#"<input id="a" name="a" data-live-input="say" data-value-row="7">
           <input id="b" data-live-input="say"><input id="c" type="checkbox" name="c" data-live-change="say">
           <form data-live-change="say"><input id="d" name="d"><select id="e" name="e"><option>x</option><option>y</option></select></form>"#,
    )
    .await;
    tab.type_into("#a", "one").await;
    assert_eq!(newest(&tab), "row=7&a=one");
    tab.type_into("#b", "two").await;
    assert_eq!(newest(&tab), "value=two");
    tab.check("#c").await;
    assert_eq!(newest(&tab), "c=on");
    tab.uncheck("#c").await;
    assert_eq!(newest(&tab), "", "only when ticked");
    tab.type_into("#d", "three").await;
    assert_eq!(tab.sent().len(), 4, "a change comes when the field is left");
    tab.blur().await;
    assert_eq!(newest(&tab), "d=three&e=x&holm-field=d");
    tab.select("#e", &["y"]).await;
    assert_eq!(newest(&tab), "d=three&e=y&holm-field=e");
}

#[tokio::test]
async fn clicks_bring_what_the_button_is_worth() {
    let mut tab = stage(
        r#"<button id="a" data-live="say" name="n" value="v">1</button><button id="b" data-live="say" value="v">2</button>
           <button id="c" data-live="say" data-value-id="7" data-value-a-b="x"><b>3</b></button>
           <button id="d" data-live='say {"x":"1"}' value="v">4</button><button id="e" disabled data-live="say">5</button>
           <div data-live-dblclick="say">6</div>"#,
    )
    .await;
    for (css, payload) in [("#a", "n=v"), ("#b", "value=v"), ("#c b", "a_b=x&id=7"), ("#d", r#"{"x":"1"}"#)] {
        tab.click(css).await;
        assert_eq!(newest(&tab), payload, "{css}");
    }
    tab.dblclick("div").await;
    assert_eq!(newest(&tab), "");
}

#[tokio::test]
async fn keys_are_heard_where_their_filter_says() {
    let mut tab = stage(
        r#"<input name="q" data-live-keydown="say" data-live-keys="Enter ctrl+s Escape" value="x">
           <div data-live-window-keydown="say" data-live-keys="/ mod+k" id="w"></div><button id="o">other</button>"#,
    )
    .await;
    tab.press_key("[name=q]", "Enter").await;
    assert_eq!(newest(&tab), "key=Enter&code=Enter&q=x");
    tab.press_key("[name=q]", "ctrl+s").await;
    assert_eq!(newest(&tab), "key=s&code=KeyS&ctrl=true&q=x");
    let before = tab.sent().len();
    tab.press_key("[name=q]", "s").await;
    tab.press_key("[name=q]", "/").await;
    assert_eq!(tab.sent().len(), before, "typed, and in no filter");
    assert_eq!(tab.value("[name=q]"), "xs/");
    tab.press_key("#o", "/").await;
    assert_eq!(newest(&tab), "key=%2F&code=Slash");
    tab.press_key("[name=q]", "ctrl+k").await;
    assert_eq!(newest(&tab), "key=k&code=KeyK&ctrl=true&q=xs%2F");
}

#[tokio::test]
async fn enter_in_a_field_submits_with_the_first_button() {
    let mut tab = stage(
        r#"<form data-live-submit="say" data-live-change="say"><input name="q"><button name="by" value="1">Go</button></form>"#,
    )
    .await;
    tab.type_into("[name=q]", "tea").await;
    tab.press_key("[name=q]", "Enter").await;
    assert_eq!(newest(&tab), "q=tea&by=1");
    assert_eq!(tab.text("output"), "q=tea\nby=1&q=tea", "its change comes before");
}

#[tokio::test]
async fn the_focus_is_heard_where_it_crosses_an_edge() {
    let mut tab = stage(
        r#"<fieldset data-live-focus='say {"came":"1"}' data-live-blur='say {"left":"1"}'><input id="a"><input id="b"></fieldset><input id="c">"#,
    )
    .await;
    tab.focus("#a").await;
    tab.focus("#b").await;
    assert_eq!(tab.text("output"), "came=1", "not between two fields of it");
    tab.focus("#c").await;
    assert_eq!(tab.text("output"), "came=1\nleft=1");
    assert!(tab.is_focused("#c"));
}

#[tokio::test(start_paused = true)]
async fn a_pointer_goes_down_moves_at_its_pace_and_goes_up() {
    let mut tab = stage(
        r#"<div id="p" data-live-pointer="say" data-live-pointermove="say" data-live-pointerup="say"></div>"#,
    )
    .await;
    tab.pointer("#p", Pointer::at(1, 1)).await;
    for x in 2..=4 {
        tab.pointer_move("#p", Pointer::at(x, 1)).await;
    }
    assert_eq!(tab.sent().len(), 2, "the first move goes at once, the others wait");
    tab.pointer_up("#p", Pointer::at(5, 1)).await;
    let said = tab.text("output");
    let places: Vec<_> = said.split(['&', '\n']).filter(|field| field.starts_with("x=")).collect();
    assert_eq!(places, ["x=1", "x=2", "x=4", "x=5"], "the last move goes before what follows");
}

#[tokio::test]
async fn pointers_say_where_and_what_comes_into_view_says_so_once() {
    let mut tab = stage(
        r#"<div id="p" data-live-pointer="say"></div><div id="v" data-live-visible="say"></div>
           <div id="e" data-live-visible="say" data-live-visible-each></div>"#,
    )
    .await;
    tab.pointer("#p", Pointer::at(3, 4).of(10, 20)).await;
    assert_eq!(newest(&tab), "x=3&y=4&width=10&height=20&button=0&buttons=1");
    for css in ["#v", "#v", "#e", "#e"] {
        tab.visible(css).await;
    }
    assert_eq!(tab.sent().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_debounced_event_goes_after_a_quiet_time_or_before_the_next_event() {
    let mut tab = stage(
        r#"<form data-live-submit="say"><input name="q" data-live-input="say" data-live-debounce="300"></form><button id="b" data-live="say">b</button>"#,
    )
    .await;
    tab.type_into("input", "t").await;
    tab.advance(Duration::from_millis(299)).await;
    tab.type_into("input", "te").await;
    tab.advance(Duration::from_millis(299)).await;
    assert_eq!(tab.sent().len(), 0);
    tab.advance(Duration::from_millis(2)).await;
    tab.settle().await;
    assert_eq!(tab.text("output"), "q=te");
    tab.type_into("input", "tea").await;
    tab.submit("form", &[]).await;
    assert_eq!(tab.text("output"), "q=te\nq=tea\nq=tea");
    tab.type_into("input", "teas").await;
    tab.focus("#b").await;
    tab.settle().await;
    assert_eq!(tab.text("output"), "q=te\nq=tea\nq=tea\nq=teas", "leaving the field sends it");
}

#[tokio::test(start_paused = true)]
async fn a_throttled_event_goes_at_once_then_at_its_pace_the_last_one_always() {
    let mut tab = stage(r#"<input name="q" data-live-input="say" data-live-throttle="100">"#).await;
    for text in ["a", "ab", "abc"] {
        tab.type_into("input", text).await;
    }
    assert_eq!(tab.text("output"), "q=a");
    tab.advance(Duration::from_millis(101)).await;
    tab.settle().await;
    assert_eq!(tab.text("output"), "q=a\nq=abc");
}

const SEARCH: &str = r#"<input name="q" data-live-input="say" value="">"#;

fn search(value: &str) -> String {
    SEARCH.replace("value=\"\"", &format!("value=\"{value}\""))
}

#[tokio::test]
async fn an_echo_does_not_land_on_what_was_typed_since() {
    let mut tab = staged(SEARCH, &[&search("t"), &search("te")]).await;
    tab.hold();
    tab.type_into("input", "t").await;
    tab.type_into("input", "te").await;
    tab.settle().await;
    assert_eq!(tab.value("input"), "te");
    tab.hold();
    tab.type_into("input", "tea").await;
    tab.settle().await;
    assert_eq!((tab.value("input").as_str(), tab.attr("input", "value").as_deref()), ("tea", Some("te")));
}

#[tokio::test]
async fn what_the_server_corrects_lands_when_the_visitor_has_stopped() {
    let mut tab = staged(SEARCH, &[&search("TE"), &search("TEA")]).await;
    tab.hold();
    tab.type_into("input", "te").await;
    tab.type_into("input", "tea").await;
    tab.settle().await;
    assert_eq!(tab.value("input"), "TEA", "it came with the answer to the newest event");
}

#[tokio::test]
async fn the_visitors_text_is_still_there_after_moves_snapshots_and_reconnects() {
    let rows = |order: &str| {
        let row = |key: char| format!(r#"<p id="{key}"><input name="{key}"></p>"#);
        let rows: Vec<_> = order.chars().map(row).collect();
        rows.concat() + r#"<button data-live="say" value="1">go</button>"#
    };
    let mut tab = staged(&rows("abc"), &[&rows("cab"), &rows("xcb")]).await;
    for name in ["a", "b", "c"] {
        tab.type_into(&format!("[name={name}]"), name).await;
    }
    tab.click("button").await;
    assert!(tab.document().find("id=\"c\"") < tab.document().find("id=\"a\""));
    let held = |tab: &Tab| ["a", "b", "c"].map(|name| tab.value(&format!("[name={name}]")));
    assert_eq!(held(&tab), ["a", "b", "c"]);
    tab.disconnect();
    tab.click("button").await;
    tab.reconnect().await;
    assert_eq!((tab.value("[name=c]").as_str(), tab.value("[name=b]").as_str()), ("c", "b"));
    assert_eq!(tab.value("[name=x]"), "", "a new field has nothing of another's");
}

#[tokio::test]
async fn the_visitors_text_survives_a_restart_of_the_server() {
    let app = || {
        async fn page(page: Page) -> Page {
            page.body(|p| {
                p.island(Stage { markup: SEARCH.replace("data-live-input", "data-x"), ..Stage::default() })
            })
        }
        let live = Live::new().key([1; 32]).development(false).island::<Stage>();
        App::new(Router::new().route("/", get(page)).with_live(live))
    };
    let mut tab = Tab::open(&app(), "/").await;
    tab.type_into("input", "tea").await;
    tab.restart(&app()).await;
    assert_eq!(tab.value("input"), "tea");
}

#[tokio::test]
async fn a_reset_empties_the_form_but_not_what_was_typed_since() {
    let form = r#"<form><input name="a" value="was"><input name="b"></form>"#;
    let mut tab = stage(form).await;
    tab.type_into("[name=a]", "one").await;
    tab.type_into("[name=b]", "two").await;
    tab.hold();
    tab.send_now(STAGE, "reset", r#"{"form":"form"}"#);
    tab.type_into("[name=b]", "two and more").await;
    tab.settle().await;
    assert_eq!((tab.value("[name=a]").as_str(), tab.value("[name=b]").as_str()), ("was", "two and more"));
    assert_eq!(tab.acts().last().map(|act| act.what.as_str()), Some("reset"));
}

#[tokio::test]
async fn an_island_can_move_the_focus() {
    let mut tab = stage(r#"<input id="a"><input id="b">"#).await;
    tab.focus("#a").await;
    tab.send(STAGE, "focus", r##"{"to":"#b"}"##).await;
    tab.settle().await;
    assert!(tab.is_focused("#b"));
}

#[tokio::test]
async fn what_is_refused_is_told_and_the_text_stays() {
    let mut tab = stage(r#"<input name="q" data-live-input="nothing">"#).await;
    tab.type_into("input", "tea").await;
    assert_eq!(tab.errors()[0].code, Code::UnknownEvent);
    assert_eq!(tab.value("input"), "tea");
}

#[tokio::test]
#[should_panic(expected = "button#inc")]
async fn who_looks_for_what_is_not_there_reads_what_is() {
    let mut tab = stage(r#"<button id="inc" data-live="say">+</button>"#).await;
    tab.click("#dec").await;
}

#[tokio::test]
#[should_panic(expected = "is disabled")]
async fn a_disabled_button_cannot_be_clicked() {
    let mut tab = stage(r#"<fieldset disabled><button data-live="say">+</button></fieldset>"#).await;
    tab.click("button").await;
}

#[tokio::test]
#[should_panic(expected = "nobody can type into")]
async fn nobody_types_into_a_read_only_field() {
    let mut tab = stage("<input readonly>").await;
    tab.type_into("input", "x").await;
}

#[test]
fn a_tab_can_be_driven_from_a_task() {
    fn is_send<T: Send>(_: T) {}
    #[allow(dead_code, reason = "only its type counts")]
    fn drive(tab: &'static mut Tab) {
        is_send(async {
            tab.click("a").await;
            tab.fill("a", "b").await;
            tab.submit("a", &[]).await;
            tab.press_key("a", "Enter").await;
        });
    }
}

mod uploads {
    //! Files are chosen and sent, and their island tells of them.

    use holm::upload::{Accept, Disk, UploadEvent, Uploads};

    use super::*;

    #[derive(Clone, Default, Serialize, Deserialize)]
    struct Album {
        photos: Uploads,
        dir: std::path::PathBuf,
    }

    #[derive(Event)]
    enum Change {
        #[event(server)]
        Upload(UploadEvent),
    }

    impl Island for Album {
        type Event = Change;

        fn render(&self) -> Markup {
            html! {
                form { input type="file" name="photos" multiple data-live-upload="photos"; }
                @for file in &self.photos { p data-key=(file.id) { (file.name) " " (file.percent()) "%" } }
            }
        }

        async fn restore(&mut self, cx: &mut Cx<Change>) -> holm::Result {
            let photos = Accept::images().max_bytes(3 << 20).max_files(2).to(Disk::dir(&self.dir));
            cx.accept_uploads("photos", photos, Change::Upload);
            Ok(())
        }

        async fn on(&mut self, Change::Upload(event): Change, _: &mut Cx<Change>) -> holm::Result {
            self.photos.apply(&event);
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_chosen_file_arrives_in_pieces() {
        let dir = std::env::temp_dir().join(format!("holm-kit-{}", std::process::id()));
        let mut tab = Tab::island(Album { dir: dir.clone(), ..Album::default() }).await;
        tab.upload("input", "cat.png", "image/png", &vec![7; (2 << 20) + 5]).await;
        tab.wait_for(|tab| tab.text("p") == "cat.png 100%").await;
        std::fs::remove_dir_all(dir).expect("the file was written there");
    }
}

/// What the failure of this says.
async fn failure(doing: impl Future<Output = ()>) -> String {
    let failed = std::panic::AssertUnwindSafe(doing).catch_unwind().await.expect_err("this fails");
    *failed.downcast::<String>().expect("a sentence")
}

#[tokio::test(start_paused = true)]
async fn a_failure_names_the_test_s_line_and_shows_the_islands_first() {
    let mut tab = stage("<p>told</p><button data-live=say>Say</button>").await;
    let (line, waited) = (line!(), failure(tab.wait_for(|_| false)).await);
    let (next, sought) = (line!(), failure(tab.click("#none")).await);
    let (last, read) = (line!(), failure(async { drop(tab.value("#none")) }).await);
    for (line, told) in [(line, waited), (next, sought), (last, read)] {
        assert!(told.starts_with(&format!("{}:{line}:", file!())), "{told}");
        let island = told.find("<p>told</p>").expect("the island's markup");
        assert!(island < told.find("<body").expect("the page's markup"), "{told}");
        assert_eq!(told.matches("<p>told</p>").count(), 1, "{told}");
        assert!(!told.contains("data-seal"), "{told}");
    }
}
