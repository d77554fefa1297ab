#[derive(holm::Event)]
#[event(rename_all = "Title Case")]
enum Press {
    #[event(name = "up")]
    Up,
    #[serde(rename = "down")]
    Down,
    Set {
        #[event(rename = "value")]
        to: i64,
    },
}

#[derive(holm::Event)]
#[event(rename = "x")]
enum Other {
    Inc,
}

fn main() {}
