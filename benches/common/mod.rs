//! A seeded corpus for benchmarks: articles as scraped, with widgets, captions and copies.

/// Words of many lengths; sentences are drawn from them.
const WORDS: &str = "the of and to in a that for on with as was by at from said it is government minister \
    after people year new two city police against more than one have been their which who would company \
    percent million court country week president election market prices water north south river bridge \
    report between during according parliament negotiations international development infrastructure \
    spokesman confirmed residents “we will” company’s naïve façade Zürich coöperation — however, market’s";

/// A small generator of pseudo-random numbers (Knuth's MMIX constants).
pub struct Random(u64);

impl Random {
    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n
    }
}

fn sentence(random: &mut Random, words: &[&str], out: &mut String) {
    let n = 6 + random.below(24);
    for i in 0..n {
        let word = words[random.below(words.len())];
        if i == 0 {
            out.extend(word.chars().next().map(|c| c.to_uppercase().to_string()));
            out.push_str(word.get(1..).unwrap_or(""));
        } else {
            out.push(' ');
            out.push_str(word);
        }
    }
    out.push_str(". ");
}

/// About `bytes` of a plain-text dump, three blank lines between articles; every fifth article
/// is a copy of an earlier one.
pub fn dump(bytes: usize) -> String {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut random = Random(42);
    let (mut out, mut earlier) = (String::with_capacity(bytes + 8192), Vec::<String>::new());
    while out.len() < bytes {
        let body = if !earlier.is_empty() && random.below(5) == 0 {
            earlier[random.below(earlier.len())].clone()
        } else {
            article(&mut random, &words)
        };
        out.push_str(&body);
        out.push_str("\n\n\n\n");
        if earlier.len() < 1000 {
            earlier.push(body);
        }
    }
    out
}

fn article(random: &mut Random, words: &[&str]) -> String {
    let (mut title, mut caption, mut out) = (String::new(), String::new(), String::new());
    sentence(random, words, &mut title);
    title.truncate(title.trim_end_matches(['.', ' ']).len());
    sentence(random, words, &mut caption);
    let head = format!("{title}\n\n{caption}(AFP)\n{caption}(AFP)\n");
    out.push_str(&format!("{head}TT\n20\n\n{head}\n"));
    for _ in 0..4 + random.below(14) {
        for _ in 0..1 + random.below(3) {
            sentence(random, words, &mut out);
        }
        out.truncate(out.trim_end().len());
        out.push_str("\n\n");
    }
    out.push_str("Subscribe to our newsletter\n\nShare this article\nFacebook\nTwitter");
    out
}
