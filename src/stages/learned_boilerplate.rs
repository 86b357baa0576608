//! Removes lines that a site prints on many of its pages, learned from the pages themselves.
//!
//! ## What it removes
//! Lines that many documents of a group have, whatever they say: menus, labels, share bars,
//! notices. A line counts as its shape: lower case, with numbers, months and weekdays masked, so
//! that "5 min read" and "12 min read" are one. It goes if
//! * at least `min-documents` documents have it, near copies of an article counted once,
//! * at least `min-share` of the group's documents have it, or, where documents are held back, ten of twelve in a row:
//!   in a stream of many sites, one of them stands there; half of that is enough for a label of up to
//!   four words above or below the prose, if nine tenths of at least `min-documents` and a half more have
//!   it in the same place, counted in lines from the beginning or from the end,
//! * it is no prose; one that reads like a short sentence needs nine tenths of the documents, and
//!   twice as many,
//! * it stands above or below the prose; or among it, but beside the same line in three fifths of
//!   its documents. Section heads and refrains do not,
//! * it is neither title nor caption, byline or dateline.
//!
//! ## Why
//! No list of words knows every site. What stands on most pages of one is not what one of them
//! tells.
//!
//! ## How it is used
//! * With a profile: `textmill learn INPUT… -o site.toml` writes what was learned as TOML to read
//!   and edit; `profile = "site.toml"` removes by it, and learns nothing.
//! * Without, over files: of 32 MiB or less all documents are learned from before the first is
//!   judged. More is read twice: a first pass learns from the first 256 records of each source and the
//!   first 256 pages of each folder, and from a quarter of the rest.
//! * Without, on standard input: the first `window` documents of each group are held back and
//!   learned from, then let go in order; each further document is learned from before it is judged.
//!
//! ## Options
//! * `profile` (default none): a profile; the path is as seen from the working directory.
//! * `group` (default `"auto"`): what belongs together. `"auto"`: the host of a document's URL, or
//!   else its source if that has ten documents, or else the source's folder; `"site"`: the same
//!   with `example.org` for `news.example.org`; `"file"`: the source; `"directory"`: its folder;
//!   `"all"`: everything. Or a pattern with a capture, such as `"^https://([^/]+/[^/]+)/"`: what it
//!   captures in the URL, or else in the source; what it does not match is as with `"auto"` where there
//!   is no URL.
//! * `min-documents` (default 5) and `min-share` (default 0.5): see above.
//! * `passes` (default by size, see above): 1 to treat files like standard input, 2 to read them twice
//!   however small they are.
//! * `window` (default 256): documents of a group that are held back in one pass; all groups
//!   together hold 16 MiB of text at most, and are let go early beyond that.
//! * `memory` (default 67108864): bytes for counts. Beyond it the rarer half of the lines is
//!   forgotten; a profile says how many documents a count may lack by that.
//!
//! ## When not to use
//! On documents of which many are alike for a reason: forms, tables, minutes, verse.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Document;
use crate::editor::Editor;
use crate::learn::decide::{Limits, is_too_rare, judge};
use crate::learn::profile::{Profile, Rule};
use crate::learn::recent::NEAR;
use crate::learn::seen::{self, Seen};
use crate::learn::shape::Firsts;
use crate::learn::site::{Place, Site, folder};
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Keyer, Keys, Learned, Stage, StageSpec, Transform};

mod group;

use group::{Grouping, place};

const fn reason(code: &'static str, summary: &'static str) -> Reason {
    Reason { stage: "learned-boilerplate", code, summary }
}

const HEAD: Reason = reason("head", "on many pages of the site, above the prose");
const INSIDE: Reason = reason("inside", "on many pages of the site, among prose, always beside the same");
const TAIL: Reason = reason("tail", "on many pages of the site, below the prose");

