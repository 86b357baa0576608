//! A progress bar on standard error.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

use crate::runtime::Progress;

/// Shows progress until dropped.
pub struct Bar {
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Bar {
    /// Starts a bar; `total` bytes gives it an end. While a first pass learns, it says so instead of
    /// counting documents.
    pub fn start(progress: Arc<Progress>, total: Option<u64>, learns: bool) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let (bar, template) = match total {
            Some(n) => {
                (ProgressBar::new(n), "{bar:24} {bytes}/{total_bytes} {bytes_per_sec} ETA {eta}  {msg}")
            }
            None => (ProgressBar::new_spinner(), "{spinner} {bytes} {bytes_per_sec} {elapsed}  {msg}"),
        };
        bar.set_style(ProgressStyle::with_template(template).expect("the template is tested"));
        let watch = done.clone();
        let show = move || {
            while !watch.load(Ordering::Relaxed) {
                let (documents, kept) = progress.documents();
                bar.set_position(progress.bytes());
                bar.set_message(match learns {
                    true => "learning, pass 1 of 2".to_owned(),
                    false => format!("{} documents, {} kept", HumanCount(documents), HumanCount(kept)),
                });
                std::thread::park_timeout(Duration::from_millis(100));
            }
            bar.finish_and_clear();
        };
        // Without a thread to spare the run goes on without a bar.
        Self { done, thread: std::thread::Builder::new().spawn(show).ok() }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A bar that failed has nothing left to clear.
            let _ = thread.join();
        }
    }
}
