#!/usr/bin/env python3
"""Trains the trees of the stage `main-text`. Needs Python 3.9+, numpy and catboost.

  tools/train_main_text.py --data DIR [DIR ...] [--without FILE ...] [--test DIR ...] [--folds 5]
                           [--out src/stages/data/main_text.txt]

A DIR holds pages as visible text (*.txt, the first line is the page's title) and gold.jsonl with the
fields `file` and `text`, and `site` if it is known; tools/render_pages.py makes such a folder of HTML. Pages that a
--without file names (JSON Lines with `file`) are left out, and the trees with --out are tried on those of --test. The features come from the program itself (`cargo run --example
line_features`), so there is one definition of them. Prints word F1, precision and recall (bags of
\\w+, lower case; mean over pages) on pages that were held out: folds are split by site, and pages
of one country of `fundus-COUNTRY-...` count as one site, so that no page is judged by trees that
have seen its layout. With --out it then trains on all pages. Trees, scores and sums are rounded to
thousandths; the same data, catboost version and seed give the same file.
"""
import argparse, collections, hashlib, itertools, json, os, re, subprocess, tempfile
import numpy as np
from catboost import CatBoostClassifier

arg = argparse.ArgumentParser()
arg.add_argument('--data', required=True, nargs='+')
arg.add_argument('--without', default=[], nargs='+')
arg.add_argument('--test', default=[], nargs='+')
arg.add_argument('--out')
arg.add_argument('--folds', type=int, default=5)
arg.add_argument('--trees', type=int, default=300)
arg.add_argument('--rate', type=float, default=.15)
arg.add_argument('--profile', default='release', help='of cargo')
opt = arg.parse_args()
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DEPTH = 6
# Features of the lines around a line, and how far: what trees have shown to use.
NEAR = {'words': 3, 'ending': 2, 'start': 2, 'capital-words': 1, 'small-words': 1, 'known': 1, 'copies': 1,
        'common': 1}


