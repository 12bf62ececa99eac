//! Does a listing get anywhere? Every page but the last must show something new, lead on to another
//! page than all before it, and be one of a bounded number; so no side can keep us listing for ever.

use std::collections::HashSet;

use concordat_model::RecordKey;

use crate::{Cursor, Page};

/// A listing that goes on for longer than this is not going to end.
const PAGES_MAX: u32 = 20_000;

/// What one listing has shown so far.
#[derive(Default)]
pub struct Trail {
    pages: u32,
    cursors: HashSet<Cursor>,
    records: HashSet<RecordKey>,
    unreadable: HashSet<String>,
}

impl Trail {
    /// How many pages were followed.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// Follows one more page. Answers where to go on; nothing: the listing has ended.
    ///
    /// # Errors
    /// If the listing would go on without getting anywhere: a sentence that says so.
    pub fn follow(&mut self, page: &Page) -> Result<Option<Cursor>, String> {
        self.pages += 1;
        let known = self.records.len() + self.unreadable.len();
        self.records.extend(page.records.iter().map(|record| record.key.clone()));
        // Rows without an id are told apart by their place on the page only: if they are all there
        // is, the next page of them shows nothing new.
        self.unreadable.extend(page.unreadable.iter().cloned());
        let Some(next) = &page.next else {
            return Ok(None);
        };
        let is_new = self.records.len() + self.unreadable.len() > known;
        if !is_new || !self.cursors.insert(next.clone()) {
            return Err("the listing repeats itself".to_owned());
        }
        if self.pages >= PAGES_MAX {
            return Err(format!("the listing did not end within {PAGES_MAX} pages"));
        }
        Ok(Some(next.clone()))
    }
}

#[cfg(test)]
mod tests {
    use concordat_model::{Reading, Record, Resource, Sight};

    use super::*;

    fn page(ids: &[&str], unreadable: &[&str], next: Option<usize>) -> Page {
        let record = |id: &&str| Record {
            key: RecordKey::new(Resource::Business, *id),
            parent: None,
            name: "a name".into(),
            stamp: None,
            reading: Reading::new(),
            sight: Sight::Listed,
        };
        Page {
            records: ids.iter().map(record).collect(),
            unreadable: unreadable.iter().map(|it| (*it).to_owned()).collect(),
            next: next.map(|next| Cursor(next.to_string())),
            total: None,
        }
    }

    /// Follows the pages, each with a cursor of its own; answers after how many it was given up.
    fn given_up(pages: &[(&[&str], &[&str])]) -> Option<usize> {
        let mut trail = Trail::default();
        let mut pages = pages.iter().enumerate();
        let given_up = pages.find(|(index, (ids, unreadable))| {
            trail.follow(&page(ids, unreadable, Some(*index))).is_err()
        });
        given_up.map(|(index, _)| index + 1)
    }

    #[test]
    fn every_page_shows_something_new() {
        assert_eq!(given_up(&[(&["a"], &[]), (&["a", "b"], &[]), (&["c"], &[])]), None);
        assert_eq!(given_up(&[(&["a"], &[]), (&["b"], &[]), (&["a"], &[])]), Some(3));
        assert_eq!(given_up(&[(&["a"], &[]), (&[], &[])]), Some(2));
        assert_eq!(given_up(&[(&[], &["x: odd"]), (&[], &["y: odd"])]), None);
        assert_eq!(given_up(&[(&["a"], &["row 1: odd"]), (&["a"], &["row 1: odd"])]), Some(2));
    }

    #[test]
    fn a_last_page_may_show_nothing() {
        let mut trail = Trail::default();
        assert_eq!(trail.follow(&page(&["a"], &[], Some(1))), Ok(Some(Cursor("1".into()))));
        assert_eq!(trail.follow(&page(&["a"], &[], None)), Ok(None));
        assert_eq!(trail.pages(), 2);
    }

    #[test]
    fn a_cursor_that_comes_again_leads_nowhere() {
        let mut trail = Trail::default();
        assert!(trail.follow(&page(&["a"], &[], Some(1))).is_ok());
        assert!(trail.follow(&page(&["b"], &[], Some(1))).is_err());
    }

    #[test]
    fn a_side_that_makes_up_records_is_left_in_the_end() {
        let mut trail = Trail::default();
        let mut pages = 1..=PAGES_MAX as usize + 1;
        let last = pages
            .find(|index| trail.follow(&page(&[&index.to_string()], &[], Some(*index))).is_err());
        assert_eq!(last, Some(PAGES_MAX as usize));
    }
}
