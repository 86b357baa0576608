//! The ordered step: batches one after the other, or window by window.

use std::collections::VecDeque;
use std::sync::Arc;

use futures::stream::{self, StreamExt};

use super::decide::decide;
use super::error::RunError;
use super::phases::Loads;
use super::plan::Deciding;
use super::stop::Stop;
use super::work::{self, Load};

/// Leads batches through ordered stages.
pub(super) fn decided(loads: Loads, mut deciding: Deciding, stop: Arc<Stop>) -> Loads {
    if deciding.window().is_some() {
        let held = Held { loads, deciding, stop, ready: VecDeque::new(), ended: false };
        return stream::unfold(held, Held::next).boxed();
    }
    let one = move |load: Result<Load, RunError>| {
        let mut load = load?;
        work::guarded(|| Ok(decide(&mut deciding, std::slice::from_mut(&mut load))))??;
        Ok(load)
    };
    loads.map(one).boxed()
}

/// Batches of a window on their way through a stage that needs all of them.
struct Held {
    loads: Loads,
    deciding: Deciding,
    stop: Arc<Stop>,
    /// Decided about.
    ready: VecDeque<Load>,
    ended: bool,
}

impl Held {
    async fn next(mut self) -> Option<(Result<Load, RunError>, Self)> {
        while self.ready.is_empty() && !self.ended {
            if let Err(error) = self.window().await {
                self.ended = true;
                return Some((Err(error), self));
            }
        }
        let load = self.ready.pop_front()?;
        Some((Ok(load), self))
    }

    async fn window(&mut self) -> Result<(), RunError> {
        let mut held = Vec::new();
        loop {
            let Some(load) = self.loads.next().await else {
                self.ended = true;
                break;
            };
            let mut load = load?;
            let whole = load.mark.whole;
            if !whole {
                // What a window holds is bounded by itself. The budget is for what moves on: the
                // batch that ends the window may need all of it.
                load.budget = None;
            }
            held.push(load);
            if whole {
                break;
            }
        }
        // A run that was stopped has not seen all of the window: it is as if it had seen nothing.
        if self.ended && self.stop.why().is_some() {
            return Ok(());
        }
        let deciding = &mut self.deciding;
        work::guarded(|| Ok(decide(deciding, &mut held)))??;
        self.ready.extend(held);
        Ok(())
    }
}
