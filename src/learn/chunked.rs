//! A list that grows without moving what is in it.

/// Things in pieces of `EACH`: a list in one piece would be copied into twice the memory each time it is full.
#[derive(Debug)]
pub struct Chunked<T, const EACH: usize>(Vec<Vec<T>>);

impl<T, const EACH: usize> Default for Chunked<T, EACH> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const EACH: usize> Chunked<T, EACH> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.last().map_or(0, |last| (self.0.len() - 1) * EACH + last.len())
    }

    /// Adds a thing; its position.
    pub fn push(&mut self, thing: T) -> usize {
        if self.0.last().is_none_or(|last| last.len() == EACH) {
            // Few lists have more than one piece.
            self.0.push(if self.0.is_empty() { Vec::new() } else { Vec::with_capacity(EACH) });
        }
        if let Some(last) = self.0.last_mut() {
            last.push(thing);
        }
        self.len() - 1
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }

    /// Keeps those that `wanted` picks, in order.
    pub fn retain(&mut self, wanted: impl Fn(&T) -> bool) {
        let all = std::mem::take(self);
        for thing in all.0.into_iter().flatten().filter(wanted) {
            self.push(thing);
        }
    }
}

impl<T, const EACH: usize> std::ops::Index<usize> for Chunked<T, EACH> {
    type Output = T;

    fn index(&self, at: usize) -> &T {
        &self.0[at / EACH][at % EACH]
    }
}

impl<T, const EACH: usize> std::ops::IndexMut<usize> for Chunked<T, EACH> {
    fn index_mut(&mut self, at: usize) -> &mut T {
        &mut self.0[at / EACH][at % EACH]
    }
}

#[cfg(test)]
mod tests {
    use super::Chunked;

    #[test]
    fn a_list() {
        for len in [0, 1, 3, 4, 5, 8, 9] {
            let mut list = Chunked::<usize, 4>::default();
            assert!((0..len).all(|n| list.push(n) == n));
            assert_eq!((list.len(), list.iter().copied().collect::<Vec<_>>()), (len, (0..len).collect()));
            (0..len).for_each(|n| list[n] *= 3);
            assert!((0..len).all(|n| list[n] == 3 * n));
            list.retain(|n| n % 2 == 0);
            assert_eq!(
                list.iter().copied().collect::<Vec<_>>(),
                (0..len).step_by(2).map(|n| 3 * n).collect::<Vec<_>>()
            );
        }
    }
}
