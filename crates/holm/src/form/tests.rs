use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU8;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::{FieldErrors, Form, decode, pairs};

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Plan {
    #[default]
    Free,
    Paid,
}

/// A day, as an app's own type reads it from text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Day(String);

impl TryFrom<String> for Day {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.len() == 10 { Ok(Self(text)) } else { Err("this is no day, write it as 2027-05-31") }
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.0
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct SignUp {
    email: String,
    age: u8,
    plan: Plan,
    news: bool,
    topics: Vec<String>,
    born: Day,
    seats: Option<u32>,
}

fn check<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Vec<(String, String)>> {
    let words = |errors: FieldErrors| {
        errors.iter().map(|(field, sentence)| (field.to_owned(), sentence.to_owned())).collect()
    };
    pairs(text).into_iter().collect::<Form<T>>().check().map_err(words)
}

/// The sentence about a struct's one field.
#[track_caller]
fn sentence<T: serde::de::DeserializeOwned + std::fmt::Debug>(text: &str) -> String {
    let errors = check::<T>(text).unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors[0].1.clone()
}

#[test]
fn a_form_as_a_browser_sends_it_fills_its_struct() {
    let text = "email=a%40b.c&age=+36&plan=paid&news=on&topics=rust&topics=tea+time&born=1990-01-31&seats=";
    let topics = vec!["rust".to_owned(), "tea time".to_owned()];
    let (email, born) = ("a@b.c".to_owned(), Day("1990-01-31".to_owned()));
    let full = SignUp { email, age: 36, plan: Plan::Paid, news: true, topics, born, seats: None };
    assert_eq!(check(text), Ok(full.clone()));
    // An unticked box and a list of which nothing is chosen are not sent at all.
    let bare = SignUp { news: false, topics: Vec::new(), ..full };
    assert_eq!(check("email=a%40b.c&age=36&plan=paid&born=1990-01-31"), Ok(bare));
}

#[test]
fn every_field_that_does_not_fit_is_told_in_the_struct_s_order() {
    let errors = check::<SignUp>("seats=-1&born=yesterday&news=on&age=300&email=").unwrap_err();
    let told: Vec<(&str, &str)> = errors.iter().map(|(field, sentence)| (&**field, &**sentence)).collect();
    assert_eq!(
        told,
        [
            ("age", "This has to be at most 255."),
            ("plan", "Please choose one of the options."),
            ("born", "This is no day, write it as 2027-05-31."),
            ("seats", "This has to be at least 0."),
        ]
    );
    let nothing = check::<SignUp>("").unwrap_err();
    let fields: Vec<&str> = nothing.iter().map(|(field, _)| &**field).collect();
    assert_eq!(fields, ["email", "age", "plan", "born"]);
}

#[test]
fn numbers_say_what_is_wrong_with_them() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Number<T> {
        n: T,
    }
    for (text, wrong) in [
        ("n=", "Please fill this in."),
        ("n=+", "Please fill this in."),
        ("n=abc", "This has to be a number."),
        ("n=1.5", "This has to be a whole number."),
        ("n=-1", "This has to be at least 0."),
        ("n=256", "This has to be at most 255."),
        ("n=99999999999999999999999999999999999999999999", "This has to be at most 255."),
        ("n=-99999999999999999999999999999999999999999999", "This has to be at least 0."),
        ("n=1&n=2", "Only one value fits here."),
    ] {
        assert_eq!(sentence::<Number<u8>>(text), wrong, "{text}");
    }
    assert_eq!(sentence::<Number<NonZeroU8>>("n=0"), "This has to be a nonzero u8.");
    for text in ["n=NaN", "n=inf", "n=1,5"] {
        assert_eq!(sentence::<Number<f64>>(text), "This has to be a number.");
    }
    assert_eq!(check("n=-1e3"), Ok(Number { n: -1000.0_f32 }));
    assert_eq!(check(&format!("n={}", u128::MAX)), Ok(Number { n: u128::MAX }));
    assert_eq!(check(&format!("n={}", i64::MIN)), Ok(Number { n: i64::MIN }));
    assert_eq!(sentence::<Number<u128>>("n=-1"), "This has to be at least 0.");
    assert_eq!(sentence::<Number<IpAddr>>("n="), "Please fill this in.");
    assert_eq!(sentence::<Number<IpAddr>>("n=x"), "Invalid IP address syntax.");
    assert_eq!(sentence::<Number<char>>("n=xy"), "This has to be a character.");
}

