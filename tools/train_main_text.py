#!/usr/bin/env python3
"""Trains the weights of the stage `main-text`. Needs Python 3.9+ and numpy.

  tools/train_main_text.py --data DIR [--out src/stages/data/main_text.toml] [--folds 5]

DIR holds pages as visible text (*.txt, the first line is the page's title) and gold.jsonl with the
fields `file` and `text`. The features come from the program itself (`cargo run --example
line_features`), so there is one definition of them. One logistic regression. Prints word F1,
precision and recall (bags of \\w+, lower case; mean over pages) on pages that were held out, folds
being split by page, and writes weights in thousandths of a logit.
"""
import argparse, collections, json, os, re, subprocess
import numpy as np

arg = argparse.ArgumentParser()
arg.add_argument('--data', required=True)
arg.add_argument('--out')
arg.add_argument('--folds', type=int, default=5)
arg.add_argument('--l2', type=float, default=2.0)
opt = arg.parse_args()
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def features():
    """Rows of (file, features, line), as the program sees them."""
    cmd = ['cargo', 'run', '-q', '--release', '--example', 'line_features', '--', os.path.abspath(opt.data)]
    text = subprocess.run(cmd, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout.decode('utf-8')
    rows = [line.split('\t', 2) for line in text.split('\n') if line]
    return rows, np.array([[int(x) for x in r[1].split()] for r in rows], dtype=np.int32)


def words(text):
    return re.findall(r'\w+', text.lower())


def labels(lines, gold):
    """Which lines of a page are in its gold text: whole, or by most of their word triples."""
    whole = {' '.join(words(l)) for l in gold.split('\n')}
    g = words(gold)
    triples = {tuple(g[i:i + 3]) for i in range(len(g) - 2)}
    out, long = np.zeros(len(lines)), []
    for i, line in enumerate(lines):
        w = words(line)
        if len(w) >= 6:
            t = [tuple(w[k:k + 3]) for k in range(len(w) - 2)]
            out[i] = sum(x in triples for x in t) >= .6 * len(t)
            if out[i]:
                long.append(i)
        elif w:
            out[i] = ' '.join(w) in whole
            if not out[i] and len(w) == 1 and len(w[0]) > 12:
                out[i] = line.strip().lower() in gold.lower()
    # A short line of the navigation may equal a subhead: only those near the text count.
    if long:
        out[:max(0, long[0] - 6)] = 0
        out[long[-1] + 7:] = 0
    return out


def logits(x, w):
    return w[x].sum(1)


def fit(x, y, weight, size, steps=250):
    """Logistic regression by Adam on all rows; deterministic."""
    w, m, v = np.zeros(size), np.zeros(size), np.zeros(size)
    total = weight.sum()
    for t in range(1, steps + 1):
        p = 1 / (1 + np.exp(-logits(x, w)))
        r = (p - y) * weight / total
        g = np.zeros(size)
        for k in range(x.shape[1]):
            g += np.bincount(x[:, k], r, size)
        g += opt.l2 * 1e-5 * w
        m, v = .9 * m + .1 * g, .999 * v + .001 * g * g
        w -= .08 * (m / (1 - .9 ** t)) / (np.sqrt(v / (1 - .999 ** t)) + 1e-9)
    return w


def word_scores(pages, keep):
    """Mean F1, precision, recall."""
    acc = []
    for p in pages.values():
        rows = [i for i in p['rows'] if keep[i]]
        got, want = collections.Counter(), p['bag']
        for i in rows:
            got.update(bags[i])
        n, m = sum(got.values()), sum(want.values())
        o = sum((got & want).values())
        if not m:
            acc.append((1., 1., 1.) if not n else (0., 0., 0.))
        elif not n:
            acc.append((0., 0., 0.))
        else:
            P, R = o / n, o / m
            acc.append((2 * P * R / (P + R) if P + R else 0., P, R))
    return np.mean(acc, axis=0)


rows, x = features()
gold = {}
for line in open(os.path.join(opt.data, 'gold.jsonl'), encoding='utf-8'):
    d = json.loads(line)
    gold[d['file']] = d['text']
pages = collections.OrderedDict()
for i, (file, _, _) in enumerate(rows):
    pages.setdefault(file, {'rows': []})['rows'].append(i)
bags = [words(r[2]) for r in rows]
y, weight, fold = np.zeros(len(rows)), np.zeros(len(rows)), np.zeros(len(rows), dtype=int)
for k, (file, p) in enumerate(pages.items()):
    p['bag'] = collections.Counter(words(gold[file]))
    at = p['rows']
    y[at] = labels([rows[i][2] for i in at], gold[file])
    n = np.array([min(len(bags[i]), 60) + 1.0 for i in at])
    # A page counts once, its lines by their words.
    weight[at] = n / n.sum()
    fold[at] = int.from_bytes(file.encode(), 'big') % 1000003 % opt.folds
print(f'{len(pages)} pages, {len(rows)} lines, {y.mean():.3f} of them main text')
print('keep all      F1 %.4f P %.4f R %.4f' % tuple(word_scores(pages, np.ones(len(rows), bool))))
print('labels        F1 %.4f P %.4f R %.4f' % tuple(word_scores(pages, y > 0)))


def held_out(x, size):
    s = np.zeros(len(x))
    for f in range(opt.folds):
        w = fit(x[fold != f], y[fold != f], weight[fold != f], size)
        s[fold == f] = logits(x[fold == f], w)
    return s


source = open(os.path.join(ROOT, 'src/stages/main_text/features.rs'), encoding='utf-8').read()
const = {k: v for k, v in re.findall(r'const (\w+): usize = ([^;]+);', source)}


def groups():
    """Names and sizes of the feature groups, from their one definition."""
    body = re.search(r'pub const GROUPS: .*?= &\[(.*?)\n\];', source, re.S).group(1)
    out = []
    for group, size in re.findall(r'\("([\w-]+)", ([^)]+)\)', body):
        while re.search(r'[A-Z]', size):
            size = re.sub(r'[A-Z]+', lambda m: '(%s)' % const[m.group(0)], size)
        out.append((group, eval(size)))
    return out


total = sum(n for _, n in groups())
scores = held_out(x, total)
sizes = np.array([len(b) for b in bags], float)


def best_lines(recall):
    """The stage's decision: the best lines hold this share of the text to be expected."""
    keep = np.zeros(len(scores), bool)
    for p in pages.values():
        at = np.array(p['rows'])
        order = at[np.argsort(-scores[at], kind='stable')]
        expected = np.cumsum(sizes[order] / (1 + np.exp(-scores[order])))
        last = min(np.searchsorted(expected, recall * expected[-1]), len(order) - 1)
        keep[at] = scores[at] >= min(scores[order[last]], 0)
    return keep


for recall in (.9, .95, .96, .97, .98, .99):
    print('held out, recall %.2f  F1 %.4f P %.4f R %.4f' % (recall, *word_scores(pages, best_lines(recall))))

if opt.out:
    with open(opt.out, 'w', encoding='utf-8') as f:
        f.write('# Weights of the stage `main-text`, in thousandths of a logit; made by tools/train_main_text.py.\n')
        f.write('# One list for each group of features, one weight for each bucket: see main_text/features.rs.\n\n')
        w, at = fit(x, y, weight, total), 0
        for name, n in groups():
            f.write('%s = [%s]\n' % (name, ', '.join(str(int(round(v * 1000))) for v in w[at:at + n])))
            at += n
