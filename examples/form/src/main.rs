//! A form whose fields fill an event: each field has a type, and what does not fit it never reaches the handler.

#![forbid(unsafe_code)]

use holm::prelude::*;

#[derive(Clone, Default, Serialize, Deserialize)]
struct Ferry {
    bookings: Vec<(String, u8)>,
    /// How often somebody booked.
    booked: u32,
    /// What to say about the last change.
    word: String,
}

#[derive(Event)]
enum Desk {
    /// Filled by the form's fields of the same names.
    Book {
        name: String,
        seats: u8,
    },
    Cancel(usize),
}

const SEATS: u8 = 12;

impl Ferry {
    fn free(&self) -> u8 {
        SEATS - self.bookings.iter().map(|(_, seats)| seats).sum::<u8>()
    }
}

impl Island for Ferry {
    type Event = Desk;

    fn render(&self) -> Markup {
        html! {
            // An edit leaves what a visitor typed alone. With another id it is another form, and an empty one.
            form id={ "booking-" (self.booked) } data-live-submit=(Desk::book_event()) {
                p {
                    label { "Name " input name="name" required maxlength="40" autocomplete="name" autofocus[self.booked > 0]; }
                }
                p { label { "Seats " input name="seats" type="number" min="1" max="8" value="1" required; } }
                button { "Book" }
            }
            p data-live-error data-live-ignore role="alert" {}
            p role="status" { (self.word) }
            h2 { "Seats left: " (self.free()) }
            ul {
                @for (at, (name, seats)) in self.bookings.iter().enumerate() {
                    li { (name) ", seats: " (seats) " " button data-live=(Desk::Cancel(at)) { "Cancel" } }
                }
            }
        }
    }

    async fn on(&mut self, event: Desk, _cx: &mut Cx<Desk>) -> holm::Result {
        match event {
            Desk::Book { name, .. } if name.trim().is_empty() => {
                return Err(holm::Error::public("Whom shall we expect?"));
            }
            Desk::Book { seats, .. } if seats == 0 || seats > self.free().min(8) => {
                return Err(holm::Error::public(match self.free() {
                    1 => "There is 1 seat left.".to_owned(),
                    free => format!("There are {free} seats left, and 1 to 8 to a booking."),
                }));
            }
            Desk::Book { name, seats } => {
                self.word = format!("{} is on board.", name.trim());
                self.booked += 1;
                self.bookings.push((name.trim().to_owned(), seats));
            }
            Desk::Cancel(at) if at < self.bookings.len() => {
                self.word = format!("{} stays ashore.", self.bookings.remove(at).0);
            }
            // The page showed a list that has changed since: the next edit puts it right.
            Desk::Cancel(_) => {}
        }
        Ok(())
    }
}

async fn home(page: Page) -> Page {
    page.title("The ferry").body(|p| html! { h1 { "The ferry" } (p.island(Ferry::default())) })
}

#[tokio::main]
async fn main() -> holm::Result {
    let live = Live::new().island::<Ferry>();
    holm::serve(Router::new().route("/", get(home)).with_live(live)).await
}