def features(folders, without=()):
    """Names, rows of (file, line), and a table of bytes, as the program sees them."""
    table, rows = bytearray(), []
    for folder in folders:
        cmd = ['cargo', 'run', '-q', '--profile', opt.profile, '--example', 'line_features', '--',
               os.path.abspath(folder)]
        text = subprocess.run(cmd, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout.decode('utf-8')
        names, *lines = text.split('\n')
        names = names.split(' ')
        for line in filter(None, lines):
            file, numbers, line = line.split('\t', 2)
            if page_of(file) not in without:
                rows.append((file, line))
                table += bytes.fromhex(numbers)
    return names, rows, np.frombuffer(bytes(table), np.uint8).reshape(len(rows), len(names))


def words(text):
    return re.findall(r'\w+', text.lower())


def labels(lines, bags, gold):
    """Which lines of a page are in its gold text: whole, by most of their word triples, or as a piece
    of a sentence of it that links have cut up."""
    whole = {' '.join(words(l)) for l in gold.split('\n')}
    g = words(gold)
    triples = {tuple(g[i:i + 3]) for i in range(len(g) - 2)}
    out, long = np.zeros(len(lines)), []
    for i, w in enumerate(bags):
        if len(w) >= 6:
            t = [tuple(w[k:k + 3]) for k in range(len(w) - 2)]
            out[i] = sum(x in triples for x in t) >= .6 * len(t)
            if out[i]:
                long.append(i)
        elif w:
            out[i] = ' '.join(w) in whole
            if not out[i] and len(w) == 1 and len(w[0]) > 12:
                out[i] = lines[i].strip().lower() in gold.lower()
    if long:
        # A short line of the navigation may equal a subhead: only those near the text count.
        out[:max(0, long[0] - 6)] = 0
        out[long[-1] + 7:] = 0
        joined = ' %s ' % ' '.join(g)
        for i in range(long[0], long[-1] + 1):
            before, after = bags[i - 1][-3:] if i else [], bags[i + 1][:3] if i + 1 < len(bags) else []
            for a, b in ((before, []), ([], after)):
                if not out[i] and bags[i] and len(a) + len(b) >= 2:
                    out[i] = ' %s ' % ' '.join(a + bags[i] + b) in joined
    return out


def sites(pages, rows):
    """A site for each page: a country, or pages that share eight lines which few others have."""
    lines = {f: {rows[i][1].strip() for i in at} for f, at in pages.items()}
    having = collections.defaultdict(list)
    for file, own in lines.items():
        for line in own:
            having[line].append(file)
    shared, parent = collections.Counter(), {f: f for f in pages}
    for line, files in having.items():
        if 2 <= len(files) <= 12 and len(line) >= 6:
            shared.update(itertools.combinations(sorted(files), 2))

    def root(f):
        while parent[f] != f:
            f = parent[f]
        return f
    for (a, b), n in sorted(shared.items()):
        if n >= 8:
            parent[root(a)] = root(b)
    country = {f: re.match(r'fundus-(\w+)-', f) for f in pages}
    return {f: country[f].group(1) if country[f] else known.get(f) or root(f) for f in pages}


def shifted(table, pages, column, by):
    """A column as seen `by` lines away; 0 outside the page."""
    out = np.zeros(len(table), np.uint8)
    for at in pages.values():
        a, b = at[0], at[-1] + 1
        if by > 0:
            out[a:max(a, b - by)] = table[a + by:b, column]
        else:
            out[min(b, a - by):b] = table[a:max(a, b + by), column]
    return out


def fit(x, y, weight):
    model = CatBoostClassifier(
        iterations=opt.trees, learning_rate=opt.rate, depth=DEPTH, random_seed=1, thread_count=2, verbose=0,
        border_count=64, bootstrap_type='Bernoulli', subsample=.7, rsm=.3, l2_leaf_reg=5,
        boosting_type='Plain', allow_writing_files=False)
    return model.fit(x, y, sample_weight=weight)


def message(x):
    return 2 * np.arctanh(.2 * np.tanh(x / 2))


def smooth(s):
    """As main_text/decide.rs does it."""
    s, above, below = s * .7, np.zeros(len(s)), np.zeros(len(s))
    for i in range(1, len(s)):
        above[i] = message(s[i - 1] + above[i - 1])
    for i in range(len(s) - 2, -1, -1):
        below[i] = message(s[i + 1] + below[i + 1])
    return s + above + below


def keep(s, n, beta):
    """As main_text/decide.rs does it."""
    p = 1 / (1 + np.exp(-s))
    order = np.argsort(-s, kind='stable')
    found, kept = np.cumsum(p[order] * n[order]), np.cumsum(n[order])
    return s >= s[order[np.argmax(found / (beta ** 2 * found[-1] + kept + 1e-9))]]


def word_scores(pages, gold, bags, kept):
    """Mean F1, precision, recall."""
    out = []
    for file, at in pages.items():
        got, want = collections.Counter(w for i in at if kept[i] for w in bags[i]), gold[file]
        n, m, o = sum(got.values()), sum(want.values()), sum((got & want).values())
        P, R = (o / n if n else float(not m)), (o / m if m else float(not n))
        out.append((2 * P * R / (P + R) if P + R else 0., P, R))
    return tuple(np.mean(out, axis=0))


def write(model, names, path):
    with tempfile.NamedTemporaryFile(suffix='.json') as f:
        model.save_model(f.name, format='json')
        d = json.load(open(f.name))
    scale, bias = d['scale_and_bias'][0], d['scale_and_bias'][1][0]
    with open(path, 'w', encoding='utf-8') as f:
        f.write('# Trees of the stage `main-text`, made by tools/train_main_text.py.\n'
                '# One tree a line: six questions, and what the score of a line gains, in thousandths of a logit,\n'
                '# by the answers: the first counts 1, the second 2, the third 4 and so on. `words@-1>=12` asks\n'
                '# whether the line above has 12 words or more; features: see main_text/features.rs.\n')
        f.write('bias %d\n' % round(1000 * bias))
        for tree in d['oblivious_trees']:
            split = [(names[s['float_feature_index']], int(s['border']) + 1) for s in tree['splits']]
            # A tree that ended early asks its last question again.
            gains, missing = tree['leaf_values'], DEPTH - len(split)
            split += [(split[-1][0], split[-1][1])] * missing
            half = len(gains) // 2
            gains = [gains[k % half + half * (k >> len(tree['splits']) - 1 & 1)] for k in range(1 << DEPTH)]
            f.write('%s : %s\n' % (' '.join('%s>=%d' % s for s in split),
                                   ' '.join(str(round(1000 * scale * g)) for g in gains)))


def lines_of(path):
    with open(path, encoding='utf-8') as f:
        return list(map(json.loads, f))


def gold_of(folders):
    return [d for folder in folders for d in lines_of(os.path.join(folder, 'gold.jsonl'))]


def page_of(file):
    """The page that a tool has printed: wcxb-0001.lynx.txt and wcxb-0001.txt are one."""
    return file.split('.')[0]


def pages_of(rows):
    """Rows of each page."""
    pages = collections.OrderedDict()
    for i, (file, _) in enumerate(rows):
        pages.setdefault(file, []).append(i)
    return pages


def widened(table, pages):
    """The table with columns for the lines near each line."""
    return np.column_stack([table] + [shifted(table, pages, names.index(n), k) for n, k in near])


def try_on(model, folder):
    """Prints the scores of a model on another folder."""
    names, rows, table = features([folder])
    pages, bags = pages_of(rows), [words(r[1]) for r in rows]
    gold = {d['file']: collections.Counter(words(d['text'])) for d in gold_of([folder])}
    score = model.predict(widened(table, pages), prediction_type='RawFormulaVal')
    kept, size = np.zeros(len(rows), bool), np.minimum(table[:, names.index('words')], 255).astype(float)
    for at in pages.values():
        kept[at] = keep(smooth(score[at]), size[at], 1.)
    print('%-16s F1 %.4f P %.4f R %.4f' % (os.path.basename(folder), *word_scores(pages, gold, bags, kept)))


golds = gold_of(opt.data)
known = {d['file']: d['site'] for d in golds if d.get('site')}
of_page = {page_of(file): site for file, site in known.items()}
known.update({d['file']: of_page[page_of(d['file'])] for d in golds if page_of(d['file']) in of_page})
without = {page_of(d['file']) for path in opt.without for d in lines_of(path)}
names, rows, table = features(opt.data, without)
pages = pages_of(rows)
text = {d['file']: d['text'] for d in golds}
near = [(n, k) for n, reach in NEAR.items() for k in range(-reach, reach + 1) if k]
x = widened(table, pages)
bags = [words(r[1]) for r in rows]
size = np.minimum(table[:, names.index('words')], 255).astype(float)
gold = {f: collections.Counter(words(text[f])) for f in pages}
y, weight, fold, site = np.zeros(len(rows)), np.zeros(len(rows)), np.zeros(len(rows), int), sites(pages, rows)
for file, at in pages.items():
    y[at] = labels([rows[i][1] for i in at], [bags[i] for i in at], text[file])
    n = np.array([min(len(bags[i]), 60) + 1. for i in at])
    # A page counts once, its lines by their words.
    weight[at] = n / n.sum() * 10 * len(pages)
    fold[at] = int(hashlib.sha256(site[file].encode()).hexdigest(), 16) % opt.folds
print('%d pages of %d sites, %d lines, %.3f of them main text' % (len(pages), len(set(site.values())), len(rows), y.mean()))
print('keep all         F1 %.4f P %.4f R %.4f' % word_scores(pages, gold, bags, np.ones(len(rows), bool)))
print('labels           F1 %.4f P %.4f R %.4f' % word_scores(pages, gold, bags, y > 0))
if opt.folds > 1:
    score = np.zeros(len(rows))
    for k in range(opt.folds):
        score[fold == k] = fit(x[fold != k], y[fold != k], weight[fold != k]).predict(
            x[fold == k], prediction_type='RawFormulaVal')
    for at in pages.values():
        score[at] = smooth(score[at])
    for beta in (.7, .85, 1., 1.2, 1.5, 2.):
        kept = np.zeros(len(rows), bool)
        for at in pages.values():
            kept[at] = keep(score[at], size[at], beta)
        print('held out, %.2f   F1 %.4f P %.4f R %.4f' % (beta, *word_scores(pages, gold, bags, kept)))
        if beta == 1.:
            parts = collections.defaultdict(dict)
            for file, at in pages.items():
                parts[fold[at[0]]][file] = at
            print('    by fold      ' + ' '.join('%.4f' % word_scores(p, gold, bags, kept)[0] for _, p in sorted(parts.items())))
if opt.out:
    model = fit(x, y, weight)
    write(model, names + ['%s@%+d' % n for n in near], opt.out)
    for folder in opt.test:
        try_on(model, folder)
