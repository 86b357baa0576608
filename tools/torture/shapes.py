"""Inputs of shapes that make careless programs slow, each of about `size` bytes.

A shape is the name of a file and its content. What is counted by a careless loop (labels, tags, members, groups, …)
grows with the size; what surrounds it does not.
"""

import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
import zlib

PROSE = "It rained all night in the north, and the rivers rose again by noon, said the mayor of the county."


def times(piece, size):
    """A piece again and again; bytes, of a text its UTF-8."""
    piece = piece.encode() if isinstance(piece, str) else piece
    return piece * max(1, size // len(piece))


def numbered(piece, size):
    """The same with a number in each."""
    each = len(piece % 10**6)
    return "".join(piece % (10**6 + n) for n in range(max(1, size // each))).encode()


# One document each: what stages walk over.

LINES = {
    "labels": "x\n\n",
    "labels and numbers": "TT\n20\n",
    "share bars": "Share this article\nFacebook\nTwitter\nWhatsApp\n\n",
    "boilerplate": "Subscribe to our newsletter\n\nSign in\n\nCopyright 2024. All rights reserved.\n\n",
    "equal sentences": f"{PROSE}\n",
    "equal paragraphs": f"{PROSE}\n\n",
    "sentences and labels": f"{PROSE}\n\nShare\n\n",
    "short lines": "ab\n",
    "blank lines": "\n",
    "lines of blanks": "          \n",
    "returns": "ab\r",
    "bylines": "By Jane Doe and John Roe\n",
    "datelines": "CAIRO, 2024-03-04\n",
    "questions": "Is it?\n\nNo: he says…\n",
    "bullets": "* one\n- two\n1. three\n",
    "captions twice": "Photo: the river at noon\n\nPhoto: the river at noon\n\n",
    "code": "{ if (javascript) { lorem ipsum; } }\n",
    "links": "https://example.org/a/b?c=d&e=f\n",
}
RUNS = {
    "a word": "a",
    "words": "rain ",
    "blanks": " ",
    "full stops": "a. ",
    "quotes": '"',
    "ellipses": "…",
    "braces": "{",
    "brackets": "[",
    "digits": "1",
    "digits with points": "1.",
    "slashes": "/a",
    "ampersands": "&amp;",
    "pipes": "a | ",
    "mojibake": "Ã©",
    "mojibake of three": "â€™",
    "mojibake twice": "ÃƒÂ©",
    "marks": "\u0301",
    "marks of two classes": "\u0316\u0301",
    "letters with marks": "e\u0301",
    "jamo": "\u1100\u1161",
    "joiners": "\u200d",
    "directions": "\u202e",
    "emoji": "👩\u200d👩\u200d👧",
    "ideographs": "雨。",
    "replacements": "\ufffd",
    "capitals": "İ",
    "tabs": "\t",
    "separators": "\u2028",
    "soft hyphens": "a\u00ad",
}


def document(text):
    """A JSON record with this text."""
    return json.dumps({"text": text}, ensure_ascii=False).encode() + b"\n"


def texts():
    """One document of each of the shapes for stages."""
    for name, line in LINES.items():
        yield name, "in.jsonl", lambda size, line=line: document(times(line, size).decode())
        yield f"title, {name}", "in.jsonl", lambda size, line=line: document(f"Rain in the North\n\n{PROSE}\n\n" + times(line, size).decode() + f"\n\n{PROSE}")
    for name, run in RUNS.items():
        yield f"one line, {name}", "in.jsonl", lambda size, run=run: document(times(run, size).decode())
    yield "lines with numbers", "in.jsonl", lambda size: document(numbered("Line %d\n", size).decode())
    yield "sentences with numbers", "in.jsonl", lambda size: document(numbered(PROSE + " %d times.\n\n", size).decode())
    yield "captions", "in.jsonl", lambda size: document("Title\n\n" + 2 * numbered("Photo %d: a river\n\n", size // 2).decode() + PROSE)
    yield "credited captions", "in.jsonl", lambda size: document(f"Title\n\n{PROSE}\n\n" + b"".join(times("The mayor on the bridge at noon %d. (AFP)\n" % n, 82) for n in range(max(1, size // 82))).decode() + PROSE)
    yield "lines that grow", "in.jsonl", lambda size: document("\n".join("a" * n for n in range(int((2 * size) ** 0.5))))
    yield "bad bytes", "in.txt", lambda size: times(b"\xff\xfe\xfd x\n\nTT\n20\n\n", size)


# Many documents: what is remembered from one to the next.


def records(piece, size):
    each = len(document(piece % 10**6))
    return b"".join(document(piece % (10**6 + n)) for n in range(max(1, size // each)))


def many():
    yield "empty documents", "in.jsonl", lambda size: times(document(""), size)
    yield "tiny documents", "in.jsonl", lambda size: records("%d", size)
    yield "a copy of numbered paragraphs", "in.jsonl", lambda size: 2 * document(numbered(PROSE + " %d times.\n\n", size // 2).decode())
    yield "a copy of equal paragraphs", "in.jsonl", lambda size: document("Rain\n\n" + times(f"{PROSE}\n\n", size // 2).decode()) + document("Snow\n\n" + times(f"{PROSE}\n\n", size // 2).decode())
    yield "equal documents", "in.jsonl", lambda size: times(document(f"{PROSE} {PROSE}"), size)
    yield "equal pages", "in.jsonl", lambda size: times(document(f"Rain\n\nHome\nNews\n\n{PROSE}\n\n{PROSE}\n\nContact\n"), size)
    yield "near copies", "in.jsonl", lambda size: records("\n\n".join(f"{PROSE} It was number {k}." for k in range(9)) + " And %d more.", size)
    yield "near copies of one word", "in.jsonl", lambda size: records("rain " * 60 + "%d", size)
    yield "near copies by paragraph", "in.jsonl", lambda size: records(f"{PROSE} {PROSE}\n\n{PROSE} It was %d.", size)
    yield "pages with numbers", "in.jsonl", lambda size: records(f"Page %d\n\nHome\n\n{PROSE}\n\nContact", size)
    yield "new lines on each page", "in.jsonl", lambda size: b"".join(
        document(f"Title {n}\n\n" + "".join(f"Word{n}x{k} link\n" for k in range(20)) + PROSE) for n in range(max(1, size // 500)))
    yield "bad records", "in.jsonl", lambda size: document(PROSE) + times(b'{"text": oops\n', size)


# Formats.


def inside(head, piece, tail=b""):
    """A piece again and again between a head and a tail; `%d` in it is a number."""
    head, tail = (x.encode() if isinstance(x, str) else x for x in (head, tail))
    if "%d" in piece:
        return lambda size: head + numbered(piece, size) + tail
    return lambda size: head + times(piece, size) + tail


def nested(opened, closed, size, middle=b"text"):
    count = max(1, size // (len(opened) + len(closed)))
    return opened.encode() * count + middle + closed.encode() * count


HTML = {
    "div": "<div>", "p": "<p>", "end of p": "</p>", "a": "<a href=x>", "b i": "<b><i>", "b in p": "<b><p>x</b>", "misnested": "<b><i></b></i>",
    "li": "<li>", "dd": "<dd><dt>", "option": "<option>", "font": "<font size=1>", "nobr": "<nobr>", "table": "<table>", "cells": "<tr><td>",
    "text in table": "<table>x", "b in table": "<table><b>", "form": "<form>", "button": "<button>", "h1": "<h1>", "svg": "<svg>", "math": "<math><mi>",
    "template": "<template>", "select": "<select>", "html": "<html a%d=1>", "body": "<body b%d=1>", "frameset": "<frameset>", "ruby": "<ruby><rt>",
    "end of div": "</div>", "end of br": "</br>", "end of nothing": "</x>", "unknown": "<x>", "unknown with a number": "<x%d>", "comment": "<!--x-->",
    "open comment": "<!--", "bogus": "<!x>", "question": "<?x>", "doctype": "<!doctype html>", "less": "<", "less slash": "</", "ampersand": "&",
    "entity": "&amp;", "open entity": "&notit", "numeric": "&#x41;", "long numeric": "&#0000000", "script": "<script>", "script and comment": "<script><!--<script>",
    "end of script": "</script>", "style": "<style>a{}</style>", "title": "<title>x</title>", "textarea": "<textarea>", "plaintext": "<p>x</p>", "img": "<img alt=x src=y>",
    "figure": "<figure><img src=a><figcaption>x</figcaption></figure>", "meta": "<meta property=og:title content=x>", "jsonld": '<script type="application/ld+json">{"@type":"Article","headline":"x"}</script>',
    "time": "<time datetime=2024-01-01>x</time>", "link": "<link rel=canonical href=http://x/%d>", "cdata": "<svg><![CDATA[x]]></svg>", "noscript": "<noscript><p>x</noscript>",
    "menu": "<li><a href=/x>Home</a></li>", "prose": f"<p>{PROSE}</p>", "prose in div": f"<div><p>{PROSE}", "br": "x<br>", "pre": "<pre>x\n", "article": f"<article><h2>Rain %d</h2><p>{PROSE}</p></article>",
    "class": "<div class=c%d>x</div>", "id": "<div id=i%d>x</div>", "hidden": "<div style='display:none'>x</div>", "headline": "<h1>Rain</h1>", "breadcrumb": "<nav><a>x</a></nav>",
}


def html():
    page = f"<!doctype html><html><head><title>Rain</title></head><body><article><h1>Rain</h1><p>{PROSE}</p>"
    for name, piece in HTML.items():
        yield f"html, {name}", "in.html", inside(page, piece, f"<p>{PROSE}</p></body></html>")
    yield "html, attributes", "in.html", inside(page + "<div ", "a%d=1 ", ">x</div>")
    yield "html, equal attributes", "in.html", inside(page + "<div ", "a=1 ", ">x</div>")
    yield "html, attributes of the page", "in.html", inside("<html ", "a%d=1 ", f">{page}")
    yield "html, classes", "in.html", inside(page + "<div class='", "c%d ", "'>x</div>")
    yield "html, equal classes", "in.html", inside(page + "<div class='", "comment ", "'>x</div>")
    yield "html, a long attribute", "in.html", inside(page + "<div title='", "x&amp;", "'>x</div>")
    yield "html, an open attribute", "in.html", inside(page + "<div title='", "x>", "")
    yield "html, an open tag", "in.html", inside(page + "<div ", "x ", "")
    yield "html, a long name", "in.html", inside(page + "<", "x", "")
    yield "html, a long comment", "in.html", inside(page + "<!--", "--", "x")
    yield "html, one word", "in.html", inside(page, "x", "</p>")
    yield "html, formatting, then blocks", "in.html", lambda size: page.encode() + times("<b class=x%d>" % 1, size // 2) + times("<p>x", size // 2)
    yield "html, open formats and cells", "in.html", lambda size: page.encode() + numbered("<b a=%d>", size // 2) + times("<table><td>x", size // 2)
    yield "html, div nested", "in.html", lambda size: page.encode() + nested("<div>", "</div>", size)
    yield "html, span nested", "in.html", lambda size: page.encode() + nested("<span>", "</span>", size)
    yield "html, tables nested", "in.html", lambda size: page.encode() + nested("<table><tr><td>x", "</table>", size)
    yield "html, lists nested", "in.html", lambda size: page.encode() + nested("<ul><li>x", "</ul>", size)
    yield "html, many ends in depth", "in.html", lambda size: page.encode() + times("<div>", size // 2) + times("</p>", size // 2)
    yield "html, misses in depth", "in.html", lambda size: page.encode() + times("<span>", size // 2) + times("</x>", size // 2)
    yield "html, links in depth", "in.html", lambda size: page.encode() + times("<div>", size // 2) + times("<a>x</a>", size // 2)
    yield "html, pages", "in.html", lambda size: numbered(f"<!doctype html><html><title>%d</title><body><p>{PROSE}</p></body></html>\n", size)
    yield "html, tiny pages", "in.html", inside("", "<html>x</html>\n")
    yield "html, doctypes", "in.html", inside("", "<!doctype html>\n")
    yield "html, pages within pages", "in.html", inside(page, "<html><body>\n")
    yield "html, charset", "in.html", lambda size: b"<meta charset=windows-1251><p>" + times("Дождь ".encode("cp1251"), size)
    yield "html, jsonld nested", "in.html", lambda size: page.encode() + b'<script type="application/ld+json">' + nested("[", "]", size) + b"</script>"
    yield "html, jsonld list", "in.html", inside(page + '<script type="application/ld+json">[', '{"@type":"x","name":"y"},', "{}]</script>")


def fields():
    text = '{"text":"%s",' % PROSE
    yield "json, nested", "in.jsonl", lambda size: text.encode() + b'"x":' + nested("[", "]", size, b"") + b"}\n"
    yield "json, objects nested", "in.jsonl", lambda size: text.encode() + b'"x":' + nested('{"a":', "}", size, b"1") + b"}\n"
    yield "json, keys", "in.jsonl", inside(text, '"k%d":1,', '"z":1}\n')
    yield "json, equal keys", "in.jsonl", inside(text, '"k":1,', '"z":1}\n')
    yield "json, equal texts", "in.jsonl", inside("{", '"text":"x",', '"z":1}\n')
    yield "json, escapes", "in.jsonl", inside('{"text":"', "\\u0041\\n", '"}\n')
    yield "json, surrogates", "in.jsonl", inside('{"text":"', "\\ud83d\\ude00", '"}\n')
    yield "json, bad surrogates", "in.jsonl", inside('{"text":"', "\\ud83d", '"}\n')
    yield "json, backslashes", "in.jsonl", inside('{"text":"', "\\\\", '"}\n')
    yield "json, an open string", "in.jsonl", inside('{"text":"', "x\\\"", "")
    yield "json, open brackets", "in.jsonl", inside(text + '"x":', "[", "\n")
    yield "json, lines of brackets", "in.jsonl", inside(text + '"x":1}\n', "[\n")
    yield "json, spaces", "in.jsonl", inside(text, " ", '"z":1}\n')
    yield "json, a number", "in.jsonl", inside(text + '"x":', "1", "}\n")
    yield "json, tiny", "in.jsonl", inside("", "{}\n")
    yield "json, blank lines", "in.jsonl", inside(text + '"z":1}\n', "\n")
    yield "csv, quotes", "in.csv", inside('text,b\n"', '""', '",x\n')
    yield "csv, an open quote", "in.csv", inside('text,b\n"', "x,y\n", "")
    yield "csv, open quotes", "in.csv", inside("text,b\n", '"x\n')
    yield "csv, quotes in cells", "in.csv", inside("text,b\n", 'a"b"c,"d" e\n')
    yield "csv, columns", "in.csv", lambda size: b"text," + numbered("c%d,", size // 2) + b"z\n" + PROSE.replace(",", "").encode() + b"," + times("1,", size // 6) + b"1\n"
    yield "csv, equal columns", "in.csv", lambda size: b"text," + times("c,", size // 2) + b"z\nx," + times("1,", size // 2) + b"1\n"
    yield "csv, rows", "in.csv", inside("text,b\n", "rain,1\n")
    yield "csv, short rows", "in.csv", inside("text,b\n", "x\n")
    yield "csv, ends", "in.csv", inside("text,b\n", "\n")
    yield "csv, cells", "in.csv", inside("text,b\n", "x,", "\n")
    yield "csv, no header", "in.csv", inside("", ",", "\n")
    yield "tsv, tabs", "in.tsv", inside("text\tb\n", "x\t", "\n")
    yield "csv, semicolons and commas", "in.csv", inside("text;b\n", 'x;"a,b"\n')


WIKI = {
    "templates": "{{a}}", "open templates": "{{", "templates open": "{{a|", "arguments": "{{{a}}}", "ends": "}}", "links": "[[a|b]]", "open links": "[[", "links open": "[[a|",
    "files": "[[File:a.jpg|thumb|x]]", "files open": "[[File:a.jpg|", "categories": "[[Category:a]]\n", "external": "[http://a b]", "open external": "[http://a ", "urls": "http://a ",
    "quotes": "'''a''", "quotes alone": "''", "headings": "== a ==\n", "equals": "=", "lists": "* a\n", "deep lists": "*", "tables": "{|\n|a\n|}\n", "open tables": "{|\n", "rows": "|-\n| a || b\n",
    "refs": "&lt;ref&gt;a&lt;/ref&gt;", "open refs": "&lt;ref&gt;", "nowiki": "&lt;nowiki&gt;", "comments": "&lt;!-- a --&gt;", "open comments": "&lt;!--", "ends of refs": "&lt;/ref&gt;", "br": "&lt;br&gt;",
    "math": "&lt;math&gt;x", "gallery": "&lt;gallery&gt;\na.jpg|b\n", "divs": "&lt;div&gt;", "less": "&lt;", "entities": "&amp;amp;", "magic": "__TOC__", "braces": "{", "brackets": "[", "mixed": "{{[[", "mixed ends": "[[{{}}]]",
    "file in file": "[[File:a|[[b]]", "pipes": "|", "colons": ":a\n", "paragraphs": "a\n\n", "prose": PROSE + "\n\n", "redirects": "#REDIRECT [[a]]\n", "language links": "{{lang|de|x}}", "convert": "{{convert|1|km}}",
}


def wiki():
    head = "<mediawiki><siteinfo><sitename>x</sitename></siteinfo><page><title>Rain</title><ns>0</ns><id>1</id><revision><id>2</id><text>"
    end = f"\n{PROSE}\n</text></revision></page></mediawiki>\n"
    for name, piece in WIKI.items():
        yield f"wiki, {name}", "in.xml", inside(head + PROSE + "\n\n", piece, end)
    for name, (opened, closed) in {"templates": ("{{a|", "}}"), "links": ("[[File:a|", "]]"), "tables": ("{|\n|", "|}\n"), "refs": ("&lt;ref&gt;", "&lt;/ref&gt;")}.items():
        yield f"wiki, {name} nested", "in.xml", lambda size, opened=opened, closed=closed: head.encode() + nested(opened, closed, size) + end.encode()
    yield "wiki, pages", "in.xml", inside("<mediawiki>\n", "<page><title>T%d</title><ns>0</ns><id>1</id><revision><text>Rain.</text></revision></page>\n", "</mediawiki>")
    yield "wiki, open pages", "in.xml", inside("<mediawiki>\n", "<page>", "")
    yield "wiki, other names", "in.xml", inside("<mediawiki><siteinfo><namespaces>", '<namespace key="%d">n</namespace>', "</namespaces></siteinfo>" + head[11:] + "[[n:x]] [[y:z]] " + end)
    yield "wiki, revisions", "in.xml", inside("<mediawiki><page><title>x</title><ns>0</ns>", "<revision><text>Rain.</text></revision>", "</page></mediawiki>")
    yield "sgml, records", "in.sgml", inside("", "<DOC><DOCNO>%d</DOCNO><TEXT>Rain.</TEXT></DOC>\n")
    yield "sgml, open records", "in.sgml", inside("<DOC>\n<TEXT>x</TEXT></DOC>\n", "<DOC>\n")
    yield "sgml, paragraphs", "in.sgml", inside("<DOC><DOCNO>1</DOCNO><TEXT>", "<P>Rain.</P>", "</TEXT></DOC>\n")
    yield "sgml, open paragraphs", "in.sgml", inside("<DOC><DOCNO>1</DOCNO><TEXT>", "<P>", "</TEXT></DOC>\n")
    yield "sgml, ends", "in.sgml", inside("<DOC><DOCNO>1</DOCNO><TEXT>", "</P>", "</TEXT></DOC>\n")
    yield "sgml, elements", "in.sgml", inside("<DOC><DOCNO>1</DOCNO><TEXT>x</TEXT>", "<E%d>x</E%d>".replace("</E%d>", "</E>"), "</DOC>\n")
    yield "sgml, less", "in.sgml", inside("<DOC><DOCNO>1</DOCNO><TEXT>", "<", "</TEXT></DOC>\n")
    yield "sgml, entities", "in.sgml", inside("<DOC><DOCNO>1</DOCNO><TEXT>", "&lt;&", "</TEXT></DOC>\n")
    yield "sgml, lines", "in.sgml", inside("<DOC><DOCNO>1</DOCNO><TEXT>\n", "Rain\n", "</TEXT></DOC>\n")
    yield "sgml, attributes", "in.sgml", inside("<DOC ", "a=1 ", "><TEXT>x</TEXT></DOC>\n")


MAIL = "From a@b Thu Jan  1 00:00:00 2024\nFrom: a@b\nDate: Thu, 1 Jan 2024 00:00:00 +0000\nSubject: Rain\nMessage-ID: <a@b>\n"


def mail():
    multipart = MAIL + "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
    quoted = MAIL + "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: %s\n\n"
    yield "mail, messages", "in.mbox", inside("", MAIL + "\nRain %d.\n\n")
    yield "mail, tiny messages", "in.mbox", inside(MAIL + "\nRain.\n\n", "From a@b Thu Jan  1 00:00:00 2024\n\n")
    yield "mail, From in lines", "in.mbox", inside(MAIL + "\nRain.\n\n", "From here on\n")
    yield "mail, From behind blank lines", "in.mbox", inside(MAIL + "\nRain.\n\n", "From here on\n\n")
    yield "mail, headers", "in.mbox", inside(MAIL, "X-%d: y\n", "\nRain.\n")
    yield "mail, equal headers", "in.mbox", inside(MAIL, "Subject: y\n", "\nRain.\n")
    yield "mail, received", "in.mbox", inside(MAIL, "Received: from a by b\n", "\nRain.\n")
    yield "mail, folded", "in.mbox", inside(MAIL + "X-Y: z\n", " y\n", "\nRain.\n")
    yield "mail, a folded subject", "in.mbox", inside(MAIL + "Subject: z\n", " y\n", "\nRain.\n")
    yield "mail, encoded words", "in.mbox", inside(MAIL + "Subject:\n", " =?utf-8?q?R=C3=A9?=\n", "\nRain.\n")
    yield "mail, open words", "in.mbox", inside(MAIL + "Subject: ", "=?utf-8?q?x ", "\n\nRain.\n")
    yield "mail, words", "in.mbox", inside(MAIL + "Subject: ", "=?", "\n\nRain.\n")
    yield "mail, comments", "in.mbox", inside(MAIL + "From: ", "(", "\n\nRain.\n")
    yield "mail, parts", "in.mbox", inside(multipart, "--b\nContent-Type: text/plain\n\nRain.\n", "--b--\n")
    yield "mail, tiny parts", "in.mbox", inside(multipart, "--b\n", "--b--\n")
    yield "mail, html parts", "in.mbox", inside(multipart, "--b\nContent-Type: text/html\n\n<p>Rain.\n", "--b--\n")
    yield "mail, nearly borders", "in.mbox", inside(multipart + "--b\n\n", "--a\n", "--b--\n")
    yield "mail, parts in parts", "in.mbox", lambda size: multipart.encode() + b"".join(b"--b%s\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (str(n).encode() if n else b"", n + 1) for n in range(max(1, size // 54)))
    yield "mail, equal parts in parts", "in.mbox", inside(multipart, "--b\nContent-Type: multipart/mixed; boundary=b\n\n")
    yield "mail, parameters", "in.mbox", inside(MAIL + "MIME-Version: 1.0\nContent-Type: text/plain", "; a%d=b", "\n\nRain.\n")
    yield "mail, pieces of parameters", "in.mbox", inside(MAIL + "MIME-Version: 1.0\nContent-Type: multipart/mixed", "; boundary*%d=b", "\n\n--b\n\nRain.\n")
    yield "mail, quoted", "in.mbox", inside(quoted % "quoted-printable", "=C3=A9=\n", "\n")
    yield "mail, base64", "in.mbox", inside(quoted % "base64", "UmFpbgo=\n", "\n")
    yield "mail, answers", "in.mbox", inside(MAIL + "\n", "> > Rain\n", "\n")
    yield "mail, a deep answer", "in.mbox", inside(MAIL + "\n", "> ", "Rain\n")
    yield "mail, signatures", "in.mbox", inside(MAIL + "\nRain.\n", "-- \nx\n", "")
    yield "mail, returns", "in.mbox", inside(MAIL + "\nRain.\n", "\r", "")
    yield "mail, flowed", "in.mbox", inside(MAIL + "Content-Type: text/plain; format=flowed\n\n", "Rain \n", "")
    yield "mail, uuencode", "in.mbox", inside(MAIL + "\n", "begin 644 a\n", "")


def response(body, http=b"", kind=b"response", extra=b""):
    """A record of a web archive."""
    if kind == b"response":
        body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + http + b"\r\n" + body
    head = b"WARC/1.0\r\nWARC-Type: %s\r\nWARC-Target-URI: http://x/\r\nContent-Type: application/http; msgtype=response\r\n%sContent-Length: %d\r\n\r\n"
    return head % (kind, extra, len(body)) + body + b"\r\n\r\n"


def warc():
    page = f"<html><title>Rain</title><body><p>{PROSE}</p><p>{PROSE}</p></body></html>".encode()
    zipped = gzip.compress(page, mtime=0)
    yield "warc, records", "in.warc", lambda size: times(response(page), size)
    yield "warc, other records", "in.warc", lambda size: response(page) + times(response(b"", kind=b"request"), size)
    yield "warc, empty records", "in.warc", lambda size: response(page) + times(b"WARC/1.0\r\nContent-Length: 0\r\n\r\n\r\n\r\n", size)
    yield "warc, false beginnings", "in.warc", lambda size: response(page) + times(b"WARC/1.0\r\n", size)
    yield "warc, false beginnings and blank lines", "in.warc", lambda size: response(page) + times(b"WARC/1.0\r\n\r\n", size)
    yield "warc, false lengths", "in.warc", lambda size: response(page) + times(b"WARC/1.0\r\nContent-Length: 999999\r\n\r\n", size)
    yield "warc, no lengths", "in.warc", lambda size: response(page) + times(b"WARC/1.0\r\nWARC-Type: response\r\n\r\nx\r\n\r\n", size)
    yield "warc, blank lines", "in.warc", lambda size: response(page) + times(b"\r\n", size)
    yield "warc, headers", "in.warc", lambda size: response(page, extra=numbered("X-%d: y\r\n", size))
    yield "warc, equal headers", "in.warc", lambda size: response(page, extra=times("WARC-Type: response\r\n", size))
    yield "warc, headers of HTTP", "in.warc", lambda size: response(page, numbered("X-%d: y\r\n", size))
    yield "warc, equal headers of HTTP", "in.warc", lambda size: response(page, times("Content-Encoding: gzip\r\n", size))
    yield "warc, encodings", "in.warc", lambda size: response(zipped, b"Content-Encoding: " + times("gzip, ", size) + b"gzip\r\n")
    yield "warc, parameters", "in.warc", lambda size: response(page, b"Content-Type: text/html" + times("; a=b", size) + b"\r\n")
    yield "warc, chunks of a byte", "in.warc", lambda size: response(times("1\r\nx\r\n", size) + b"0\r\n\r\n", b"Transfer-Encoding: chunked\r\n")
    yield "warc, chunks of nothing", "in.warc", lambda size: response(times("1;" + "a" * 50 + "\r\nx\r\n", size) + b"0\r\n\r\n", b"Transfer-Encoding: chunked\r\n")
    yield "warc, gzip bodies", "in.warc", lambda size: times(response(zipped, b"Content-Encoding: gzip\r\n"), size)
    yield "warc, empty gzip members", "in.warc", lambda size: response(times(gzip.compress(b"", mtime=0), size), b"Content-Encoding: gzip\r\n")
    yield "warc, brotli", "in.warc", lambda size: times(response(b"\x0b\x02\x80rain\x03", b"Content-Encoding: br\r\n"), size)
    yield "warc, members", "in.warc.gz", lambda size: times(gzip.compress(response(page), mtime=0), size)
    yield "warc, texts", "in.wet", lambda size: times(response(PROSE.encode(), kind=b"conversion"), size)


PLAIN = {
    "form feeds": "x\f\n", "form feeds alone": "\f", "rules": "===\n", "rules of dashes": "-----\nx\n", "banners": "=== http://x/%d\nRain\n", "heads": "==> a%d.txt <==\nRain\n", "addresses": "http://x/%d\nRain\n\n",
    "blank runs": "Rain\n\n\n\n", "blank lines": "\n", "titles twice": "Rain %d\n\nRain %d\n\n" .replace("Rain %d\n\nRain %d", "Rain %d\n\nRain"), "short articles": f"Title %d\n\n{PROSE}\n\n\n\n", "lines": "a\n", "returns": "a\r", "both": "a\r\n",
    "marks": "<|endoftext|>\n", "marks with numbers": "@@%d\nRain\n", "heads of wiki": " = Rain = \n\n x \n", "documents": "Document %d of 80\nRain\n", "dates": "2024-01-01\n", "urls": "URL: http://x/%d\nRain\n", "long line": "rain ", "equal titles": "Rain\n\nx\n\n",
    "nothing": "\0", "bad": "\u00ff", "blanks": " \n", "tabs": "\t\n", "front matter": "---\ntitle: x\n---\nRain\n", "brackets": "[1]\n", "subtitles": "1\n00:00:01,000 --> 00:00:02,000\nRain\n\n", "From": "From a\n\n", "prose": PROSE + "\n", "paragraphs": PROSE + "\n\n",
}


def plain():
    for name, piece in PLAIN.items():
        yield f"plain, {name}", "in.txt", inside("", piece)
    yield "plain, one dump behind another", "in.txt", lambda size: times(f"Rain\n\n{PROSE}\n\f\n", size // 2) + times(f"=== http://x/\nRain\n\n{PROSE}\n", size // 2)
    yield "plain, articles of a page", "in.txt", lambda size: numbered(f"Title %d\nTitle\n\n" + f"{PROSE}\n\n" * 40 + "\n\n", size)
    yield "plain, utf-16", "in.txt", lambda size: "\ufeffRain\n".encode("utf-16-le") + times(f"Title\n\n{PROSE}\n\n\n\n".encode("utf-16-le"), size)
    yield "plain, legacy", "in.txt", lambda size: times("Дождь в деревне, сказал он.\n\n".encode("cp1251"), size)
    yield "plain, legacy records", "in.txt", lambda size: times("Дождь в деревне, сказал он.\n\f\n".encode("cp1251"), size)
    yield "plain, gb18030", "in.txt", lambda size: times("下雨了。\n\n".encode("gb18030"), size)
    yield "plain, bytes", "in.txt", lambda size: times(bytes(range(128, 256)) + b"\n", size)


# Compressions and archives.


def zipped(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, content in entries:
            z.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def folders(size):
    """A zip with an entry a folder."""
    return zipped((f"{n}/a", "Rain") for n in range(max(1, size // 110)))


def zips(size):
    """A zip of zips: each is a folder for what stands in it."""
    inner = zipped([("a", "Rain")])
    return zipped((f"{n}.zip", inner) for n in range(max(1, size // 230)))


def tarred(size, name, content=b"Rain\n"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as t:
        for n in range(max(1, size // (1024 if content else 512))):
            info = tarfile.TarInfo(name % n)
            info.size = len(content)
            t.addfile(info, io.BytesIO(content))
    return out.getvalue()


def in_depth(size, count=60):
    """Archives within archives."""
    content = b"Rain\n" * (size // 5)
    for n in range(count):
        content = zipped([(f"{n}.zip" if n else "a.txt", content)])
    return content


def empty_zip_entries(size):
    return zipped((f"{n}.txt", b"") for n in range(max(1, size // 110)))


def snappy_frame(data):
    """A chunk that is stored; the sum is CRC-32C."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    return b"\x01" + struct.pack("<I", len(data) + 4)[:3] + struct.pack("<I", masked) + data


SNAPPY = b"\xff\x06\x00\x00sNaPpY"
LZ4_EMPTY = bytes.fromhex("04224d18 4040 c0 00000000".replace(" ", ""))
ZSTD_EMPTY = bytes.fromhex("28b52ffd 2000 010000".replace(" ", ""))
ZSTD_TINY = bytes.fromhex("28b52ffd 2005 290000".replace(" ", "")) + b"Rain\n"


def compressed():
    tiny = f"Rain\n\n{PROSE}\n\n\n\n".encode()
    packers = {"gz": lambda b: gzip.compress(b, mtime=0), "bz2": bz2.compress, "xz": lzma.compress}
    for kind, pack in packers.items():
        yield f"{kind}, empty members", f"in.txt.{kind}", lambda size, pack=pack: pack(tiny) + times(pack(b""), size)
        yield f"{kind}, tiny members", f"in.txt.{kind}", lambda size, pack=pack: times(pack(tiny), size)
        yield f"{kind}, cut members", f"in.txt.{kind}", lambda size, pack=pack: pack(tiny) + times(pack(tiny)[:-10], size)
        yield f"{kind}, damaged members", f"in.txt.{kind}", lambda size, pack=pack: pack(tiny) + times(pack(tiny)[:30] + b"\xff" * 20, size)
        for length in (3, 4, 6, 10, 12, 14, 18):
            yield f"{kind}, first {length} bytes", f"in.txt.{kind}", lambda size, pack=pack, length=length: pack(tiny) + times(pack(tiny)[:length], size)
        yield f"{kind}, zeros behind it", f"in.txt.{kind}", lambda size, pack=pack: pack(tiny) + b"\0" * size
        yield f"{kind}, rubbish behind it", f"in.txt.{kind}", lambda size, pack=pack: pack(tiny) + times("rubbish ", size)
        yield f"{kind}, a cut member", f"in.txt.{kind}", lambda size, pack=pack: pack(numbered(PROSE + " %d\n\n\n\n", size * 8))[:-20]
    yield "bz2, blocks begin", "in.txt.bz2", lambda size: bz2.compress(tiny) + times(b"BZh91AY&SY", size)
    yield "bz2, blocks begin, and more", "in.txt.bz2", lambda size: bz2.compress(tiny) + times(b"BZh91AY&SY\0\0\0\0\0\0\0\1", size)
    yield "bz2, false ends", "in.txt.bz2", lambda size: bz2.compress(tiny) + times(b"BZh9\x17\x72\x45\x38\x50\x90abcd", size)
    yield "gz, long headers", "in.txt.gz", lambda size: times(b"\x1f\x8b\x08\x08\0\0\0\0\0\3" + b"n" * 2000 + b"\0" + zlib.compress(b"x")[2:], size)
    yield "gz, a name without end", "in.txt.gz", lambda size: gzip.compress(tiny) + times(b"\x1f\x8b\x08\x08\0\0\0\0\0\3", size)
    yield "zst, empty frames", "in.txt.zst", lambda size: times(ZSTD_EMPTY, size)
    yield "zst, tiny frames", "in.txt.zst", lambda size: times(ZSTD_TINY, size)
    yield "zst, skippable frames", "in.txt.zst", lambda size: ZSTD_TINY + times(b"\x50\x2a\x4d\x18\0\0\0\0", size)
    yield "zst, magic", "in.txt.zst", lambda size: ZSTD_TINY + times(ZSTD_TINY[:4], size)
    yield "zst, heads", "in.txt.zst", lambda size: ZSTD_TINY + times(ZSTD_TINY[:6], size)
    yield "zst, large windows", "in.txt.zst", lambda size: ZSTD_TINY + times(ZSTD_TINY[:4] + b"\0\x68", size)
    yield "zst, empty blocks", "in.txt.zst", lambda size: ZSTD_TINY[:4] + b"\0\x50" + times(b"\0\0\0", size)
    yield "lz4, empty frames", "in.txt.lz4", lambda size: times(LZ4_EMPTY, size)
    yield "lz4, magic", "in.txt.lz4", lambda size: LZ4_EMPTY + times(LZ4_EMPTY[:4], size)
    yield "lz4, heads", "in.txt.lz4", lambda size: LZ4_EMPTY + times(LZ4_EMPTY[:7], size)
    yield "lz4, skippable frames", "in.txt.lz4", lambda size: LZ4_EMPTY + times(b"\x50\x2a\x4d\x18\0\0\0\0", size)
    yield "snappy, chunks", "in.txt.sz", lambda size: SNAPPY + times(snappy_frame(b"Rain\n"), size)
    yield "snappy, beginnings", "in.txt.sz", lambda size: times(SNAPPY, size)
    yield "snappy, padding", "in.txt.sz", lambda size: SNAPPY + snappy_frame(b"Rain\n") + times(b"\xfe\0\0\0", size)
    yield "snappy, damaged chunks", "in.txt.sz", lambda size: SNAPPY + times(b"\x01\5\0\0abcde", size)


def archives():
    yield "zip, folders", "in.zip", folders
    yield "zip, zips", "in.zip", zips
    yield "zip, empty entries", "in.zip", empty_zip_entries
    yield "zip, in depth", "in.zip", in_depth
    yield "zip, magic", "in.zip", lambda size: empty_zip_entries(100)[:-22] + times(b"PK\3\4", size)
    yield "zip, heads", "in.zip", lambda size: empty_zip_entries(100)[:30] * (size // 30)
    yield "zip, descriptors", "in.zip", lambda size: times(b"PK\3\4\x14\0\x08\0\x08\0" + b"\0" * 16 + b"\1\0\0\0a" + b"\3\0" + b"PK\7\x08" + b"\0" * 4 + b"\2\0\0\0" + b"\0" * 4, size)
    yield "zip, a stored entry without a length", "in.zip", lambda size: b"PK\3\4\x14\0\x08\0\0\0" + b"\0" * 16 + b"\1\0\0\0a" + times(b"PK\7\x08xy", size)
    yield "tar, folders", "in.tar", lambda size: tarred(size, "%d/a.txt")
    yield "tar, equal names", "in.tar", lambda size: tarred(size, "a%.0d.txt")
    yield "tar, files", "in.tar", lambda size: tarred(size, "a/%d.txt")
    yield "tar, empty files", "in.tar", lambda size: tarred(size, "a/%d.txt", b"")
    yield "tar, long names", "in.tar", lambda size: tarred(size // 4, "d" * 300 + "/%d.txt")
    yield "tar, gz in tar", "in.tar", lambda size: tarred(size, "%d.txt.gz", gzip.compress(b"Rain\n", mtime=0))
    yield "tar, damaged", "in.tar", lambda size: tarred(1, "a%d.txt") [:1024] + times(b"x" * 512, size)
    yield "tar, zeros", "in.tar", lambda size: tarred(1, "a%d.txt")[:1024] + b"\0" * size
    yield "tar, pax records", "in.tar", lambda size: pax(times("11 abc=def\n", size))
    yield "tar, one pax record", "in.tar", lambda size: pax(b"%d comment=%s\n" % (size, b"x" * (size - len(str(size)) - 10)))
    yield "tar.gz, files", "in.tar.gz", lambda size: gzip.compress(tarred(size, "a/%d.txt"), mtime=0)


def pax(records):
    """A tar whose first entry has these extended headers."""
    info = tarfile.TarInfo("a.txt")
    head = tarfile.TarInfo("x")
    head.type, head.size = b"x", len(records)
    whole = records + b"\0" * (-len(records) % 512)
    info.size = 5
    return head.tobuf(tarfile.USTAR_FORMAT) + whole + info.tobuf(tarfile.USTAR_FORMAT) + b"Rain\n" + b"\0" * (507 + 1024)


STAGE_SHAPES = (texts, many)
FORMAT_SHAPES = (html, fields, wiki, mail, warc, plain, compressed, archives)


def shapes(groups):
    """Name, file name and a function from a size to bytes, of all shapes of some groups."""
    for group in groups:
        yield from group()
