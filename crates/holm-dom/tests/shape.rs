//! The shape that a diff leaves, where a small change makes markup into another kind of markup: a
//! regular text is cut at two places and anything is put in between.

use holm_dom::{Outcome, Shape, Tree, diff_from};
use proptest::prelude::*;

#[path = "support/sink.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod sink;
#[path = "support/markup.rs"]
mod support;

use support::markup;

/// What a change puts into a text: pieces of tags, mostly.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "<",
        ">",
        "/",
        "\"",
        "'",
        "=",
        " ",
        "-",
        "!",
        "&",
        ";",
        "\0",
        "\r",
        "\n",
        "x",
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<e>",
        "</e>",
        "</ex>",
        "<li>",
        "</li>",
        "<a>",
        "</a>",
        "<b>",
        "</b>",
        "<tr>",
        "</tr>",
        "<td>",
        "<table>",
        "</table>",
        "<form>",
        "</form>",
        "<!--",
        "-->",
        "<!",
        "</",
        "<textarea>",
        "</textarea>",
        "<script>",
        "</script>",
        "<svg>",
        "</svg>",
        "<template>",
        "</template>",
        "<select>",
        "</select>",
        "<option>",
        "<h1>",
        "</h1>",
        "<br>",
        "</br>",
        "<hr>",
        "<button>",
        "</button>",
        " id=i1",
        " id=\"i2\"",
        " data-key=\"k1\"",
        " data-live-ignore",
        " data-live-list=\"l\"",
        " data-live-list=m",
        "&x",
        "&amp;",
        "<holm-island>",
        "</holm-island>",
        "<title>",
    ])
}

/// Markup that holds what looks like markup.
fn trap() -> impl Strategy<Value = String> {
    let inside = prop::sample::select(vec![
        "<b id=\"t1\">x</b>",
        "<b>x</b>",
        "<p id=\"t2\">",
        "</p>",
        "<div data-key=\"t3\">x</div>",
        "</div>",
        "x",
        "<li>",
        "<!--",
        "<i id=\"t4\">x<u>y</u>z</i>",
        "</b>",
        "<b",
        "b>",
        "</",
    ]);
    let around = prop::sample::select(vec![
        ("<!--", "-->"),
        ("<p title='", "'>x</p>"),
        ("<p title='", "'/>"),
        ("<script>", "</script>"),
        ("<style>", "</style>"),
        ("<textarea>", "</textarea>"),
        ("<title>", "</title>"),
        ("<xmp>", "</xmp>"),
        ("<template>", "</template>"),
        ("<svg>", "</svg>"),
        ("<svg><title>", "</title></svg>"),
        ("<svg><style>", "</style></svg>"),
        ("<math><mi>", "</mi></math>"),
        ("<iframe>", "</iframe>"),
        ("<noscript>", "</noscript>"),
        ("<select>", "</select>"),
        ("<e>", "</e>"),
        ("<object>", "</object>"),
        ("<ruby><rt>", "</rt></ruby>"),
        ("<form>", "</form>"),
        ("<td>", "</td>"),
        ("<pre>", "</pre>"),
        ("<table><caption>", "</caption></table>"),
        ("<dl><dd>", "</dd></dl>"),
        ("<nobr>", "</nobr>"),
        ("<optgroup>", "</optgroup>"),
        ("<div data-live-ignore>", "</div>"),
        ("<div data-live-list=\"l\">", "</div>"),
        ("<div data-LIVE-list=l>", "</div>"),
        ("<holm-island>", "</holm-island>"),
        ("<HOLM-island>", "</HOLM-island>"),
        ("<div DATA-live-ignore>", "</div>"),
    ]);
    (around, prop::collection::vec(inside, 0..3))
        .prop_map(|((open, close), inside)| format!("{open}{}{close}", inside.concat()))
}

fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![2 => markup(2), 2 => trap()];
    let wrap = prop::sample::select(vec![
        ("", ""),
        ("<div id=\"w\">", "</div>"),
        ("<e>", "</e>"),
        ("<ul data-key=\"w\"><li>", "</li></ul>"),
        ("<table><tbody><tr><td>", "</td></tr></tbody></table>"),
        ("<p>", "</p>"),
        ("<a>", "</a>"),
        ("<form id=\"f\">", "</form>"),
        ("<button>", "</button>"),
        ("<h1>", "</h1>"),
        ("<svg>", "</svg>"),
        ("<e/>", "</e>"),
        ("<e id=\"w\" />", "</e>"),
        ("<div/>", "</div>"),
        ("<DIV id=\"w\">", "</dIv>"),
    ]);
    (wrap, prop::collection::vec(part, 0..4), prop::collection::vec(markup(1), 0..2))
        .prop_map(|((open, close), parts, rest)| format!("{open}{}{close}{}", parts.concat(), rest.concat()))
}

