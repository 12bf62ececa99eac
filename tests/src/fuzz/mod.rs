//! Which law holds for any bytes? A target is one of them, as a function that panics where it is broken; what it
//! finds in the bytes is its own business. `tests/tests/fuzz.rs` runs all of them on seeds and on what chance makes
//! of these, `tests/fuzz` lets libFuzzer look for more.

pub mod answers;
pub mod configuration;
pub mod dates;
pub mod ledger;
pub mod lenses;
pub mod listings;
pub mod phones;
pub mod plan_file;
pub mod sheets;
pub mod waits;

use std::fs;
use std::path::Path;

/// A law that holds for any bytes.
pub struct Target {
    /// Its name, and that of the folder its seeds are in.
    pub name: &'static str,
    /// Panics if it is broken.
    pub law: fn(&[u8]),
}

const fn is(name: &'static str, law: fn(&[u8])) -> Target {
    Target { name, law }
}

/// All of them.
pub const TARGETS: [Target; 12] = [
    is("configuration", configuration::any_text),
    is("dates", dates::any_text),
    is("highlevel", answers::highlevel),
    is("ledger", ledger::any_damage),
    is("lenses", lenses::any_value),
    is("listings", listings::any_pages),
    is("mapping", configuration::any_mapping),
    is("phones", phones::any_text),
    is("plan_file", plan_file::any_file),
    is("sheets", sheets::any_text),
    is("upguard", answers::upguard),
    is("waits", waits::any_headers),
];

/// The target of that name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|it| it.name == name)
}

impl Target {
    /// Its seeds, in the order of their names.
    pub fn seeds(&self) -> Vec<(String, Vec<u8>)> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(self.name);
        let entries =
            fs::read_dir(&folder).unwrap_or_else(|it| panic!("{}: {it}", folder.display()));
        let mut seeds: Vec<_> = entries
            .map(|entry| {
                let path = entry.expect("a folder that can be read").path();
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                (name, fs::read(&path).expect("a seed that can be read"))
            })
            .collect();
        seeds.sort();
        seeds
    }
}

/// Bytes from which choices are taken, one after the other; once they are used up, each is the first.
pub(crate) struct Choices<'a>(pub &'a [u8]);

impl<'a> Choices<'a> {
    pub fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u8) -> u8 {
        self.byte() % end
    }

    pub fn byte(&mut self) -> u8 {
        self.0.split_off_first().copied().unwrap_or_default()
    }

    pub fn number(&mut self) -> i64 {
        i64::from_be_bytes(std::array::from_fn(|_| self.byte()))
    }

    pub fn one_of<T>(&mut self, all: &'a [T]) -> &'a T {
        &all[usize::from(self.byte()) % all.len()]
    }

    /// All that is left, as text.
    pub fn text(self) -> String {
        String::from_utf8_lossy(self.0).into_owned()
    }
}
