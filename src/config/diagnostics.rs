//! Errors of a pipeline file, shown at their place.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use crate::text::visible::{covered, one_line};

/// One error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong.
    pub message: String,
    /// Byte range in the file.
    pub span: Option<Range<usize>>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// All errors of one file; never none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errors {
    path: String,
    text: String,
    list: Vec<Diagnostic>,
}

impl Errors {
    pub(super) fn new(path: &str, text: &str, mut list: Vec<Diagnostic>) -> Self {
        list.sort_by_key(|d| d.span.as_ref().map_or(usize::MAX, |s| s.start));
        Self { path: path.to_owned(), text: text.to_owned(), list }
    }

    pub(super) fn of_file(path: &str, message: String, hint: Option<String>) -> Self {
        Self::new(path, "", vec![Diagnostic { message, span: None, hint }])
    }

    /// The errors in the order of the file.
    pub fn list(&self) -> &[Diagnostic] {
        &self.list
    }

    /// All errors for people: file, line and column, the line, a caret, a hint.
    pub fn render(&self, colours: bool) -> String {
        let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
        // The renderer cleans lines of the file, but not the path, takes line feeds in messages for
        // its own, and leaves some characters that act on a terminal.
        let path = one_line(&self.path);
        let mut out = String::new();
        for d in &self.list {
            let message = one_line(&d.message);
            let title = Level::ERROR.primary_title(&message);
            let hint = one_line(d.hint.as_deref().unwrap_or_default());
            let report = match &d.span {
                Some(span) => {
                    let mark = AnnotationKind::Primary.span(span.clone()).label(&hint);
                    title.element(Snippet::source(&self.text).path(&path).annotation(mark))
                }
                None if hint.is_empty() => title.elements(Vec::<annotate_snippets::Message<'_>>::new()),
                None => title.element(Level::HELP.message(&hint)),
            };
            out.push_str(&covered(&renderer.render(&[report])));
            out.push_str("\n\n");
        }
        out
    }
}

impl std::fmt::Display for Errors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Errors {}