#[test]
fn a_box_is_ticked_when_it_is_sent_whatever_its_value_unless_that_says_no() {
    #[derive(Debug, Deserialize)]
    struct Boxes {
        tick: bool,
        #[serde(default)]
        maybe: Option<bool>,
    }
    for (text, ticked) in [
        ("", false),
        ("tick=on", true),
        ("tick=true", true),
        ("tick=rust", true),
        ("tick=", false),
        ("tick=false", false),
        ("tick=Off", false),
        ("tick=0", false),
        // A hidden field that says no, and the box after it.
        ("tick=no", false),
        ("tick=no&tick=yes", true),
    ] {
        assert_eq!(check::<Boxes>(text).unwrap().tick, ticked, "{text}");
    }
    assert_eq!(check::<Boxes>("maybe=").unwrap().maybe, None);
    assert_eq!(check::<Boxes>("maybe=false").unwrap().maybe, Some(false));
}

#[test]
fn defaults_of_the_struct_hold_for_fields_that_were_not_sent() {
    fn yes() -> bool {
        true
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct With {
        #[serde(default = "yes")]
        shown: bool,
        #[serde(default)]
        count: u8,
        #[serde(rename = "max-price", alias = "price")]
        max: u8,
    }
    assert_eq!(check("price=3"), Ok(With { shown: true, count: 0, max: 3 }));
    assert_eq!(check("max-price=3&shown=off"), Ok(With { shown: false, count: 0, max: 3 }));
    let errors = check::<With>("count=x").unwrap_err();
    assert_eq!(errors.iter().map(|(field, _)| &**field).collect::<Vec<_>>(), ["count", "max-price"]);
}

#[test]
fn what_the_whole_says_is_no_one_field_s() {
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "Raw")]
    struct Range;
    #[derive(Deserialize)]
    struct Raw {
        from: u8,
        to: u8,
    }
    impl TryFrom<Raw> for Range {
        type Error = &'static str;
        fn try_from(raw: Raw) -> Result<Self, Self::Error> {
            if raw.from <= raw.to { Ok(Self) } else { Err("the end comes before the beginning") }
        }
    }
    assert!(check::<Range>("from=1&to=2").is_ok());
    let whole = [(String::new(), "The end comes before the beginning.".to_owned())];
    assert_eq!(check::<Range>("from=2&to=1").unwrap_err(), whole);
    // Of a made-up value it says nothing.
    assert_eq!(check::<Range>("from=2").unwrap_err(), [("to".to_owned(), "Please fill this in.".to_owned())]);
    assert_eq!(check::<Range>("from=x&to=0").unwrap_err()[0].0, "from");
}

#[test]
fn what_no_form_can_fill_is_said_to_the_author() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is never filled")]
    struct Outer {
        inner: BTreeMap<String, String>,
    }
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        #[expect(dead_code, reason = "only its name matters")]
        a: u8,
    }
    assert!(sentence::<Outer>("inner=1").starts_with("A form's field holds one value or several"));
    assert_eq!(check::<Strict>("a=1&b=2").unwrap_err()[0].0, "b");
}

#[test]
fn an_event_that_is_no_struct_takes_the_form_s_one_value() {
    let one = |text: &str| decode::<String>(&pairs(text)).ok();
    assert_eq!(one("q=tea").as_deref(), Some("tea"));
    assert_eq!(one("id=7&value=tea").as_deref(), Some("tea"));
    assert_eq!(one("id=7&q=tea"), None);
    assert_eq!(one(""), None);
    assert_eq!(decode::<Vec<u8>>(&pairs("n=1&n=2")), Ok(vec![1, 2]));
    assert_eq!(decode::<Plan>(&pairs("plan=paid")), Ok(Plan::Paid));
    assert_eq!(decode::<Option<Plan>>(&pairs("plan=")), Ok(None));
    assert_eq!(decode::<bool>(&[]), Ok(false));
    let all = decode::<BTreeMap<String, Vec<String>>>(&pairs("a=1&b=2&a=3")).unwrap();
    assert_eq!(all["a"], ["1", "3"]);
}

