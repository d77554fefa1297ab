//! What controls send, one page for each: the table that `holm::test` and the browser are both held against.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use axum::extract::Path;
use holm::Error;
use holm::prelude::{Cx, Deserialize, Event, Island, Markup, Page, Serialize, html};

/// Something a visitor does, and what the page sends of it.
#[derive(Debug)]
pub struct Case {
    /// What it tells.
    pub name: &'static str,
    /// What the island holds.
    pub html: fn(&Told) -> Markup,
    /// What the visitor does, in order: a verb, a selector without spaces, and the rest of the line. `hold` keeps what
    /// the server says away from the page until `settle`, `answered` waits until it has said something, and `shows` is
    /// what a field holds once all is answered.
    pub acts: &'static [&'static str],
    /// The events that are sent: a name, and after it fields or JSON.
    pub sends: &'static [&'static str],
}

impl Case {
    /// The frames of those events, as the first island of a page sends them.
    pub fn frames(&self) -> Vec<Vec<u8>> {
        let frame = |(at, event): (usize, &&str)| {
            let (name, payload) = event.split_once(' ').unwrap_or((event, ""));
            let mut frame = Vec::new();
            let fields = !payload.is_empty() && !payload.starts_with('{');
            let write = if fields { holm_wire::up::submit } else { holm_wire::up::event };
            write(&mut frame, 1, at as u64 + 1, name, payload);
            frame
        };
        self.sends.iter().enumerate().map(frame).collect()
    }
}

/// Bytes as text.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

type Fields = BTreeMap<String, Vec<String>>;

/// An event whose payload is whatever comes.
#[derive(Debug, Event)]
pub enum Any {
    /// With fields.
    Say(Fields),
    /// With a text, of which the island keeps the first word.
    First(Fields),
    /// With none.
    Bare,
}

/// The island of a case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Told {
    case: usize,
    /// What it keeps of a text, and how often it was pressed.
    first: String,
    presses: u32,
}

impl Island for Told {
    type Event = Any;

    fn render(&self) -> Markup {
        CASES.get(self.case).map(|case| (case.html)(self)).unwrap_or_default()
    }

    async fn on(&mut self, event: Any, _: &mut Cx<Any>) -> holm::Result {
        match event {
            Any::Say(_) => {}
            Any::First(mut fields) => {
                let said = fields.remove("a").unwrap_or_default().concat();
                said.split(' ').next().unwrap_or_default().clone_into(&mut self.first);
            }
            Any::Bare => self.presses += 1,
        }
        Ok(())
    }
}

/// The list of them.
pub async fn list(page: Page) -> Page {
    page.title("Cases").lang("en").body(|_| {
        html! {
            h1 { "Cases" }
            ol { @for (at, case) in CASES.iter().enumerate() {
                @let frames: Vec<_> = case.frames().iter().map(|frame| hex(frame)).collect();
                li data-path={ "/cases/" (at) } data-acts=(case.acts.join("\n")) data-frames=(frames.join(" ")) { (case.name) }
            } }
        }
    })
}

/// One of them.
///
/// # Errors
/// When there is no case of this number.
pub async fn one(Path(case): Path<usize>, page: Page) -> Result<Page, (axum::http::StatusCode, String)> {
    if case >= CASES.len() {
        let error = Error::public("There is no such case.");
        return Err((axum::http::StatusCode::NOT_FOUND, error.to_string()));
    }
    Ok(page
        .title("Case")
        .lang("en")
        .body(|p| html! { h1 { "Case" } (p.island(Told { case, first: String::new(), presses: 0 })) }))
}

