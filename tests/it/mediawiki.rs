//! Dumps of MediaWiki: pages in, rows out.

use crate::hostile::fixture;
use crate::support::*;
use serde_json::{Value, json};

fn run(input: &[u8]) -> (Vec<Value>, Vec<Value>) {
    let dir = folder();
    let path = dir.path().join("q");
    let args = ["-q", "-p", "plain", "--format", "mediawiki", "--quarantine", path.to_str().expect("UTF-8")];
    let ran = textmill(&args, input);
    assert!(ran.code <= 1, "{}", ran.err);
    (ran.rows(), read_rows(&path))
}

fn meta(row: &Value) -> Value {
    serde_json::from_str(str_of(row, "meta")).expect("meta is JSON")
}

#[test]
fn articles_and_nothing_else() {
    let (rows, bad) = run(&fixture("dumps/atlas.xml"));
    let titles: Vec<_> = rows.iter().map(|r| str_of(r, "title")).collect();
    assert_eq!(titles, ["North Port", "Tide table? 100%"], "no redirects and no talk");
    let paragraphs: Vec<_> = str_of(&rows[0], "text").split("\n\n").collect();
    assert_eq!(
        paragraphs,
        [
            "North Port (Nordhavn) is a town on the coast of Norland, with a ferry to the Outer Islands. It\u{A0}has 5,000 \
             inhabitants & a lighthouse; l'eau is cold. The tide $h = a \\sin(t)$ rises by 3<4 metres, see the table.",
            "History",
            "The town was founded in 1240.\nIt burnt down twice.",
            "Names",
            "- Nordhavn, the old name\n- Port:\n- of the north\n- First\nand more\nTide : the rise of water",
            "The code is [[not a link]] ''and'' {{not}} here.",
            "def tide():\n    return ''  # empty",
            "See also",
            "- Category:Harbours\n- South Ports",
            "External links",
            "- The town's pages",
        ]
    );
    assert_eq!(
        str_of(&rows[0], "captions"),
        "The harbour of North Port at low tide, 2024\nThe lamp of the lighthouse"
    );
    assert_eq!(
        meta(&rows[0]),
        json!({
            "url": "https://atlas.example/wiki/North_Port",
            "id": 12,
            "ns": 0,
            "revision": 1_219_062_925,
            "timestamp": "2026-11-25T06:00:00Z",
            "categories": ["Harbours of Norland", "Towns"],
        })
    );
    assert_eq!(meta(&rows[1])["url"], "https://atlas.example/wiki/Tide_table%3F_100%25");
    assert_eq!(
        str_of(&rows[1], "text"),
        "A tide table lists the times of high water. It is printed each year."
    );
    assert_eq!(bad.len(), 1, "an empty page");
    assert_eq!(
        (str_of(&bad[0], "reason"), str_of(&bad[0], "url")),
        ("no_text", "https://atlas.example/wiki/")
    );
}

/// The text of a page of this wikitext.
fn text(wikitext: &str) -> String {
    let escaped = wikitext.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let page = format!(
        "<page><title>A</title><ns>0</ns><id>1</id><revision><id>2</id><text xml:space=\"preserve\">{escaped}</text>\
         </revision></page>"
    );
    let rows = run(page.as_bytes()).0;
    rows.first().map_or(String::new(), |row| str_of(row, "text").to_owned())
}

