//! What a site prints around its articles, learned from many of them: lines as shapes, what is
//! counted of each, when the counts are enough, and the profile that a person reads and edits.

mod body;
mod calendar;
mod chunked;
pub mod counts;
pub mod decide;
pub mod distinct;
pub mod group;
pub mod mixed;
mod plain;
pub mod profile;
pub mod recent;
pub mod seen;
pub mod shape;
mod sieve;
mod singles;
pub mod site;