#[test]
fn a_form_keeps_what_was_typed_whether_it_fits_or_not() {
    let mut form: Form<SignUp> = pairs("age=many&topics=a&topics=b&news=on&secret=x").into_iter().collect();
    assert_eq!((form.text("age"), form.text("email")), ("many", ""));
    assert_eq!(form.all("topics").collect::<Vec<_>>(), ["a", "b"]);
    assert!(form.is("topics", "b") && !form.is("topics", "c") && form.has("news"));
    assert!(!format!("{form:?}").contains("many"));
    form.forget("secret");
    form.set("topics", "c");
    let json = serde_json::to_string(&form).unwrap();
    assert_eq!(json, r#"{"age":"many","news":"on","topics":"c"}"#);
    assert_eq!(serde_json::from_str::<Form<SignUp>>(&json).unwrap(), form);
}

#[test]
fn a_form_is_filled_from_a_value_and_from_a_script_s_json() {
    let born = Day("1990-01-31".to_owned());
    let topics = vec!["a".to_owned(), "b".to_owned()];
    let value =
        SignUp { email: "e".into(), age: 7, plan: Plan::Paid, news: false, topics, born, seats: None };
    let form = Form::filled(&value);
    assert!(!form.has("news") && form.is("topics", "b") && form.text("age") == "7");
    assert_eq!(form.check(), Ok(value));
    let json = r#"{"email":"e","age":7,"plan":"free","born":"1990-01-31","seats":3,"news":true}"#;
    let form: Form<SignUp> = serde_json::from_str(json).unwrap();
    assert_eq!(form.check().unwrap().seats, Some(3));
    assert!(serde_json::from_str::<Form<SignUp>>(r#"{"a":{"b":1}}"#).is_err());
    assert_eq!(Form::filled(&"no struct"), Form::default());
}

#[cfg(feature = "garde")]
#[test]
fn a_validation_crate_s_report_maps_on() {
    let mut report = garde::Report::new();
    report.append(garde::Path::new("email"), garde::Error::new("not a valid email"));
    report.append(garde::Path::new("tags").join(2_usize), garde::Error::new("Too long!"));
    report.append(garde::Path::empty(), garde::Error::new("passwords differ"));
    let errors = FieldErrors::from(report);
    assert_eq!(
        errors.iter().collect::<Vec<_>>(),
        [("email", "Not a valid email."), ("tags", "Too long!"), ("", "Passwords differ.")]
    );
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Anything {
    text: String,
    whole: i64,
    float: f64,
    on: bool,
    list: Vec<String>,
    numbers: Vec<u16>,
    perhaps: Option<i32>,
    plan: Plan,
    letter: char,
}

prop_compose! {
    fn anything()(
        text in ".*",
        whole: i64,
        float in proptest::num::f64::NORMAL,
        on: bool,
        list in prop::collection::vec(".*", 0..4),
        numbers: Vec<u16>,
        perhaps: Option<i32>,
        paid: bool,
        letter: char,
    ) -> Anything {
        let plan = if paid { Plan::Paid } else { Plan::Free };
        Anything { text, whole, float, on, list, numbers, perhaps, plan, letter }
    }
}

proptest! {
    #[test]
    fn what_is_written_as_a_form_comes_back(value in anything()) {
        let text = serde_html_form::to_string(&value).unwrap();
        prop_assert_eq!(decode::<Anything>(&pairs(&text)), Ok(value.clone()));
        let form: Form<Anything> = pairs(&text).into_iter().collect();
        prop_assert_eq!(&serde_json::from_str::<Form<Anything>>(&serde_json::to_string(&form).unwrap()).unwrap().check(), &Ok(value.clone()));
        prop_assert_eq!(Form::filled(&value).check(), Ok(value));
    }

    #[test]
    fn any_text_is_a_form_or_has_faults_in_its_fields(text in ".*|((text|whole|float|on|list|numbers|perhaps|plan|letter|x)=[-a-z0-9.%+]{0,4}&){0,12}") {
        let form: Form<Anything> = pairs(&text).into_iter().collect();
        match form.check() {
            Ok(value) => prop_assert_eq!(Form::filled(&value).check(), Ok(value)),
            Err(errors) => {
                let fields = ["text", "whole", "float", "on", "list", "numbers", "perhaps", "plan", "letter"];
                prop_assert!(!errors.is_empty());
                let place = |(field, _)| fields.iter().position(|name| *name == field);
                let places: Vec<Option<usize>> = errors.iter().map(place).collect();
                prop_assert!(places.iter().all(Option::is_some) && places.is_sorted());
            }
        }
    }
}
