#[derive(holm::Event)]
enum Press {
    #[event(once, server)]
    Tick,
    #[event(server)]
    #[event(once)]
    Tock,
}

fn main() {}
