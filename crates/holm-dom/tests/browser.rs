//! The tree beside html5ever's: equal, unless the markup's content is opaque.

#[path = "support/markup.rs"]
mod random;
#[path = "support/sink.rs"]
mod sink;

use holm_dom::{Shape, Tree, diff_from, inspect};
use proptest::prelude::*;
use random::markup;
use sink::{browser, tree};

/// Shapes of markup that a browser changes, and ones that it keeps.
const SHAPES: &[&str] = &[
    "a<b></b>",
    "a\r\nb\rc",
    "<p title=\"a\r\nb\">x</p>",
    "a\0b",
    "<DIV CLASS=x>y</DIV>",
    "<!--a--b-->",
    "<!-->x-->",
    "<!--a--!>b-->",
    "<p><div>x</div></p>",
    "<p>a<p>b</p></p>",
    "<p><ul><li>x</li></ul></p>",
    "<a>1<a>2</a></a>",
    "<button>1<button>2</button></button>",
    "<form><form>x</form></form>",
    "<form><div><form>x</form></div></form>",
    "<ul><li>1<li>2</li></li></ul>",
    "<dl><dt>1<dd>2</dd></dt></dl>",
    "<table><tr><td>x</td></tr></table>",
    "<table>x<tr><td>y</td></tr></table>",
    "<table><div>x</div></table>",
    "<table><tbody><tr><x-y>z</x-y></tr></tbody></table>",
    "<table><form><tr><td>x</td></tr></form></table>",
    "<div><tr><td>x</td></tr></div>",
    "<div><td>x</td></div>",
    "<select><input></select>",
    "<pre>\nx</pre>",
    "<pre>\n\nx</pre>",
    "<textarea>\nx</textarea>",
    "<textarea><b>x</b></textarea>",
    "<noscript><img></noscript>",
    "<br><b></b></br>",
    "<image>",
    "<svg><div>x</div></svg>",
    "<svg><p>x</p></svg>",
    "<div><template shadowrootmode=open><b>x</b></template></div>",
    "<h1><h2>x</h2></h1>",
    "<nobr>1<nobr>2</nobr></nobr>",
    "<ruby><rt>1<rp>2</rp></rt></ruby>",
    "<div><body class=x>y</body></div>",
    "<table><col><tr><td>x</td></tr></table>",
    "<table><tbody><tr><td>x</td></tr></tbody></table>",
    "<table> <tbody> <tr> <td>x</td> </tr> </tbody> </table>",
    "<table><tbody><template><tr></tr></template><!--c--></tbody></table>",
    "<select><option>1</option><option>2</option></select>",
    "<select><optgroup label=x><option>1</option></optgroup></select>",
    "<table><tbody></tbody><caption>x</caption></table>",
    "<svg viewbox=\"0 0 1 1\"><lineargradient gradientunits=x></lineargradient><foreignobject><p>x</p></foreignobject></svg>",
    "<svg><path/><g><path/></g></svg>",
    "<b><p><b>x</b></p></b>",
    "<script>if (a < b) { \"</b>\" }</script>",
    "<style>a > b { }</style>",
    "<p @click=x :a=y [z]=1 (q)=2>x</p>",
    "<table><tr><td>1</td></tr> <tr><td>2</td></tr></table>",
    "<table><tr><td>1</td></tr><tbody><tr><td>2</td></tr></tbody><tr><td>3</td></tr></table>",
    "<table><colgroup><col></colgroup><thead><tr><th>x</th></tr></thead></table>",
    "<table><tr><td><table><tr><td>x</td></tr></table></td></tr></table>",
    "<ul><li>1<ul><li>2</li></ul></li></ul>",
    "<ul><li>1<li>2</ul>",
    "<p>1<p>2",
    "<div><b>x</div>y",
    "</p>",
    "<div></p></div>",
    "<b>1<i>2</b>3</i>",
    "<div/>x",
    "<br/>",
    "<input value='a\"b' disabled>",
    "<p>a &amp; b &lt; &#39; &nbsp; &copy; &notit; &amp</p>",
    "<p title=\"a&b=c&amp;d\">x</p>",
    "a < b",
    "<p>a<5</p>",
    "<math><mi>x</mi><mo>+</mo></math>",
    "<math><mi><b>x</b></mi></math>",
    "<title>a&amp;<b></title>",
    "<iframe><b>x</b></iframe>",
    "<xmp><b></xmp>",
    "<li><div><li>x</li></div></li>",
    "<li><section><li>x</li></section></li>",
    "<button><p>x</p></button>",
    "<p><button><div>x</div></button></p>",
    "<a><table><tr><td><a>x</a></td></tr></table></a>",
    "<h1><span><h2>x</h2></span></h1>",
    "<datalist><option>x</option></datalist>",
    "<option><option>x</option></option>",
    "<p><object><p>x</p></object></p>",
    "<details><summary>x</summary>y</details>",
    "<table><tr><td>x<tr><td>y</table>",
    "<td>x</td>",
    "<tbody><tr></tr></tbody>",
    "<p><table><tr><td>x</td></tr></table></p>",
    "<svg><title><b>x</b></title></svg>",
    "<svg><style>a{}</style><script>x</script></svg>",
    "<svg><a><b>x</b></a></svg>",
    "<fieldset><legend>x</legend></fieldset>",
    "<select><div><option>x</option></div></select>",
    "<select><hr></select>",
    "<ul> <li>a</li> <li>b</li> </ul>",
    "<label>x<input></label>",
    "<p>\u{1f600}</p>",
    "<video><source><track></video>",
    "<holm-island data-key=\"a\" data-island=\"B\"></holm-island>",
    "<p><holm-island data-key=a></holm-island></p>",
    "<select><b>x</b></select>",
    "<option><b>x</b></option>",
    "<select><option><b>x</b></option></select>",
    "<frameset><frame></frameset>",
    "<table><input type=hidden></table>",
    "<table><script>x</script><style>y</style></table>",
    "<plaintext>x",
    "<p>x</p",
    "<a href=x>1</a><a href=y>2</a>",
    "<form><input></form><form><input></form>",
    "<b><div>x</div></b>",
    "<i><b>x</i></b>",
    "<p><b><div>x</div></b></p><div>y</div>",
    "<a><div><a>x</a></div></a><div>y</div>",
    "<applet><p>x</applet>",
];