/// Reasons by zone.
const REASONS: [Reason; 3] = [HEAD, INSIDE, TAIL];

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "learned-boilerplate",
    summary: "removes lines that many pages of a site have, learned from them",
    source: include_str!("learned_boilerplate.rs"),
    reasons: &REASONS,
    examples: &[Example {
        name: "three pages of a site",
        options: "min-documents = 3",
        before: "Rain in the North\n\nAa\n\nIt rained all night in the north, and the rivers rose again by noon.\n\nMore from us: 12 stories\u{c}Sun in the South\n\nAa\n\nNobody knows when the bridge will be open again, the mayor said on Monday.\n\nMore from us: 7 stories\u{c}Wind in the West\n\nAa\n\nThe storm took two roofs in the old town, and nobody was hurt at all.\n\nScores\n\nThe trains, which had stood still since Friday, were running again.\n\nMore from us: 31 stories",
        after: Some(
            "The storm took two roofs in the old town, and nobody was hurt at all.\n\nScores\n\nThe trains, which had stood still since Friday, were running again.",
        ),
        captions: &[],
        removed: &[("head", "Aa"), ("tail", "More from us: 31 stories")],
    }],
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
    notes: None,
};

/// Options of the stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// A profile that `textmill learn` wrote; empty to learn from the input.
    profile: String,
    /// What belongs together: "auto", "site", "file", "directory", "all", or a pattern with a capture.
    group: String,
    /// Documents that have a line, near copies counted once.
    min_documents: u64,
    /// Share of the group's documents that have a line, 0 to 1.
    min_share: f64,
    /// How often files are read, 1 or 2; by default twice if they are large.
    passes: Option<u8>,
    /// Documents of a group that are held back in one pass.
    window: usize,
    /// Bytes for counts.
    memory: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            profile: String::new(),
            group: "auto".to_owned(),
            min_documents: 5,
            min_share: 0.5,
            passes: None,
            window: 256,
            memory: 64 << 20,
        }
    }
}

/// Bytes of text that are held back at most.
const HELD: usize = 16 << 20;

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let settings: Settings = options.read()?;
    if !(0.05..=1.0).contains(&settings.min_share) {
        return Err(OptionsError::at("min-share", "`min-share` has to be between 0.05 and 1"));
    }
    if settings.min_documents < 3 {
        return Err(OptionsError::at("min-documents", "`min-documents` has to be at least 3"));
    }
    if settings.window == 0 {
        return Err(OptionsError::at("window", "`window` has to be at least 1"));
    }
    if settings.passes.is_some_and(|passes| !(1..=2).contains(&passes)) {
        return Err(OptionsError::at("passes", "`passes` has to be 1 or 2"));
    }
    let grouping = Grouping::read(&settings.group).map_err(|wrong| OptionsError::at("group", wrong))?;
    if !settings.profile.is_empty() {
        let text = options.file("profile", &settings.profile)?;
        let profile = Profile::read(&text).map_err(|wrong| {
            OptionsError::at("profile", format!("{}:{}", settings.profile, wrong.at(&text)))
        })?;
        return Ok(Stage::Map(Arc::new(ByProfile::new(&profile, grouping))));
    }
    let limits =
        Limits { documents: settings.min_documents, share: (settings.min_share * 1000.0).round() as u64 };
    let site = Arc::new(Mutex::new(Site::new(settings.memory)));
    let Settings { window, passes, .. } = settings;
    Ok(Stage::Learned(Box::new(ByWindow { site, limits, grouping, window, passes })))
}

/// Removes by the rules of a profile.
struct ByProfile {
    rules: HashMap<String, Rules>,
    grouping: Grouping,
}

/// Those of one group, by the hash of their shape.
struct Rules {
    of: HashMap<u64, Rule>,
    firsts: Firsts,
}

impl ByProfile {
    fn new(profile: &Profile, grouping: Grouping) -> Self {
        let rules = profile.removing().into_iter().map(|(name, of)| {
            let firsts = Firsts::of(of.values().map(|rule| rule.shape.as_str()));
            (name, Rules { of, firsts })
        });
        Self { rules: rules.collect(), grouping }
    }

    /// The rules for a document.
    fn rules(&self, doc: &Document) -> Option<&Rules> {
        let name = self.grouping.of(doc);
        let found = match place(&name, doc) {
            Place::Group(name) => self.rules.get(name),
            Place::Source(source) => self.rules.get(source).or_else(|| self.rules.get(folder(source))),
        };
        found.or_else(|| self.rules.get("*"))
    }
}

