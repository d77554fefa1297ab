#[derive(holm::Event)]
enum Press {
    Inc,
    #[event(rename = "inc")]
    Increase,
    Dec,
    #[event(rename = "lower")]
    DEC,
}

fn main() {}