/// A place inside `text`, between characters.
fn place(text: &str, at: prop::sample::Index) -> usize {
    let mut at = at.index(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Whether a browser makes the same of two trees: an edit may know what stands in a part that a whole parse
/// leaves opaque.
fn same(tree: &Tree, new: &str) -> bool {
    *tree == Tree::parse(new) || sink::same(&sink::browser(&tree.to_html()), &sink::browser(new)).is_ok()
}

fn holds(old: &str, new: &str) -> Result<(), TestCaseError> {
    let (mut program, mut shape) = (Vec::new(), Shape::Unknown);
    let outcome = diff_from(old, new, &mut shape, &mut program);
    let mut tree = Tree::parse(old);
    if outcome == Outcome::Edits {
        match tree.apply(&program) {
            Ok(_) => prop_assert!(same(&tree, new), "{:?} -> {:?}: {}", old, new, tree.to_html()),
            // In such markup an edit may find nothing to go to: the page says so, and gets a snapshot.
            Err(_) if Shape::of(old) != Shape::Regular => {}
            Err(error) => return Err(TestCaseError::fail(format!("{error}: {old:?} -> {new:?}"))),
        }
    } else if outcome == Outcome::Same {
        prop_assert_eq!(&tree, &Tree::parse(new), "{:?} -> {:?}", old, new);
    }
    if old != new {
        prop_assert_eq!(shape, Shape::of(new), "{:?} -> {:?}", old, new);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(4096), ..ProptestConfig::default() })]

    #[test]
    fn a_cut_leaves_the_shape_that_the_whole_text_has(
        old in text(),
        cut in any::<(prop::sample::Index, prop::sample::Index)>(),
        short in 0..8usize,
        pieces in prop::collection::vec(piece(), 0..4),
    ) {
        let (one, other) = (place(&old, cut.0), place(&old, cut.1));
        let from = one.min(other);
        let mut to = one.max(other);
        if short < 6 {
            to = to.min(from + short);
            while !old.is_char_boundary(to) {
                to += 1;
            }
        }
        let new = format!("{}{}{}", &old[..from], pieces.concat(), &old[to..]);
        holds(&old, &new)?;
        holds(&new, &old)?;
    }
}

fn hold(cases: &[(&str, &str)]) {
    for (old, new) in cases {
        holds(old, new).expect("from the one to the other");
        holds(new, old).expect("and back");
    }
}

#[test]
fn a_close_tag_of_another_name_is_noticed() {
    // What the fuzzer found is the third.
    hold(&[
        ("<e>a</e >", "<e>a</ex>"),
        ("<e>a</e>", "<e>a</ex>"),
        ("<e>a</e >", "<e>a</e\0>"),
        ("<e>a</e><p>b</p>", "<e>a</e\0><p>b</p>"),
        ("<div id=\"d\"><b>a</b ></div>", "<div id=\"d\"><b>a</big></div>"),
    ]);
}

#[test]
fn tags_that_hold_tags_are_noticed() {
    hold(&[
        ("<div id=\"w\"></div>", "<div id=\"w\"<p>></div>"),
        ("<section></section>", "<section></section id=i1<p>>"),
        ("<p title='<b id=\"t\">x'>y</p>", "<p title='<b id=\"t\">z'>y</p>"),
        ("<!--<b id=\"t\">x</b>--><i>y</i>", "<!--<b id=\"t\">z</b>--><i>y</i>"),
        ("<template><b id=\"t\">x</b></template><i>y</i>", "<template><b id=\"t\">z</b></template><i>y</i>"),
        ("<style><b id=\"t\">x</b></style><i>y</i>", "<style><b id=\"t\">z</b></style><i>y</i>"),
    ]);
}

#[test]
fn a_slash_ends_what_the_parser_says_it_ends() {
    hold(&[
        ("<e/>x</e>", "<e/>y</e>"),
        ("<e title=a/>x</e>", "<e title=a/>y</e>"),
        ("<svg><image/></svg><i>x</i>", "<svg><image/></svg><i>y</i>"),
        ("<svg><section id=\"q\"/>x</svg>", "<svg><section id=\"q\"/>y</svg>"),
        (
            "<e><svg><title/></svg><svg><title>t</title></svg>x</e>",
            "<e><svg><title/></svg><svg><title>t</title></svg>y</e>",
        ),
    ]);
    assert_eq!(Shape::of("<svg><image/><path/><title>t</title></svg>"), Shape::Regular);
}

#[test]
fn a_key_that_is_written_in_two_ways_leads_nowhere() {
    for other in ["id=i", "id='i'", "ID=\"i\"", "id = \"i\"", "id=\"&#105;\"", "class=\"c\"id=\"i\""] {
        let html = |text| format!("<p {other}>a</p><div><p id=\"i\">{text}</p></div>");
        hold(&[(&html("x"), &html("y"))]);
        assert_eq!(Shape::of(&html("x")), Shape::Irregular);
    }
    assert_eq!(Shape::of("<p id=\"i\" data-key=\"a&amp;b\">x</p>"), Shape::Regular);
    hold(&[("<p id=\"i\">x</p>", "<p id='i'>x</p>")]);
}

#[test]
fn a_nested_island_is_not_reached_into() {
    for name in ["holm-island", "HOLM-island"] {
        let html = |text| format!("<div><{name}><div data-key=\"t\">{text}</div></{name}></div>x");
        hold(&[(&html("x"), &html("y"))]);
    }
}

#[test]
fn text_that_looks_like_markup_is_put_into_a_raw_element() {
    let beside = "<p>beside something that is larger</p>";
    let html = |text| format!("<textarea>{text}</textarea>{beside}");
    hold(&[(&html(""), &html("<p>")), (&html(""), &html("a &amp; b")), (&html(""), &html("&x"))]);
    let html = |text| format!("<xmp>{text}</xmp>{beside}");
    hold(&[(&html(""), &html("<p>")), (&html(""), &html("a &amp; b"))]);
}

#[test]
fn where_a_comment_ends_does_not_depend_on_what_follows() {
    hold(&[
        ("<li id=\"a\"></li><i>x</i><!--c-->", "<li><!--></li><i>x</i><!--c-->"),
        ("<li id=\"a\"></li><i>x</i><!--c-->", "<li><!--></li>--!></li><i>x</i><!--c-->"),
        ("<li id=\"a\"></li><i>x</i>", "<li><!-- > </li> --!></li><i>x</i>"),
    ]);
}