impl Transform for ByProfile {
    fn apply(&self, doc: &mut Editor<'_>) {
        let Some(rules) = self.rules(doc.doc()) else {
            return;
        };
        for line in seen::lines(doc.doc(), |line| rules.firsts.may_have(line)) {
            let rule = rules.of.get(&line.shape).filter(|r| r.zones.contains(&line.zone));
            if let Some(rule) = rule {
                let evidence = format!("{:?}, in {} documents", rule.shape, rule.support);
                doc.remove(line.at as usize, REASONS[line.zone as usize], Evidence::Entry(evidence));
            }
        }
    }
}

/// Looks at documents, on any thread.
struct Looking(Grouping);

impl Keyer for Looking {
    fn keys(&self, doc: &Document) -> Keys {
        Keys { hashes: seen::document(doc), content: self.0.of(doc).into_bytes() }
    }
}

/// Learns from the documents themselves.
struct ByWindow {
    site: Arc<Mutex<Site>>,
    limits: Limits,
    grouping: Grouping,
    window: usize,
    passes: Option<u8>,
}

impl ByWindow {
    fn site(&self) -> MutexGuard<'_, Site> {
        self.site.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known now, when no more documents come.
    fn learned(&self) -> Profile {
        let mut site = self.site();
        site.settle();
        Profile::of(&site, self.limits)
    }
}

/// The group of a document, as its keys say.
fn place_of<'a>(keys: &'a Keys, doc: &'a Document) -> Place<'a> {
    place(std::str::from_utf8(&keys.content).unwrap_or_default(), doc)
}

impl Learned for ByWindow {
    fn keyer(&self) -> Arc<dyn Keyer> {
        Arc::new(Looking(self.grouping.clone()))
    }

    fn observe(&mut self, keys: &Keys, doc: &Document) {
        let seen = Seen::new(&keys.hashes);
        let lines = doc.lines().len();
        let text = |at: u32| if (at as usize) < lines { doc.line(at as usize) } else { "" };
        self.site().add(place_of(keys, doc), seen, text);
    }

    fn is_known(&self, keys: &Keys, doc: &Document) -> bool {
        let (site, place) = (self.site(), place_of(keys, doc));
        // Those behind it tell whether another site begins with it.
        site.group(place).is_some_and(|g| g.documents >= self.window as u64)
            && site.ahead(place) >= NEAR.min(self.window as u64)
    }

    fn settle(&mut self) {
        self.site().settle();
    }

    fn judge(&self, keys: &Keys, doc: &mut Editor<'_>) {
        let mut site = self.site();
        let number = site.next(place_of(keys, doc.doc()));
        let Some(group) = site.group(place_of(keys, doc.doc())) else {
            return;
        };
        for line in Seen::new(&keys.hashes).lines() {
            // Most lines are too rare for a verdict to be worth it.
            let known =
                group.common_line(line.shape).filter(|c| u64::from(c.documents) >= self.limits.documents);
            let Some(counts) = known else {
                continue;
            };
            let near = group.near(counts, number);
            if is_too_rare(counts, group, self.limits, near) {
                continue;
            }
            let verdict = judge(counts, group, self.limits, near);
            if verdict.is_boilerplate && verdict.zones.contains(&line.zone) {
                let evidence = Evidence::Common {
                    documents: counts.documents,
                    of: group.documents,
                    distinct: verdict.support,
                    near: [near, NEAR],
                };
                doc.remove(line.at as usize, REASONS[line.zone as usize], evidence);
            }
        }
    }

    fn held_bytes(&self) -> usize {
        HELD
    }

    fn passes(&self) -> Option<u8> {
        self.passes
    }

    fn again(&self) -> Box<dyn Learned> {
        Box::new(Self { site: self.site.clone(), grouping: self.grouping.clone(), ..*self })
    }

    fn finish(&self) -> Arc<dyn Transform> {
        Arc::new(ByProfile::new(&self.learned(), self.grouping.clone()))
    }

    fn profile(&self, with: Option<&str>) -> Result<String, String> {
        let mut profile = self.learned();
        if let Some(text) = with {
            let mut old = Profile::read(text).map_err(|e| e.message)?;
            old.merge(profile, self.limits);
            profile = old;
        }
        Ok(profile.write())
    }
}
