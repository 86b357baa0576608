//! Steps of loops, counted in tests: that a loop takes time in proportion to its input is counted and not
//! measured, for a clock says little on a busy machine. Outside tests nothing is counted.

#[cfg(test)]
use std::cell::Cell;

#[cfg(test)]
thread_local! {
    static TAKEN: Cell<u64> = const { Cell::new(0) };
}

/// Counts a step of a loop on this thread.
#[inline]
pub(crate) fn step() {
    #[cfg(test)]
    TAKEN.with(|taken| taken.set(taken.get() + 1));
}

/// The steps that `work` takes on this thread.
#[cfg(test)]
pub(crate) fn taken(work: impl FnOnce()) -> u64 {
    let before = TAKEN.with(Cell::get);
    work();
    TAKEN.with(Cell::get) - before
}

/// Checks that each of three inputs, twice as large as the one before, takes at most 1.3 times the steps for its size.
#[cfg(test)]
pub(crate) fn assert_in_proportion(size: usize, mut work: impl FnMut(usize)) {
    let taken = [1, 2, 4].map(|k| taken(|| work(k * size)));
    assert!(taken[0] > 0, "no step is counted");
    for pair in taken.windows(2) {
        assert!(pair[1] * 10 <= pair[0] * 26, "{taken:?} steps for {size}, twice and four times as much");
    }
}
