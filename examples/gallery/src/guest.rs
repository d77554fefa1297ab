//! Who a visitor is, without an account: a random cookie, and a colour and an animal made from it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, COOKIE, HeaderName, SET_COOKIE};
use holm::Overflow;
use holm::prelude::*;
use parking_lot::Mutex;

const COLOURS: [&str; 8] = ["Teal", "Amber", "Violet", "Rose", "Olive", "Slate", "Coral", "Indigo"];
const ANIMALS: [&str; 16] = [
    "Heron", "Otter", "Seal", "Puffin", "Tern", "Crab", "Whale", "Gull", "Cod", "Eider", "Newt", "Stork",
    "Lynx", "Hare", "Fox", "Owl",
];

/// One visitor, in all of their tabs.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Guest {
    /// What the cookie holds. Of it, no page has more than the beginning, save sealed.
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) colour: u8,
}

impl Guest {
    /// Whom the request's cookie names, or somebody new.
    pub(crate) fn of(headers: &HeaderMap, names: &Names) -> Self {
        let key = cookie(headers).unwrap_or_else(|| format!("{:032x}", random()));
        let number = u32::from_str_radix(&key[..8], 16).unwrap_or_default() as usize;
        let colour = number % COLOURS.len();
        let name = names.0.lock().get(&key).cloned();
        let name =
            name.unwrap_or_else(|| format!("{} {}", COLOURS[colour], ANIMALS[number / 8 % ANIMALS.len()]));
        Self { key, name, colour: u8::try_from(colour).unwrap_or_default() }
    }

    /// Has an island of this visitor's hear of a new name, chosen in another tab.
    pub(crate) fn hear_of_name<E: Event>(
        &self,
        cx: &Cx<E>,
        event: impl Fn(String) -> E + Send + Sync + 'static,
    ) {
        cx.subscribe_with(&name_of(&self.key), Overflow::Newest, move |name: &String| event(name.clone()));
    }

    /// The headers of a page that is this visitor's own.
    pub(crate) fn headers(&self) -> [(HeaderName, String); 2] {
        let cookie = format!("guest={}; Max-Age=31536000; HttpOnly; SameSite=Lax; Path=/", self.key);
        [(SET_COOKIE, cookie), (CACHE_CONTROL, "private, no-cache".to_owned())]
    }
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get(COOKIE)?.to_str().ok()?;
    let key = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("guest="))?;
    (key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| key.to_owned())
}

fn random() -> u128 {
    let half = || u128::from(getrandom::u64().expect("the system has randomness"));
    half() << 64 | half()
}

/// Where all tabs of a visitor hear of a new name.
pub(crate) fn name_of(key: &str) -> Topic<String> {
    Topic::new(format!("guest/{key}"))
}

/// The names that guests chose, by the keys in their cookies.
#[derive(Clone, Default)]
pub(crate) struct Names(Arc<Mutex<HashMap<String, String>>>);

impl Names {
    /// Past this many all are forgotten.
    const MOST: usize = 10_000;

    pub(crate) fn choose(&self, guest: &Guest) {
        let mut names = self.0.lock();
        if names.len() >= Self::MOST {
            names.clear();
        }
        names.insert(guest.key.clone(), guest.name.clone());
    }
}

/// What one tab tells of its visitor.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tab {
    pub(crate) name: String,
    pub(crate) colour: u8,
    /// The title of the page.
    pub(crate) page: String,
    pub(crate) typing: bool,
}

impl Tab {
    pub(crate) fn of(guest: &Guest, page: &str) -> Self {
        Self { name: guest.name.clone(), colour: guest.colour, page: page.to_owned(), typing: false }
    }
}

/// Everybody who has a page open that shows who is here.
pub(crate) fn here() -> Presence<Tab> {
    Presence::new("gallery")
}

/// One visitor with all their tabs.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) colour: u8,
    pub(crate) typing: bool,
    /// Where they are, once for each tab.
    pub(crate) pages: Vec<String>,
}

impl Visitor {
    /// Somebody whose first tab is on its way.
    pub(crate) fn of(guest: &Guest, page: &str) -> Self {
        let Guest { key, name, colour } = guest.clone();
        Self { key, name, colour, typing: false, pages: vec![page.to_owned()] }
    }
}

/// Who is here, in order of arrival.
pub(crate) fn visitors(present: &[Present<Tab>]) -> Vec<Visitor> {
    let visitor = |one: &Present<Tab>| {
        let newest = one.metas.last()?;
        Some(Visitor {
            key: one.key.to_string(),
            name: newest.name.clone(),
            colour: newest.colour,
            typing: one.metas.iter().any(|tab| tab.typing),
            pages: one.metas.iter().map(|tab| tab.page.clone()).collect(),
        })
    };
    present.iter().filter_map(visitor).collect()
}

/// A round badge with the initials.
pub(crate) fn avatar(name: &str, colour: u8) -> Markup {
    let initials: String = name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect();
    html! { span.avatar.{ "c" (colour % 8) } aria-hidden="true" { (initials) } }
}
