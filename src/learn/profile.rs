//! The profile: what was learned, as TOML that a person reads and edits.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::ops::Range;

use serde::Deserialize;
use toml_edit::{Document, Item, Table};

use super::decide::{Limits, is_too_rare, judge};
use super::seen::Zone;
use super::shape;
use super::site::Site;

/// The version of profiles that are written and read.
pub const VERSION: i64 = 1;

/// What is done with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It goes.
    Remove,
    /// It stays: just under the limits, for a person to look at.
    Review,
    /// It stays, whatever is learned later.
    Keep,
}

impl Action {
    fn name(self) -> &'static str {
        ["remove", "review", "keep"][self as usize]
    }
}

/// A rule of a profile: one shape of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The shape, as [`shape::of`] writes it.
    pub shape: String,
    /// What is done.
    pub action: Action,
    /// Where.
    pub zones: Vec<Zone>,
    /// Documents that have it, near copies counted once.
    pub support: u64,
    /// Documents that have it, all of them.
    pub documents: u64,
    /// What else is known of it, for people: written as comments, never read.
    pub notes: Vec<String>,
}

/// The rules of one group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Documents that were looked at.
    pub documents: u64,
    /// Rules, by shape.
    pub rules: BTreeMap<String, Rule>,
}

/// What was learned of all groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// Groups, by name; `*` stands for every group that is not named.
    pub groups: BTreeMap<String, Group>,
}

/// What is wrong with a profile, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// For people.
    pub message: String,
    /// Byte range in the file, where known.
    pub span: Option<Range<usize>>,
}

