//! With what chance two documents are compared at all, by the Jaccard similarity of their
//! shingles.

/// How keys are made of a signature, and what makes a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Banding {
    /// Keys of several rows; one in common is enough.
    pub bands: usize,
    /// Rows of a band.
    pub rows: usize,
    /// Keys of one row each, the first of the signature; [`NEEDED`] in common are enough.
    pub singles: usize,
}

/// Single rows in common that make a candidate.
pub const NEEDED: usize = 2;

impl Banding {
    /// The chance at similarity `j`, 0 to 1, with rows taken as independent of one another. For
    /// bands alone it is 1 - (1 - j^rows)^bands, the S-curve of Leskovec, Rajaraman and Ullman,
    /// *Mining of Massive Datasets*, 3.4.
    pub fn chance(&self, j: f64) -> f64 {
        let no_band = (1.0 - j.powi(self.rows as i32)).powi(self.bands as i32);
        let n = self.singles as i32;
        let too_few = if self.singles < NEEDED {
            1.0
        } else {
            (1.0 - j).powi(n) + f64::from(n) * j * (1.0 - j).powi(n - 1)
        };
        1.0 - no_band * too_few
    }

    /// The curve as a table, for people.
    pub fn table(&self) -> String {
        let mut out = format!(
            "Chance that two documents are compared, by the Jaccard similarity of their shingles, with {} bands \
             of {} rows and {} single rows:\n\n",
            self.bands, self.rows, self.singles
        );
        let bands = Self { singles: 0, ..*self };
        out.push_str("| similarity | bands alone | all |\n|---|---|---|\n");
        for tenths in 2..10 {
            let j = f64::from(tenths) / 10.0;
            out.push_str(&format!("| {j:.1} | {:.4} | {:.4} |\n", bands.chance(j), self.chance(j)));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_known_curve() {
        // FineWeb's parameters: half of the pairs at 0.72 or so.
        let bands = Banding { bands: 14, rows: 8, singles: 0 };
        for (j, want) in [(0.6, 0.21), (0.7, 0.57), (0.8, 0.92)] {
            assert!((bands.chance(j) - want).abs() < 0.01, "{j}: {}", bands.chance(j));
        }
        let all = Banding { singles: 12, ..bands };
        assert!(all.chance(0.5) > 0.99 && all.chance(0.9) > bands.chance(0.9));
        assert!((all.chance(0.0), all.chance(1.0)) == (0.0, 1.0));
    }
}
