#!/usr/bin/env python3
"""Prints web pages as the tools do that people make text dumps with, to train the trees of `main-text`.

  tools/render_pages.py --pages PAGES.jsonl.gz --out DIR [--type article] [--without DIR ...]

PAGES.jsonl.gz holds a page a line: `id`, `url`, `type`, `title`, `html`, and the gold `text`. DIR gets ID.TOOL.txt
(the first line is the page's title) and gold.jsonl, as tools/train_main_text.py reads them. Pages named in the
gold.jsonl of a --without folder are left out, and so are all pages of their sites: they stay fit for a test, and
DIR/without.jsonl names them. Needs the programs lynx and w3m, and the Python packages html2text, beautifulsoup4, lxml and inscriptis. What a tool fails on is
left out.
"""
import argparse, concurrent.futures, gzip, json, os, re, subprocess, tempfile, urllib.parse

import bs4
import html2text
import inscriptis

arg = argparse.ArgumentParser()
arg.add_argument('--pages', required=True)
arg.add_argument('--out', required=True)
arg.add_argument('--type', default='article')
arg.add_argument('--without', nargs='*', default=[])
opt = arg.parse_args()


def program(*command):
    """What a program prints of a page in a file."""
    def run(html):
        with tempfile.NamedTemporaryFile('w', suffix='.html', encoding='utf-8') as f:
            f.write(html)
            f.flush()
            return subprocess.run([*command, f.name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  timeout=60).stdout.decode('utf-8', 'replace')
    return run


def markdown(**options):
    def run(html):
        maker = html2text.HTML2Text()
        for name, value in options.items():
            setattr(maker, name, value)
        return maker.handle(html)
    return run


def strings(html):
    """BeautifulSoup's get_text, a string a line."""
    soup = bs4.BeautifulSoup(html, 'lxml')
    for tag in soup(['script', 'style', 'noscript', 'template']):
        tag.decompose()
    return soup.get_text('\n', strip=True)


TOOLS = {
    'lynx': program('lynx', '-dump', '-nolist', '-display_charset=utf-8', '-assume_charset=utf-8'),
    'lynx-list': program('lynx', '-dump', '-width=100', '-display_charset=utf-8', '-assume_charset=utf-8'),
    'w3m': program('w3m', '-dump', '-T', 'text/html', '-I', 'UTF-8', '-O', 'UTF-8', '-cols', '80'),
    'markdown': markdown(),
    'markdown-plain': markdown(ignore_links=True, ignore_images=True, body_width=72),
    'strings': strings,
    'copy': inscriptis.get_text,
}


def site(url):
    return '.'.join((urllib.parse.urlsplit(url).hostname or url).split('.')[-2:])


def rendered(page):
    """Name and text by each tool."""
    out = []
    for tool, run in TOOLS.items():
        try:
            text = run(page['html'])
        except Exception as error:
            print('%s: %s: %s' % (page['id'], tool, type(error).__name__))
            continue
        if text.strip():
            title = re.sub(r'\s+', ' ', page.get('title') or page['id'])
            out.append(('%s.%s.txt' % (page['id'], tool), title + '\n\n' + text))
    return page, out


def main():
    with gzip.open(opt.pages, 'rt', encoding='utf-8') as f:
        pages = [p for p in map(json.loads, f)]
    kept_apart = set()
    for folder in opt.without:
        with open(os.path.join(folder, 'gold.jsonl'), encoding='utf-8') as f:
            kept_apart |= {json.loads(line)['file'].rsplit('.', 1)[0] for line in f}
    sites = {site(p['url']) for p in pages if p['id'] in kept_apart}
    os.makedirs(opt.out, exist_ok=True)
    with open(os.path.join(opt.out, 'without.jsonl'), 'w', encoding='utf-8') as f:
        f.writelines(json.dumps({'file': p['id'] + '.txt'}) + '\n' for p in pages if site(p['url']) in sites)
    pages = [p for p in pages if p['type'] == opt.type and site(p['url']) not in sites and p['text'].strip()]
    with open(os.path.join(opt.out, 'gold.jsonl'), 'w', encoding='utf-8') as gold, \
            concurrent.futures.ProcessPoolExecutor(2) as pool:
        for page, files in pool.map(rendered, pages, chunksize=4):
            for name, text in files:
                with open(os.path.join(opt.out, name), 'w', encoding='utf-8') as f:
                    f.write(text)
                gold.write(json.dumps({'file': name, 'site': site(page['url']), 'text': page['text']},
                                      ensure_ascii=False) + '\n')


if __name__ == '__main__':
    main()
