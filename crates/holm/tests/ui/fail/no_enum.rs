#[derive(holm::Event)]
struct Press {
    to: i64,
}

#[derive(holm::Event)]
union Either {
    a: u8,
    b: i8,
}

#[derive(holm::Event)]
enum Generic<T> {
    Set { to: T },
}

fn main() {}
