//! The stage types a program knows, and how a table of options becomes a stage.

use std::ops::Range;

use serde::de::DeserializeOwned;

use crate::stage::StageSpec;

/// A stage's table without its `type`, as parsed; spans point into the file.
#[derive(Debug)]
pub struct Options<'a> {
    table: &'a toml_edit::Table,
    /// Reads a file that an option names.
    files: fn(&str) -> Result<String, String>,
}

impl<'a> Options<'a> {
    /// Options as they stand in `table`.
    pub fn new(table: &'a toml_edit::Table) -> Self {
        Self { table, files: |path| Err(format!("cannot read {path}: only pipeline files may name files")) }
    }

    /// The same, with a way to read the files that options name.
    pub(crate) fn reading(table: &'a toml_edit::Table, files: fn(&str) -> Result<String, String>) -> Self {
        Self { table, files }
    }

    /// The text of the file that the option `key` names.
    ///
    /// # Errors
    /// That it cannot be read.
    pub fn file(&self, key: &'static str, path: &str) -> Result<String, OptionsError> {
        (self.files)(path).map_err(|message| OptionsError::at(key, message))
    }

    /// Reads the table into the stage's own struct.
    ///
    /// # Errors
    /// The first key that does not fit, with its place.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, OptionsError> {
        use serde::de::IntoDeserializer;
        let value = toml_edit::Value::InlineTable(self.table.clone().into_inline_table());
        T::deserialize(value.into_deserializer()).map_err(|e: toml_edit::de::Error| OptionsError {
            message: e.message().to_owned(),
            span: e.span(),
            key: None,
        })
    }
}

/// What is wrong with a stage's options.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct OptionsError {
    /// For people, naming the option.
    pub message: String,
    /// Byte range in the file, where known.
    pub span: Option<Range<usize>>,
    /// The option to point at, if `span` is not known.
    pub key: Option<&'static str>,
}

impl OptionsError {
    /// An error about the value of `key`.
    pub fn at(key: &'static str, message: impl Into<String>) -> Self {
        Self { message: message.into(), span: None, key: Some(key) }
    }
}

/// The stage types known to a run: the built-in ones, and a library user's own.
#[derive(Clone)]
pub struct Registry {
    specs: Vec<&'static StageSpec>,
    /// Whether stages use the lists that are shipped.
    pub(crate) lists: bool,
}

impl Default for Registry {
    fn default() -> Self {
        Self { specs: crate::stages::BUILTIN.to_vec(), lists: true }
    }
}

impl Registry {
    /// Adds a stage type; one of the same name is replaced.
    pub fn add(&mut self, spec: &'static StageSpec) {
        self.specs.retain(|s| s.name != spec.name);
        self.specs.push(spec);
    }

    /// The same, with `builtin = false` for every stage that has such an option.
    #[must_use]
    pub fn without_lists(mut self) -> Self {
        self.lists = false;
        self
    }

    /// The stage type called `name`.
    pub fn get(&self, name: &str) -> Option<&'static StageSpec> {
        self.specs.iter().copied().find(|s| s.name == name)
    }

    /// All stage types, in the order they were registered.
    pub fn specs(&self) -> &[&'static StageSpec] {
        &self.specs
    }
}
