//! What is known of a damaged place in a compressed stream, until it is told.

use super::bad::{BadKind, KEPT_BYTES};
use super::wrapping::{Decoded, Sink};

/// Input that is not understood, from `start` to the next good member.
pub(super) struct Damage {
    pub start: u64,
    pub head: Head,
    pub kind: BadKind,
    /// What is damaged, and how.
    pub label: String,
    pub what: String,
    /// Decoded bytes of it that were handed out before.
    pub given: u64,
    /// Work done in vain.
    pub spent: u64,
    /// What a member gave that the end of the stream cut off, while good ones are looked for.
    pub cut: Option<Vec<u8>>,
}

impl Damage {
    /// Reports it; it ends at `end`.
    pub fn tell(self, end: u64, out: &mut Sink<'_>) {
        let Self { start, kind, label, mut what, given, .. } = self;
        if given > 0 && kind != BadKind::TruncatedStream {
            what += &format!("; {given} bytes of it had come out before that showed");
        }
        let reason = kind.because(format!("{label}, compressed bytes {start}..{end}: {what}"));
        let head = &self.head.0[..self.head.0.len().min((end - start) as usize)];
        out(Decoded::Damage { reason, at: start..end, head });
    }
}

/// The first bytes of a member or of damage.
#[derive(Default)]
pub(super) struct Head(Vec<u8>);

impl Head {
    /// Adds what is missing: it begins at `start`, and `buf`, which begins at `base`, has more.
    pub fn fill(&mut self, start: u64, buf: &[u8], base: u64) {
        let at = (start + self.0.len() as u64).saturating_sub(base);
        let more = buf.get(at as usize..).unwrap_or_default();
        self.0.extend_from_slice(&more[..more.len().min(KEPT_BYTES - self.0.len())]);
    }
}
