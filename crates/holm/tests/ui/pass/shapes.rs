//! Every shape and attribute in an app that allows no warnings.
#![deny(warnings, missing_docs, unused_qualifications)]

use holm::event::{Event as _, Payload};
use maud::html;

mod somewhere {
    //! The enum's own visibility is the functions' visibility.

    /// Events.
    #[derive(holm::Event)]
    #[event(rename_all = "kebab-case")]
    pub enum Press {
        /// A unit.
        GoUp,
        /// Named fields.
        SetTo {
            /// A number.
            to: i64,
            /// A keyword.
            #[serde(default)]
            r#type: Option<String>,
        },
        /// One value.
        Add(Vec<u8>),
        /// Renamed.
        #[event(rename = "x")]
        Y,
        /// The server's.
        #[event(server)]
        Tick(std::time::Instant, fn()),
        /// Not twice.
        #[event(once, rename = "pay")]
        Buy {
            /// How many.
            count: u32,
        },
        /// A keyword of some editions.
        r#Try,
    }
}

/// With serde's own derives beside it: the attributes on the fields hold for both.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize, holm::Event)]
pub enum Stored {
    /// All of it has a default.
    Filter {
        /// Renamed.
        #[serde(rename = "q", default)]
        query: String,
    },
}

/// Every variant is once: no arm is left for others.
#[derive(holm::Event)]
pub enum AllOnce {
    /// Goes.
    #[event(once)]
    Go,
}

/// An island without events.
#[derive(holm::Event)]
pub enum NoEvent {}

fn main() {
    use somewhere::Press;

    assert_eq!(Press::NAMES, ["go-up", "set-to", "add", "x", "pay", "try"]);
    let page = html! {
        button data-live=(Press::SetTo { to: 3, r#type: None }) {}
        button data-live=(Press::GoUp) {}
        form data-live-submit=(Press::set_to_event()) {}
        form data-live-submit=(Press::y_event()) {}
    };
    assert_eq!(
        page.into_string(),
        concat!(
            r#"<button data-live="set-to {&quot;to&quot;:3,&quot;type&quot;:null}"></button>"#,
            r#"<button data-live="go-up"></button>"#,
            r#"<form data-live-submit="set-to"></form><form data-live-submit="x"></form>"#,
        )
    );
    let filter = Stored::Filter { query: "a".into() };
    assert_eq!(filter.payload().as_deref(), Some(r#"{"q":"a"}"#));
    assert_eq!(Stored::decode("filter", Payload::Form("q=a")), Ok(filter));
    let _ = (Press::add_event(), Press::try_event(), Press::go_up_event());
    assert!(Press::Buy { count: 1 }.is_once() && !Press::r#Try.is_once() && AllOnce::Go.is_once());
    assert_eq!(Press::Tick(std::time::Instant::now(), main).name(), "tick");
    let _ = (Press::Add(vec![]), Press::Y, Press::r#Try);
}
