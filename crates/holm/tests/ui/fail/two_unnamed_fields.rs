#[derive(holm::Event)]
enum Press {
    Move(i64, i64),
}

fn main() {}
