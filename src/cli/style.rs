//! Colours, where they are wanted.

use std::io::IsTerminal;

use anstyle::{AnsiColor, Effects};

/// Colours for one stream.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    on: bool,
}

impl Style {
    /// For standard output: a terminal, and no `NO_COLOR`.
    pub fn stdout() -> Self {
        Self { on: wanted() && std::io::stdout().is_terminal() }
    }

    /// For standard error.
    pub fn stderr() -> Self {
        Self { on: wanted() && std::io::stderr().is_terminal() }
    }

    /// Whether colours are used.
    pub fn is_on(self) -> bool {
        self.on
    }

    fn paint(self, text: &str, style: anstyle::Style) -> String {
        if self.on { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// Struck out.
    pub fn struck(self, text: &str) -> String {
        let style = anstyle::Style::new().effects(Effects::STRIKETHROUGH | Effects::DIMMED);
        self.paint(text, style)
    }

    /// A label on something removed.
    pub fn label(self, text: &str) -> String {
        self.paint(text, anstyle::Style::new().fg_color(Some(AnsiColor::Red.into())))
    }

    /// Something beside the text.
    pub fn dim(self, text: &str) -> String {
        self.paint(text, anstyle::Style::new().effects(Effects::DIMMED))
    }

    /// A heading.
    pub fn bold(self, text: &str) -> String {
        self.paint(text, anstyle::Style::new().effects(Effects::BOLD))
    }

    /// Something recognised.
    pub fn role(self, text: &str) -> String {
        self.paint(text, anstyle::Style::new().fg_color(Some(AnsiColor::Cyan.into())))
    }
}

/// See <https://no-color.org>.
fn wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
        && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
}
