#!/usr/bin/env python3
"""Trains the model of `src/html/model.rs` and prints figures on pages that were held out.

  cargo run --release --example html_features -- PAGES/*.html > features.jsonl
  python3 tools/train_html.py features.jsonl gold.jsonl [--write src/html/data/model.txt]

gold.jsonl: objects with `file`, `type`, `text` (the main text). Needs numpy and scikit-learn.
Pages are split by site (the last two labels of the host), so that no site is on both sides.
"""
import collections
import difflib
import json
import os
import re
import sys
from urllib.parse import urlparse

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

FOLDS = 6
# Trees, their leaves (16 at most: model.rs has a bit for each), and how much each adds; shrinkage and
# few features a split keep it from learning single sites.
SETTINGS = dict(max_iter=100, max_leaf_nodes=12, learning_rate=0.09, min_samples_leaf=30,
                l2_regularization=5.0, max_features=0.3, early_stopping=False, random_state=0)
# Pages that are no articles are rarer in the data than on the web.
OTHER_KINDS = 2.4


def words(text):
    return re.findall(r'\w+', text.lower())


def labels(blocks, gold):
    """The share of each block's words that stands in the main text, in order."""
    flat = [w for b in blocks for w in b]
    own = [i for i, b in enumerate(blocks) for _ in b]
    hits = [0] * len(blocks)
    for a, _, n in difflib.SequenceMatcher(None, flat, gold, autojunk=False).get_matching_blocks():
        for k in range(a, a + n):
            hits[own[k]] += 1
    grams = lambda ws: list(zip(ws, ws[1:], ws[2:], ws[3:]))
    there = set(grams(gold))
    out = []
    for b, hit in zip(blocks, hits):
        share = hit / len(b) if b else -1.0
        if len(b) >= 6:
            # Long blocks may stand in another order.
            moved = sum(g in there for g in grams(b)) / (len(b) - 3)
            share = max(share, moved) if moved > 0.5 else share * 0.7 + moved * 0.3
        out.append(share)
    return np.array(out)


def read(features, gold):
    answers = {os.path.basename(g['file']): g for g in map(json.loads, open(gold, encoding='utf-8'))}
    pages = []
    for row in map(json.loads, open(features, encoding='utf-8')):
        g = answers.get(row['file'])
        if g is None:
            continue
        blocks, main = [words(t) for t in row['texts']], words(g['text'])
        page = dict(file=row['file'], kind=g['type'], blocks=blocks, gold=collections.Counter(main), main=len(main),
                    looks=row['looks'])
        page['n'] = np.array([len(b) for b in blocks])
        page['X'] = np.array(row['features'], dtype=np.float32).reshape(len(blocks), -1)
        page['y'] = labels(blocks, main)
        weight = (np.minimum(page['n'], 120) + 1.0) * (page['y'] >= 0) / max(len(main), 150)
        page['w'] = weight * (1.0 if g['type'] == 'article' else OTHER_KINDS)
        host = urlparse(row['url']).netloc or row['file']
        page['site'] = '.'.join(host.split('.')[-2:])
        pages.append(page)
    return pages


def fit(pages):
    X, y, w = (np.concatenate([p[k] for p in pages]) for k in 'Xyw')
    return HistGradientBoostingClassifier(**SETTINGS).fit(X, y >= 0.5, sample_weight=w / w.mean())


def alike(page, odds):
    """Draws blocks that look alike half way to their mean, as the Rust side does."""
    size, groups = page['X'][:, 0], collections.defaultdict(list)
    for i, look in enumerate(page['looks']):
        groups[look].append(i)
    out = odds.copy()
    for group in groups.values():
        if len(group) >= 3 and size[group].sum() > 0:
            out[group] = (odds[group] + np.average(odds[group], weights=size[group])) / 2
    return out


def choose(page, odds):
    """The blocks with which the expected F1 is greatest, as the Rust side does."""
    weight = page['X'][:, 0]  # sizes
    order = np.argsort(-odds, kind='stable')
    all_main = (odds * weight).sum()
    taken, size, best, limit = 0.0, 0.0, -1.0, 1.0
    for i in order:
        taken += odds[i] * weight[i]
        size += weight[i]
        f1 = 2 * taken / max(size + all_main, 1e-9)
        if f1 >= best:
            best, limit = f1, odds[i]
    return odds >= limit


def f1(page, keep):
    got = collections.Counter(w for b, k in zip(page['blocks'], keep) if k for w in b)
    n = sum(got.values())
    return 2 * sum((got & page['gold']).values()) / (n + page['main']) if n and page['main'] else 0.0


def report(name, pages, scores):
    by = collections.defaultdict(list)
    for page, score in zip(pages, scores):
        for kind in ('all', page['kind'], 'articles' if page['kind'] == 'article' else 'others'):
            by[kind].append(score)
    print(name, ' '.join(f'{k} {np.mean(v):.4f} ({len(v)})' for k, v in sorted(by.items())), flush=True)


def write(model, path):
    """One tree a line, in prefix order: `feature limit LEFT RIGHT`, or `=value` for a leaf. Left
    is taken up to and with the limit. Values are log-odds in thousandths."""
    with open(path, 'w', encoding='utf-8') as out:
        out.write('# Made by tools/train_html.py. A tree a line: `feature:limit LEFT RIGHT`, or `=value`.\n')
        out.write(f'={round(1000 * float(np.ravel(model._baseline_prediction)[0]))}\n')
        for (tree,) in model._predictors:
            def walk(i):
                node = tree.nodes[i]
                if node['is_leaf']:
                    return f"={round(1000 * node['value'])}"
                limit = int(np.floor(node['num_threshold']))
                return f"{node['feature_idx']}:{limit} {walk(node['left'])} {walk(node['right'])}"
            out.write(walk(0) + '\n')


def main():
    pages = read(sys.argv[1], sys.argv[2])
    if '--write' in sys.argv:
        write(fit(pages), sys.argv[sys.argv.index('--write') + 1])
    sites = sorted({p['site'] for p in pages})
    np.random.RandomState(1).shuffle(sites)
    fold = {s: i % FOLDS for i, s in enumerate(sites)}
    for k in range(FOLDS):
        model = fit([p for p in pages if fold[p['site']] != k])
        for p in pages:
            if fold[p['site']] == k:
                p['odds'] = alike(p, model.predict_proba(p['X'])[:, 1])
    report('held out, expected F1:', pages, [f1(p, choose(p, p['odds'])) for p in pages])
    for limit in (0.3, 0.4, 0.5):
        report(f'held out, limit {limit}:', pages, [f1(p, p['odds'] >= limit) for p in pages])
    if '--worst' in sys.argv:
        for s, p in sorted(((f1(p, choose(p, p['odds'])), p) for p in pages), key=lambda t: t[0])[:25]:
            print(round(s, 3), p['file'], p['kind'], p['main'], p['n'][choose(p, p['odds'])].sum())


if __name__ == '__main__':
    main()
