//! holm under another path, and an enum inside a function.

mod framework {
    pub use holm as live;
}

fn main() {
    #[derive(Debug, PartialEq, framework::live::Event)]
    #[event(crate = "framework::live")]
    enum Press {
        Set { to: Local },
    }

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Local(u8);

    use framework::live::event::{Event as _, Payload};
    assert_eq!(Press::decode("set", Payload::Json(r#"{"to":1}"#)), Ok(Press::Set { to: Local(1) }));
}
