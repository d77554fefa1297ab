#[derive(holm::Event)]
enum Press {
    #[event(rename = "")]
    Nothing,
    #[event(rename = "go up")]
    GoUp,
    #[event(rename = "\"quoted\"")]
    Quoted,
}

fn main() {}