fn agrees(html: &str) -> Result<(), String> {
    let (ours, theirs) = (Tree::parse(html), browser(html));
    sink::same(&tree(&ours), &theirs).map_err(|why| format!("{html:?}: {why}"))?;
    let report = inspect(html);
    if report.opaque && report.advice.is_empty() {
        return Err(format!("{html:?}: opaque without advice"));
    }
    if !report.opaque && report.check != sink::check(&theirs) {
        return Err(format!("{html:?}: the check is not the browser's"));
    }
    Ok(())
}

#[test]
fn every_shape_is_the_browsers_or_opaque() {
    let mut wrong = Vec::new();
    for shape in SHAPES {
        for html in [
            (*shape).to_owned(),
            format!("<main>{shape}</main><i>y</i>"),
            format!("<table><tr><td>{shape}</td></tr></table>"),
        ] {
            wrong.extend(agrees(&html).err());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn shapes_inside_shapes() {
    let mut wrong = Vec::new();
    for outer in SHAPES {
        let Some(at) = outer.rfind("</") else { continue };
        for inner in SHAPES {
            let html = format!("<main>{}{inner}{}</main><i>y</i>", &outer[..at], &outer[at..]);
            wrong.extend(agrees(&html).err());
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
}

proptest! {
    #[test]
    fn generated_markup_is_the_browsers_or_opaque(html in markup(4)) {
        agrees(&html).map_err(TestCaseError::fail)?;
    }

    /// A program made from the texts turns the browser's tree of the old one into that of the new one.
    #[test]
    fn edits_hold_on_the_browsers_tree(head in markup(3), old in markup(3), new in markup(3), tail in markup(3)) {
        let (old, new) = (format!("{head}{old}{tail}"), format!("{head}{new}{tail}"));
        let mut program = Vec::new();
        if diff_from(&old, &new, &mut Shape::Unknown, &mut program) == holm_dom::Outcome::Edits {
            let mut ours = Tree::parse(&old);
            ours.apply(&program).map_err(|error| TestCaseError::fail(error.to_string()))?;
            sink::same(&tree(&ours), &browser(&new)).map_err(TestCaseError::fail)?;
        }
    }
}