#[test]
fn wikitext() {
    for (source, want) in [
        // templates
        ("a {{b|{{c|d}}|[[e]]}} f", "a f"),
        ("a {{{1|x}}} f", "a f"),
        ("a {{b\n|c=[[d\n}} e [[f]]", "a e f"),
        ("a {{b [[c]] d", "a {{b c d"),
        ("a }} b [[c]]", "a }} b c"),
        ("a {{b <!-- }} --> c}} d", "a d"),
        ("a {{b <nowiki>}}</nowiki> c}} d", "a d"),
        ("text {{a}}\n{{b}}\ntext", "text\n\ntext"),
        ("5{{nbsp}}km, 1914{{Snd}}1918", "5\u{A0}km, 1914\u{A0}– 1918"),
        // tables
        ("a\n{| class=x\n| {{b}} || [[c]]\n|}\nd", "a\n\nd"),
        ("a\n{|\n| {{b\n|}\nd", "a\n\nd"),
        ("{{a|\n{|\n|b\n|}\n}}c", "c"),
        ("{{a|\n|}}c", "c"),
        ("a\n{|\n| never closed\n| rows\n\ntext", "a\n\ntext"),
        (":{|\n|a\n|}\nb", "b"),
        ("<table><tr><td>a</td></tr></table>b", "b"),
        // links
        ("[[a|b [[c]] d]]", "b c d"),
        ("[[a]]s and [[b|]] and [[:c]] and [[#d|e]]", "as and b and c and e"),
        ("[[a|[b]]] [[[c]]] [[a|b]", "[b] [c] [[a|b]"),
        ("[[a\n\n[[b]]", "[[a\n\nb"),
        ("[http://a.example b ''c''] d [http://a.example] e [//a.example f]", "b c d e f"),
        ("[http://a.example [[b]] c] [not a link] http://a.example", "b c [not a link] http://a.example"),
        ("a [[Category:B|c]][[Catégorie:D]] e[[fr:F]][[zh-min-nan:G]]", "a e"),
        ("[[Star Trek: Voyager]] [[wikt:a|b]]", "Star Trek: Voyager b"),
        // what is in tags
        ("a<ref>{{b}} ]] </ref> c<ref name=x/> <ref group='n'>d<br></ref>", "a c"),
        ("a<ref>never closed, b", "anever closed, b"),
        ("a<!-- b", "a"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("H<sub>2</sub>O <small>b</small> <foo>c</foo> 3 < 4 <5>", "H2O b <foo>c</foo> 3 < 4 <5>"),
        ("<math display=\"block\">x\n&lt; y</math>", "$$x < y$$"),
        ("<poem>\none\ntwo\n\nthree\n</poem>", "one\ntwo\n\nthree"),
        ("<pre>\n* a ''b''\n</pre>", "* a ''b''"),
        ("<blockquote>a</blockquote>b", "a\n\nb"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        // lines
        ("a\nb\n\nc", "a b\n\nc"),
        ("昨夜\n下雨", "昨夜下雨"),
        ("== a ==\n=== b ===\nc\n== d ==\n", "a\n\nb\n\nc"),
        ("= a =\n==b\n=\nc", "a\n\n==b = c"),
        ("* a\n** b\n# c\n: d\ne", "- a\n- b\n- c\nd\n\ne"),
        ("a\n----\nb", "a\n\nb"),
        (" code one\n code two\n\na", "code one\ncode two\n\na"),
        ("'''a''' ''b'' '''''c''''' d's", "a b c d's"),
        ("&nbsp;a &amp;lt; &#91;[b]]", "a &lt; [[b]]"),
        ("__NOTOC__\na __init__", "a __init__"),
        ("a (''{{lang|de|b}}'') c ({{d}}; e) main()", "a c (e) main()"),
    ] {
        assert_eq!(text(source), want, "{source:?}");
    }
}

#[test]
fn captions() {
    let captions = |wikitext: &str| {
        let page =
            format!("<page><title>A</title><revision><text>{wikitext}\n\ntext</text></revision></page>");
        let rows = run(page.as_bytes()).0;
        assert_eq!(str_of(&rows[0], "text"), "text", "{wikitext}");
        str_of(&rows[0], "captions").to_owned()
    };
    for (wikitext, want) in [
        ("[[File:a.jpg|thumb|left|300px|The [[b|c]] of d]]", "The c of d"),
        ("[[Datei:a.jpg|mini|hochkant=1.2|Der Hafen]]", "Der Hafen"),
        ("[[Bestand:a.jpg|miniatuur|De haven [[File:b.png|20px]] hier]]", "De haven hier"),
        ("[[Qwertz:a.jpg|x300px|alt=no|A caption]]", "A caption"),
        ("[[File:a.jpg]][[File:a.jpg|thumb]][[File:a.jpg|thumb|100px]]", ""),
        ("[[File:a.jpg|thumb|two\nlines &amp;amp; more]]", "two lines & more"),
        ("[[File:a.jpg|thumb|out [[File:b.jpg|thumb|in]]]]", "in\nout"),
    ] {
        assert_eq!(captions(wikitext), want, "{wikitext}");
    }
}

#[test]
fn which_revision_and_which_pages() {
    let page = |head: &str, revisions: &str| format!("<page><title>A</title>{head}{revisions}</page>\n");
    let revision =
        |more: &str, text: &str| format!("<revision><id>1</id>{more}<text>{text}</text></revision>");
    let dump = [
        page("<ns>0</ns>", &(revision("", "old") + &revision("", "new"))),
        page("<ns>10</ns>", &revision("", "a template")),
        page("<ns>0</ns>", &revision("<model>json</model>", "{}")),
        page("<ns>0</ns><redirect title=\"B\" />", &revision("", "x")),
        page("", &revision("", "#redirect [[B]]")),
        page("", &revision("", "before namespaces")),
        page("<ns>0</ns>", "<revision><text deleted=\"deleted\" /></revision>"),
        page("<ns>0</ns>", &revision("", "{{only|a template}}")),
    ]
    .concat();
    let (rows, bad) = run(dump.as_bytes());
    let texts: Vec<_> = rows.iter().map(|r| str_of(r, "text")).collect();
    assert_eq!(texts, ["new", "before namespaces"]);
    let reasons: Vec<_> = bad.iter().map(|r| str_of(r, "reason")).collect();
    assert_eq!(reasons, ["no_text", "no_text"]);
}

#[test]
fn damage_costs_its_own_page() {
    let good = String::from_utf8(fixture("dumps/atlas.xml")).expect("UTF-8");
    let last = good.rfind("    <title>Tide table").expect("a page");
    for (what, damaged, titles, reason) in [
        ("no end", good.replacen("</page>", "", 1), vec!["Tide table? 100%"], "bad_record"),
        ("no beginning", good.replacen("<page>", "<pa", 1), vec!["Tide table? 100%"], "bad_record"),
        ("cut off", good[..last + 40].to_owned(), vec!["North Port"], "truncated_stream"),
        ("NUL", good.replacen("burnt down", "burnt\0", 1), vec!["Tide table? 100%"], "nul_bytes"),
    ] {
        let (rows, bad) = run(damaged.as_bytes());
        assert_eq!(rows.iter().map(|r| str_of(r, "title")).collect::<Vec<_>>(), titles, "{what}");
        assert!(bad.iter().any(|r| str_of(r, "reason") == reason), "{what}: {bad:?}");
    }
}
