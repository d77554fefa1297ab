struct Point(i64, i64);

#[derive(holm::Event)]
enum Press {
    Move { to: Point },
    Draw(Point),
    Join { from: i64, to: Point },
    #[event(server)]
    Moved(Point),
}

fn main() {}
