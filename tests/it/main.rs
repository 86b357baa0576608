//! The integration tests: one binary.

mod archives;
mod borders;
mod charset;
mod cli;
mod compressed;
mod config_errors;
mod corpus;
mod csv;
mod damage;
mod dedupe;
mod determinism;
mod dumps;
mod encoding;
mod explain;
mod folder;
mod formats;
mod guard;
mod hostile;
mod html;
mod index;
mod json;
mod learn;
mod live;
mod mbox;
mod mediawiki;
#[cfg(unix)]
mod messages;
#[cfg(unix)]
mod names;
#[cfg(unix)]
mod outputs;
mod page;
#[cfg(feature = "parquet")]
mod parquet;
mod properties;
mod quarantine;
mod readme;
mod reference;
mod resume;
mod scripts;
mod sets;
mod sgml;
mod site;
mod small;
mod stages;
mod support;
mod tables;
mod tap;
mod tidy;
mod tools;
mod warc;
mod wild;
mod witness;
