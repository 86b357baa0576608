//! Charts as inline SVG: shapes only; every number stands beside them as text.

use super::html::Html;

/// Width of a bar's drawing, in its own units.
const WIDTH: f64 = 1000.0;

/// A bar of segments, each with a class and a share of the whole. It says nothing that the cell beside it does
/// not.
pub(super) fn bar(html: &mut Html, segments: &[(&str, u64)], whole: u64) {
    let unit = WIDTH / whole.max(1) as f64;
    let attributes = [
        ("class", "bar"),
        ("viewBox", "0 0 1000 10"),
        ("preserveAspectRatio", "none"),
        ("aria-hidden", "true"),
    ];
    html.within("svg", &attributes, |html| {
        html.leaf("rect", &[("class", "track"), ("width", "1000"), ("height", "10")], "");
        let mut x = 0.0;
        for (class, part) in segments {
            // What is there can be seen.
            let width = if *part == 0 { 0.0 } else { (*part as f64 * unit).clamp(3.0, WIDTH) };
            let (at, wide) = (format!("{:.1}", f64::min(x, WIDTH - width)), format!("{width:.1}"));
            if width > 0.0 {
                html.leaf("rect", &[("class", class), ("x", &at), ("width", &wide), ("height", "10")], "");
            }
            x += width;
        }
    });
}

/// Height of columns, in their own units.
const HEIGHT: f64 = 120.0;

/// A bar of a histogram: a name, and how many there are of either kind.
pub(super) struct Column {
    pub name: String,
    pub first: u64,
    pub second: u64,
}

/// A histogram of two kinds, one on top of the other; `title` says all that it shows in a sentence.
pub(super) fn columns(html: &mut Html, title: &str, columns: &[Column]) {
    let most = columns.iter().map(|c| c.first + c.second).max().unwrap_or(0).max(1) as f64;
    let step = WIDTH / columns.len().max(1) as f64;
    let attributes =
        [("class", "columns"), ("viewBox", "0 0 1000 150"), ("role", "img"), ("aria-label", title)];
    html.within("svg", &attributes, |html| {
        html.leaf("rect", &[("class", "axis"), ("y", "120"), ("width", "1000"), ("height", "1")], "");
        for (i, column) in columns.iter().enumerate() {
            let x = step * i as f64;
            let mut y = HEIGHT;
            for (class, n) in [("kept", column.first), ("gone", column.second)] {
                let height = if n == 0 { 0.0 } else { (n as f64 / most * HEIGHT).max(1.5) };
                y -= height;
                if n > 0 {
                    let [x, y, width, height] =
                        [x + step * 0.1, y.max(0.0), step * 0.8, height].map(|v| format!("{v:.1}"));
                    html.leaf(
                        "rect",
                        &[("class", class), ("x", &x), ("y", &y), ("width", &width), ("height", &height)],
                        "",
                    );
                }
            }
            let middle = format!("{:.1}", x + step / 2.0);
            html.leaf("text", &[("x", &middle), ("y", "140"), ("text-anchor", "middle")], &column.name);
        }
    });
}
