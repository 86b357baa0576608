//! The index against a plain one.

use std::path::Path;

use proptest::prelude::*;

use super::shared::open_below;
use super::*;
use crate::stage::Index as _;

/// Records in the order in which they came.
#[derive(Debug, Clone, Default)]
struct Plain(Vec<(u64, Vec<u64>, Vec<u8>)>);

impl Plain {
    fn find(&self, keys: &[u64]) -> Vec<(u32, u64)> {
        let under = |key: u64| {
            let holds = move |keys: &[u64]| keys.iter().any(|k| k >> 16 == key >> 16);
            self.0.iter().filter(move |(_, keys, _)| holds(keys)).map(|(place, ..)| *place)
        };
        (0..).zip(keys).flat_map(|(n, &key)| under(key).map(move |place| (n, place))).collect()
    }
}

/// What is done with an index.
#[derive(Debug, Clone)]
enum Act {
    Add(Vec<u64>, Vec<u8>),
    Find(Vec<u64>),
    /// Ends a batch and commits it.
    Commit,
    /// Ends a batch, adds more, and is cut short: the last commit counts.
    Reopen,
}

fn key() -> impl Strategy<Value = u64> {
    // Few, so that they are found; some differ only in bits that do not count.
    (0u64..60, 0u64..2).prop_map(|(n, rest)| n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 16 << 16 | rest)
}

fn act() -> impl Strategy<Value = Act> {
    let keys = || prop::collection::btree_map(key().prop_map(|k| k >> 16), 0u64..2, 0..6);
    let keys =
        move || keys().prop_map(|all| all.into_iter().map(|(k, rest)| k << 16 | rest).collect::<Vec<_>>());
    let content = prop_oneof![9 => prop::collection::vec(any::<u8>(), 0..40), 1 => Just(vec![7; 3000])];
    prop_oneof![
        20 => (keys(), content).prop_map(|(keys, content)| Act::Add(keys, content)),
        10 => keys().prop_map(Act::Find),
        2 => Just(Act::Commit),
        2 => Just(Act::Reopen),
    ]
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec(act(), 0..250)
}

fn all_keys() -> Vec<u64> {
    (0..60u64).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).chain([5]).collect()
}

/// Everything that `plain` holds is found and read, and nothing else.
fn agree(index: &mut Index, plain: &Plain) {
    let mut found = Vec::new();
    for keys in all_keys().chunks(7) {
        index.find(keys, &mut found);
        assert_eq!(found, plain.find(keys));
    }
    for (place, _, content) in &plain.0 {
        assert_eq!(&index.read(*place), content);
    }
    assert_eq!(index.records, plain.0.len() as u64);
}

/// Does all of `acts`. In a `folder` it is opened anew after `base`, over `below`; how far it had
/// come, and what it held then, comes back.
fn live(
    acts: &[Act],
    (folder, base, budget): (Option<&Path>, &Snapshot, Budget),
    below: impl Fn() -> Option<Below>,
    mut plain: Plain,
) -> (Snapshot, Plain) {
    let open = |at: &Snapshot| match folder {
        Some(folder) => Index::open(folder, at, base, budget, below()).expect("it opens"),
        None => Index::nameless(budget).after(below()).expect("it opens"),
    };
    let (mut index, mut found) = (open(base), Vec::new());
    let (mut at, mut then) = (base.clone(), plain.clone());
    for act in acts {
        match act {
            Act::Add(keys, content) => {
                let place = index.log.len();
                index.add(keys, content);
                plain.0.push((place, keys.clone(), content.clone()));
            }
            Act::Find(keys) => {
                index.find(keys, &mut found);
                assert_eq!(found, plain.find(keys));
            }
            Act::Commit | Act::Reopen => {
                let snapshot = index.settle().expect("nothing failed");
                if matches!(act, Act::Commit) {
                    if let Some(keeper) = &index.keeper(false).expect("a keeper") {
                        keeper.tidy(&snapshot, base).expect("tidy");
                    }
                    (at, then) = (snapshot, plain.clone());
                } else if folder.is_some() {
                    drop(index);
                    index = open(&at);
                    plain = then.clone();
                }
            }
        }
    }
    agree(&mut index, &plain);
    let (snapshot, here) = (index.settle().expect("nothing failed"), plain);
    drop(index);
    if folder.is_some() {
        agree(&mut open(&at), &then);
        return (at, then);
    }
    (snapshot, here)
}

fn budget(table: u64, filters: u64) -> Budget {
    Budget { table, filters }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nameless(acts in acts(), table in 1u64..6000, filters in 0u64..2000) {
        live(&acts, (None, &Snapshot::default(), budget(table, filters)), || None, Plain::default());
    }

    #[test]
    fn in_a_folder_and_over_one(
        first in acts(),
        second in acts(),
        third in acts(),
        table in 1u64..6000,
        filters in 0u64..2000,
    ) {
        let dir = tempfile::tempdir().expect("room");
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        let budget = budget(table, filters);
        let none = Snapshot::default();
        let (base, plain) = live(&first, (Some(&a), &none, budget), || None, Plain::default());
        // Over it, which is only read: without a name and in another folder.
        let below = || Some(open_below(a.clone(), &base).expect("it opens"));
        live(&second, (None, &none, budget), below, plain.clone());
        live(&second, (Some(&b), &none, budget), below, plain.clone());
        // A second run is taken back, a third one is not.
        live(&second, (Some(&a), &base, budget), || None, plain.clone());
        let (now, all) = live(&third, (Some(&a), &base, budget), || None, plain);
        agree(&mut Index::open(&a, &now, &now, budget, None).expect("it opens"), &all);
        let runs = std::fs::read_dir(&a).expect("the folder").count() - 1;
        prop_assert_eq!(runs, now.runs.len(), "nothing is left over");
    }
}

#[test]
fn many_runs_are_merged() {
    let mut index = Index::nameless(budget(2000, 400));
    let mut plain = Plain::default();
    for n in 0..3000u64 {
        let keys = [n.wrapping_mul(0x9E37_79B9_7F4A_7C15), (n % 60).wrapping_mul(0x9E37_79B9_7F4A_7C15)];
        plain.0.push((index.log.len(), keys.to_vec(), vec![n as u8; 9]));
        index.add(&keys, &[n as u8; 9]);
    }
    let sizes: Vec<u64> = index.runs.iter().map(|r| r.entries).collect();
    assert!(index.next > 100 && sizes.len() < 15 && sizes.iter().any(|&s| s > 1000), "{sizes:?}");
    agree(&mut index, &plain);
}