impl Wrong {
    /// Line and column, from 1, and what is wrong there.
    pub fn at(&self, text: &str) -> String {
        let before = self.span.as_ref().and_then(|s| text.get(..s.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{line}:{column}: {}", self.message)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenRule {
    shape: String,
    action: Action,
    zones: Vec<String>,
    #[serde(default)]
    support: u64,
    #[serde(default)]
    documents: u64,
}

/// A share in thousandths, as people write it.
fn decimal(thousandths: u64) -> String {
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

impl Profile {
    /// What was learned so far, with what is just under the limits.
    pub fn of(site: &Site, limits: Limits) -> Self {
        let groups = site.groups().map(|(name, group)| {
            let mut out = Group { documents: group.documents, rules: BTreeMap::new() };
            for counts in group.lines(|counts| !is_too_rare(counts, group, limits, 0)) {
                let verdict = judge(counts, group, limits, 0);
                let action = match () {
                    () if verdict.is_boilerplate => Action::Remove,
                    () if verdict.is_near => Action::Review,
                    () => continue,
                };
                let mut text = String::new();
                shape::of(&counts.example, &mut text);
                let mut notes = vec![
                    format!("as in {:?}", counts.example),
                    format!(
                        "share {}, confidence 0.{:02}, {}; head {}, inside {}, tail {}",
                        decimal(verdict.share),
                        verdict.confidence(group.documents).min(99),
                        if group.missed > 0 {
                            format!("up to {} more", group.missed)
                        } else {
                            "exact".to_owned()
                        },
                        counts.zones[0],
                        counts.zones[1],
                        counts.zones[2],
                    ),
                ];
                notes.extend(
                    counts.contexts.iter().map(|[above, below]| format!("between {above:?} and {below:?}")),
                );
                if !verdict.why_not.is_empty() {
                    notes.push(format!("not removed: {}", verdict.why_not));
                }
                let zones = if verdict.zones.is_empty() { Zone::ALL.to_vec() } else { verdict.zones };
                let documents = u64::from(counts.documents);
                let rule =
                    Rule { shape: text.clone(), action, zones, support: verdict.support, documents, notes };
                out.rules.insert(text, rule);
            }
            (name.clone(), out)
        });
        Self { groups: groups.collect() }
    }

    /// Adds what another profile says, in any order: counts add up, and `keep` stands. A rule
    /// that has too small a share of both together becomes one to review.
    pub fn merge(&mut self, other: Self, limits: Limits) {
        for (name, theirs) in other.groups {
            let ours = self.groups.entry(name).or_default();
            ours.documents += theirs.documents;
            for (shape, rule) in theirs.rules {
                match ours.rules.entry(shape) {
                    std::collections::btree_map::Entry::Vacant(place) => {
                        place.insert(rule);
                    }
                    std::collections::btree_map::Entry::Occupied(mut place) => place.get_mut().merge(rule),
                }
            }
            for rule in ours.rules.values_mut().filter(|r| r.action != Action::Keep) {
                let enough = rule.support >= limits.documents
                    && rule.documents * 1000 >= limits.share * ours.documents;
                // Nobody but a person makes a rule of what was to be looked at.
                if !enough {
                    rule.action = Action::Review;
                }
            }
        }
    }

    /// The profile as a file.
    pub fn write(&self) -> String {
        let mut out = format!(
            "# What `textmill learn` found around the articles. Every rule is a shape of a line: lower case,\n\
             # `#` for numbers, `@` for months and weekdays. Change `action` to \"keep\" to keep such lines\n\
             # for good, or \"review\" to \"remove\" to remove them; `textmill learn --update` leaves that as it is.\n\n\
             version = {VERSION}\n"
        );
        for (name, group) in &self.groups {
            let _ = write!(out, "\n[[group]]\nname = {}\ndocuments = {}\n", quoted(name), group.documents);
            let mut rules: Vec<&Rule> = group.rules.values().collect();
            rules.sort_by_key(|r| (r.action as u8, std::cmp::Reverse(r.support)));
            for rule in rules {
                out.push_str("\n[[group.rule]]\n");
                for note in &rule.notes {
                    let _ = writeln!(out, "# {note}");
                }
                let zones: Vec<String> = rule.zones.iter().map(|z| format!("{:?}", z.name())).collect();
                let _ = write!(
                    out,
                    "shape = {}\naction = \"{}\"\nzones = [{}]\nsupport = {}\ndocuments = {}\n",
                    quoted(&rule.shape),
                    rule.action.name(),
                    zones.join(", "),
                    rule.support,
                    rule.documents
                );
            }
        }
        out
    }

    /// Reads a profile.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(text: &str) -> Result<Self, Wrong> {
        let file = Document::parse(text)
            .map_err(|e| Wrong { message: e.message().trim_end().to_owned(), span: e.span() })?;
        let root = file.as_table();
        let wrong = |message: String, item: Option<&Item>| Wrong { message, span: item.and_then(Item::span) };
        match root.get("version").map(|v| (v, v.as_integer())) {
            Some((_, Some(VERSION))) => {}
            Some((item, _)) => {
                let message = format!("this textmill reads profiles of version {VERSION}");
                return Err(wrong(message, Some(item)));
            }
            None => return Err(wrong("a profile begins with `version = 1`".to_owned(), None)),
        }
        if let Some((key, item)) = root.iter().find(|(key, _)| !["version", "group"].contains(key)) {
            return Err(wrong(format!("a profile has no `{key}`"), Some(item)));
        }
        let mut profile = Self::default();
        let groups = match root.get("group") {
            None => return Ok(profile),
            Some(Item::ArrayOfTables(groups)) => groups,
            Some(item) => return Err(wrong("write each group as [[group]]".to_owned(), Some(item))),
        };
        for table in groups {
            let name = table.get("name").and_then(Item::as_str);
            let name = name.ok_or_else(|| wrong_table("a group needs a `name`", table))?;
            let documents = table.get("documents").map_or(Some(0), |d| u64::try_from(d.as_integer()?).ok());
            let documents = documents.ok_or_else(|| {
                wrong("`documents` has to be a whole number".to_owned(), table.get("documents"))
            })?;
            let group = profile.groups.entry(name.to_owned()).or_default();
            group.documents += documents;
            for (key, item) in table {
                match (key, item) {
                    ("name" | "documents", _) => {}
                    ("rule", Item::ArrayOfTables(rules)) => {
                        for rule in rules {
                            let rule = Rule::read(rule)?;
                            group.rules.insert(rule.shape.clone(), rule);
                        }
                    }
                    _ => return Err(wrong(format!("a group has no `{key}`"), Some(item))),
                }
            }
        }
        Ok(profile)
    }

    /// The rules that remove lines, by the hash of their shape, for each group.
    pub fn removing(&self) -> HashMap<String, HashMap<u64, Rule>> {
        let rules = |group: &Group| {
            let removing = group.rules.values().filter(|r| r.action == Action::Remove);
            removing.map(|r| (shape::hash_of(&r.shape), r.clone())).collect()
        };
        self.groups.iter().map(|(name, group)| (name.clone(), rules(group))).collect()
    }
}

fn wrong_table(message: &str, table: &Table) -> Wrong {
    Wrong { message: message.to_owned(), span: table.span() }
}

/// A string as TOML writes it.
fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string().trim().to_owned()
}

impl Rule {
    fn read(table: &Table) -> Result<Self, Wrong> {
        use serde::de::IntoDeserializer;
        let value = toml_edit::Value::InlineTable(table.clone().into_inline_table());
        let written =
            WrittenRule::deserialize(value.into_deserializer()).map_err(|e: toml_edit::de::Error| Wrong {
                message: e.message().to_owned(),
                span: e.span().or_else(|| table.span()),
            })?;
        let zones: Option<Vec<Zone>> =
            written.zones.iter().map(|z| Zone::ALL.into_iter().find(|zone| zone.name() == z)).collect();
        let zones = zones.ok_or_else(|| Wrong {
            message: "zones are \"head\", \"inside\" and \"tail\"".to_owned(),
            span: table.get("zones").and_then(Item::span),
        })?;
        let notes = notes(table);
        let WrittenRule { shape, action, support, documents, .. } = written;
        Ok(Self { shape, action, zones, support, documents, notes })
    }

    fn merge(&mut self, other: Self) {
        self.action = self.action.max_of(other.action);
        self.zones.extend(other.zones);
        self.zones.sort_unstable();
        self.zones.dedup();
        self.support += other.support;
        self.documents += other.documents;
        self.notes.extend(other.notes);
        self.notes.sort();
        self.notes.dedup();
        self.notes.truncate(6);
    }
}

impl Action {
    /// What a person may have written goes before what was learned: to keep, then to remove.
    fn max_of(self, other: Self) -> Self {
        [Self::Keep, Self::Remove].into_iter().find(|a| [self, other].contains(a)).unwrap_or(Self::Review)
    }
}

/// The comments above the first key of a table.
fn notes(table: &Table) -> Vec<String> {
    let first = table.iter().next().and_then(|(key, _)| table.key(key));
    let prefix = first.and_then(|key| key.leaf_decor().prefix()).and_then(|p| p.as_str());
    let lines = prefix.unwrap_or_default().lines().filter_map(|l| l.trim().strip_prefix('#'));
    lines.map(|l| l.trim().to_owned()).collect()
}