/// All of them.
pub const CASES: &[Case] = &[
    Case {
        name: "a click brings nothing, the value of the button, or the fields beside it",
        html: |_| {
            html! {
                button #a data-live=(Any::bare_event()) { "a" }
                button #b data-live=(Any::say_event()) name="n" value="v &" { "b" }
                button #c data-live=(Any::say_event()) value="v" { "c" }
                button #d data-live=(Any::say_event()) data-value-row-id="7" { b #e { "d" } }
            }
        },
        acts: &["click #a", "click #b", "click #c", "click #e"],
        sends: &["bare", "say n=v+%26", "say value=v", "say row_id=7"],
    },
    Case {
        name: "a payload that stands in the attribute goes as it is",
        html: |_| {
            html! {
                button #a data-live=(Any::Say([("x".to_owned(), vec!["1".to_owned()])].into())) name="n" value="v" data-value-y="2" { "a" }
            }
        },
        acts: &["click #a"],
        sends: &[r#"say {"x":["1"]}"#],
    },
    Case {
        name: "a form sends its successful controls with the button",
        html: |_| {
            html! {
                form data-live-submit=(Any::say_event()) data-value-form="3" {
                    input name="text" value="a b&c+ü";
                    textarea name="area" { "two\nlines" }
                    input name="off" disabled value="1";
                    input value="nameless";
                    input type="hidden" name="hidden" value="h";
                    input type="checkbox" name="on" checked; input type="checkbox" name="off" value="1";
                    input type="radio" name="pick" value="1"; input type="radio" name="pick" value="2" checked;
                    select name="one" { option disabled { "first" } option { " second\n one " } }
                    select name="many" multiple { option selected { "a" } option selected value="B" { "b" } option selected disabled { "c" } }
                    fieldset disabled { legend { input name="legend" value="in"; } input name="shut" value="1"; }
                    input type="number" name="number" value="x1"; input type="color" name="colour"; input type="range" name="range";
                    input type="file" name="file";
                    button #first name="by" value="first" { "first" }
                    button #second name="by" value="second" { "second" }
                }
                input name="before" value="1" form="f";
                form #f data-live-submit=(Any::say_event()) { input name="inside" value="2"; }
                button #apart form="f" name="go" { "apart" }
            }
        },
        acts: &["click #second", "key [name=text] Enter", "click #apart"],
        sends: &[
            "say form=3&text=a+b%26c%2B%C3%BC&area=two%0Alines&hidden=h&on=on&pick=2&one=second+one&many=a&many=B&legend=in&number=&colour=%23000000&range=50&file=&by=second",
            "say form=3&text=a+b%26c%2B%C3%BC&area=two%0Alines&hidden=h&on=on&pick=2&one=second+one&many=a&many=B&legend=in&number=&colour=%23000000&range=50&file=&by=first",
            "say before=1&inside=2&go=",
        ],
    },
    Case {
        name: "a form sends what the visitor has filled in",
        html: |_| {
            html! {
                form data-live-submit=(Any::say_event()) {
                    input #text name="text" value="was"; textarea #area name="area" {}
                    input #box type="checkbox" name="box"; input #done type="checkbox" name="done" checked;
                    input type="radio" name="pick" value="1" checked; input #two type="radio" name="pick" value="2";
                    select #one name="one" { option { "a" } option { "b" } }
                    select #many name="many" multiple { option { "a" } option { "b" } option { "c" } }
                    label { "Label " input type="checkbox" name="label"; }
                    button #go { "go" }
                }
            }
        },
        acts: &[
            "type #text now",
            "type #area some more",
            "check #box",
            "uncheck #done",
            "check #two",
            "select #one b",
            "select #many c,a",
            "click label",
            "click #go",
        ],
        sends: &["say text=now&area=some+more&box=on&pick=2&one=b&many=a&many=c&label=on"],
    },
    Case {
        name: "a field brings its value, under its name or as `value`",
        html: |_| {
            html! {
                input #a name="a" data-live-input=(Any::say_event()) data-value-row="7";
                input #b data-live-input=(Any::say_event());
                textarea #c name="c" data-live-input=(Any::say_event()) {}
            }
        },
        acts: &["type #a one", "type #b two", "type #c three"],
        sends: &["say row=7&a=one", "say value=two", "say c=three"],
    },
    Case {
        name: "a box brings its value only when it is ticked, a select all that is chosen",
        html: |_| {
            html! {
                input #a type="checkbox" name="a" data-live-change=(Any::say_event()) data-value-z="1";
                input #b type="checkbox" value="yes" data-live-change=(Any::say_event());
                select #c name="c" data-live-change=(Any::say_event()) { option { "x" } option value="Y" { "y" } }
                select #d name="d" multiple data-live-change=(Any::say_event()) { option { "x" } option { "y" } option { "z" } }
                input #e type="radio" name="e" value="1" data-live-change=(Any::say_event());
            }
        },
        acts: &["check #a", "uncheck #a", "check #b", "select #c Y", "select #d z,x", "check #e", "click #e"],
        sends: &["say z=1&a=on", "say z=1", "say value=yes", "say c=Y", "say d=x&d=z", "say e=1"],
    },
    Case {
        name: "of a form all fields go, with the one that changed",
        html: |_| {
            html! {
                form data-live-input=(Any::say_event()) data-value-form="3" {
                    input #a name="a"; input #b name="b" value="2"; input #c type="checkbox" name="c"; input #d;
                }
                input #e name="e" form="none";
                form data-live-change=(Any::say_event()) { input #f type="checkbox" name="f"; }
            }
        },
        acts: &["type #a 1", "check #c", "type #d nameless", "type #e outside", "check #f", "uncheck #f"],
        sends: &[
            "say form=3&a=1&b=2&holm-field=a",
            "say form=3&a=1&b=2&c=on&holm-field=c",
            "say form=3&a=1&b=2&c=on",
            "say f=on&holm-field=f",
            "say holm-field=f",
        ],
    },
    Case {
        name: "a field's own attribute comes before its form's",
        html: |_| {
            html! {
                form data-live-input=(Any::say_event()) { input #a name="a" data-live-input=(Any::say_event()); input name="b"; }
            }
        },
        acts: &["type #a 1"],
        sends: &["say a=1"],
    },
    Case {
        name: "a change comes when a text field is left, or with Enter before the submit",
        html: |_| {
            html! {
                form data-live-submit=(Any::say_event()) {
                    input #a name="a" data-live-change=(Any::say_event()); input #b name="b"; button { "go" }
                }
            }
        },
        acts: &["type #a 1", "focus #b", "type #a 2", "key #a Enter", "blur"],
        sends: &["say a=1", "say a=2", "say a=2&b="],
    },
    Case {
        name: "keys are heard by name, with what is held and the field's value",
        html: |_| {
            html! {
                input #a name="q" value="x" data-live-keydown=(Any::say_event()) data-live-keys="Escape ctrl+k shift+ArrowDown";
                input #b data-live-keyup=(Any::say_event());
                div #c tabindex="0" data-live-keydown=(Any::say_event()) data-live-keys="space" { "c" }
            }
        },
        acts: &[
            "key #a Escape",
            "key #a ctrl+k",
            "key #a shift+ArrowDown",
            "key #a ArrowDown",
            "key #a k",
            "key #b y",
            "key #c Space",
        ],
        sends: &[
            "say key=Escape&code=Escape&q=x",
            "say key=k&code=KeyK&ctrl=true&q=x",
            "say key=ArrowDown&code=ArrowDown&shift=true&q=x",
            "say key=y&code=KeyY&value=y",
            "say key=+&code=Space",
        ],
    },
    Case {
        name: "keys are heard wherever the focus is, but plain ones not while somebody types",
        html: |_| {
            html! {
                div data-live-window-keydown=(Any::say_event()) data-live-keys="j ctrl+j" { "down" }
                div data-live-window-keyup=(Any::bare_event()) data-live-keys="j ctrl+j" { "up" }
                input #a; button #b { "b" }
            }
        },
        acts: &["key #b j", "key #a j", "key #a ctrl+j"],
        sends: &[
            "say key=j&code=KeyJ",
            "bare key=j&code=KeyJ",
            "say key=j&code=KeyJ&ctrl=true&value=j",
            "bare key=j&code=KeyJ&ctrl=true&value=j",
        ],
    },
    Case {
        name: "the focus is heard where it crosses an edge",
        html: |_| {
            html! {
                div data-live-focus=(Any::say_event()) data-live-blur=(Any::say_event()) data-value-edge="1" { input #a name="a" value="x"; button #b { "b" } }
                input #c;
            }
        },
        acts: &["focus #a", "focus #b", "focus #c", "focus #b", "blur"],
        sends: &["say edge=1&a=x", "say edge=1", "say edge=1", "say edge=1"],
    },
    Case {
        name: "a double click is two clicks and one more",
        html: |_| {
            html! {
                div data-live=(Any::bare_event()) { p #a data-live-dblclick=(Any::say_event()) data-value-twice="1" { "a" } }
            }
        },
        acts: &["dblclick #a"],
        sends: &["bare", "bare", "say twice=1"],
    },
    Case {
        name: "what waits goes before the next event of the island, in order",
        html: |_| {
            html! {
                input #a name="a" data-live-input=(Any::say_event()) data-live-debounce="600000";
                button #b data-live=(Any::bare_event()) { "b" }
            }
        },
        acts: &["type #a 1", "type #a 12", "click #b", "type #a 123", "blur"],
        sends: &["say a=12", "bare", "say a=123"],
    },
    Case {
        name: "what waits goes in the order in which it happened",
        html: |_| {
            html! {
                input #a name="a" data-live-input=(Any::say_event()) data-live-change=(Any::bare_event()) data-live-debounce="600000";
                input #b name="b" data-live-input=(Any::say_event()) data-live-debounce="600000";
            }
        },
        acts: &["type #a 1", "type #b 2", "blur"],
        sends: &["say a=1", "bare a=1", "say b=2"],
    },
    Case {
        name: "what waits in a form goes before it is submitted",
        html: |_| {
            html! {
                form data-live-submit=(Any::say_event()) data-live-input=(Any::say_event()) data-live-debounce="600000" { input #a name="a"; }
            }
        },
        acts: &["type #a 1", "key #a Enter"],
        sends: &["say a=1&holm-field=a", "say a=1"],
    },
    Case {
        name: "a throttled field is heard at once, and its last word when it is left",
        html: |_| {
            html! {
                input #a name="a" data-live-input=(Any::say_event()) data-live-throttle="600000"; input #b;
            }
        },
        acts: &["type #a 1", "type #a 12", "type #a 123", "focus #b"],
        sends: &["say a=1", "say a=123"],
    },
    Case {
        name: "a button with an event of its own does not submit its form, a reset button empties it",
        html: |_| {
            html! {
                form data-live-submit=(Any::say_event()) {
                    input #a name="a" value="was";
                    button #b data-live=(Any::bare_event()) { "b" }
                    button #c type="reset" { "c" }
                    button #d type="button" data-live=(Any::bare_event()) { "d" }
                }
            }
        },
        acts: &["type #a now", "click #b", "click #d", "click #c", "key #a Enter"],
        sends: &["bare", "bare", "bare"],
    },
    Case {
        name: "what comes while a field is ahead never lands later, and what the server changes then does",
        html: |told| {
            html! {
                input #a name="a" value=(told.first) data-live-input=(Any::first_event());
                button #b data-live=(Any::bare_event()) { (told.presses) }
                button #c data-live=(Any::first_event()) name="a" value="two" { "c" }
            }
        },
        acts: &[
            "hold",
            "type #a one m",
            "answered",
            "type #a one mo",
            "settle",
            "shows #a one mo",
            "click #b",
            "shows #a one mo",
            "click #c",
            "shows #a two",
        ],
        sends: &["first a=one+m", "first a=one+mo", "bare", "first a=two"],
    },
    Case {
        name: "something editable brings its text, as the value or under its name",
        html: |_| {
            html! {
                div #a contenteditable="plaintext-only" data-live-input=(Any::say_event()) { "Hello" }
                div #b contenteditable name="n" data-live-input=(Any::say_event()) data-value-row="7" data-live-change=(Any::bare_event()) {}
            }
        },
        acts: &["type #a Hello there", "type #b x", "key #b y", "blur"],
        sends: &["say value=Hello+there", "say row=7&n=x", "say row=7&n=xy"],
    },
];
