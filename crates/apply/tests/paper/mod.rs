//! A side made of paper: says what becomes of each write, and a person may act in between. What it is asked is
//! written down.

mod desk;

use std::collections::{BTreeSet, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use concordat_model::*;
use concordat_remote::{
    Answer, Ask, Cause, Cursor, Failure, Found, Page, Sought, Source, Target, Write, WriteError,
};
use tokio::time::Instant;

pub use desk::*;

/// What becomes of a write.
pub enum Fortune {
    Arrives,
    /// It arrives, and the side makes this of these fields.
    Turns(&'static [(&'static str, &'static str)]),
    /// It waited too long, and a person set these fields meanwhile.
    Late(&'static [(&'static str, &'static str)]),
    /// Only these fields arrive, and the answer is lost.
    Part(&'static [&'static str]),
    /// Of every set only what is new arrives, and then it fails.
    Half(fn(Failure) -> WriteError),
    /// It is refused and carried out all the same, and the record cannot be read then.
    Denied,
    /// It fails, and these records are there afterwards.
    Fails(WriteError, Vec<Record>),
}

pub use Fortune::{Arrives, Denied, Fails, Half, Late, Part, Turns};

/// Some businesses, of which tests look at the first, and what becomes of the writes to them in turn.
pub struct Paper {
    pub held: Mutex<Vec<Record>>,
    pub fortunes: Mutex<VecDeque<Fortune>>,
    pub sent: Mutex<Vec<Vec<String>>>,
    pub asked: Mutex<Vec<(Side, Ask)>>,
    /// Why the next reading fails.
    pub hidden: Mutex<Option<Cause>>,
    /// So many listings do not show yet what is there.
    pub unlisted: Mutex<usize>,
    /// Whether a listing that shows nothing proves that there is nothing.
    pub proves_absence: bool,
}

impl Paper {
    pub fn of(
        held: impl IntoIterator<Item = Record>,
        fortunes: impl IntoIterator<Item = Fortune>,
    ) -> Paper {
        Paper {
            held: Mutex::new(held.into_iter().collect()),
            fortunes: Mutex::new(fortunes.into_iter().collect()),
            sent: Mutex::default(),
            asked: Mutex::default(),
            hidden: Mutex::default(),
            unlisted: Mutex::default(),
            proves_absence: true,
        }
    }

    pub fn failure(cause: Cause) -> Failure {
        let (operation, says) = ("PUT /businesses/{businessId}".to_owned(), "paper".to_owned());
        Failure { side: Side::Highlevel, operation, cause, status: None, trace: None, says }
    }

    pub fn set(&self, path: &str, held: Held) {
        if let Some(record) = self.held.lock().expect("the records").first_mut() {
            record.reading.set(Path::from(path), held);
        }
    }

    pub fn holds(&self, path: &str) -> Option<String> {
        let held = self.held.lock().expect("the records");
        let held = held.first()?.reading.get(&Path::from(path))?.as_ref()?;
        held.as_text().map(str::to_owned)
    }

    pub fn sent(&self) -> Vec<Vec<String>> {
        self.sent.lock().expect("what was sent").clone()
    }

    pub fn asked(&self) -> Vec<(Side, Ask)> {
        self.asked.lock().expect("what was asked").clone()
    }

    fn note(&self, side: Side, ask: Ask) {
        self.asked.lock().expect("what was asked").push((side, ask));
    }

    /// What becomes of a write of `paths`. One that rests on too old a reading does not leave.
    fn fortune(&self, write: &Write, paths: Vec<String>) -> Fortune {
        self.note(write.resource.side(), Ask::Send);
        self.sent.lock().expect("what was sent").push(paths);
        if write.by <= Instant::now() {
            return Late(&[]);
        }
        self.fortunes.lock().expect("fortunes").pop_front().expect("a write nobody expected")
    }

    /// Lets those fields of a write arrive that `arrives` names. A record that is not there yet is made.
    fn write(&self, write: &Write, arrives: impl Fn(&Path) -> bool) -> Option<RecordId> {
        let arrived: Vec<_> = write.set.iter().filter(|(path, _)| arrives(path)).collect();
        let mut held = self.held.lock().expect("the records");
        let at = match &write.current {
            Some(current) => held.iter().position(|it| it.key == current.key)?,
            None if arrived.is_empty() => return None,
            None => {
                let key = RecordKey::new(write.resource, format!("B{}", held.len() + 1).as_str());
                let mut reading = Reading::default();
                reading.set(Path::from("marker"), write.marker.as_deref().and_then(text));
                held.push(Record { key, reading, ..business("") });
                held.len() - 1
            }
        };
        let record = &mut held[at];
        arrived.into_iter().for_each(|(path, it)| record.reading.set(path.clone(), it.clone()));
        Some(record.key.id.clone())
    }

    fn edit(&self, edits: &[(&str, &str)]) {
        edits.iter().for_each(|(path, it)| self.set(path, text(it)));
    }
}

#[async_trait]
impl Source for Paper {
    async fn tenant(&self) -> Result<Tenant, Failure> {
        Err(Paper::failure(Cause::Missing))
    }

    async fn page(&self, _: &Partition, _: Option<&Cursor>) -> Result<Answer<Page>, Failure> {
        Err(Paper::failure(Cause::Missing))
    }

    async fn read(
        &self,
        key: &RecordKey,
        _: Option<&RecordId>,
    ) -> Result<Answer<Option<Record>>, Failure> {
        self.note(key.side(), Ask::Read(key.resource));
        if let Some(cause) = self.hidden.lock().expect("whether it is hidden").take() {
            return Err(Paper::failure(cause));
        }
        let held = self.held.lock().expect("the records");
        Ok(Answer { at: at(1), body: held.iter().find(|it| it.key == *key).cloned() })
    }

    fn offset(&self) -> Offset {
        Offset::default()
    }
}

#[async_trait]
impl Target for Paper {
    async fn send(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        let paths = write.set.iter().map(|(path, _)| path.to_string()).collect();
        let id = match self.fortune(write, paths) {
            Arrives => self.write(write, |_| true),
            Turns(edits) => {
                let id = self.write(write, |_| true);
                self.edit(edits);
                id
            }
            Late(edits) => {
                self.edit(edits);
                return Err(WriteError::NoEffect(Paper::failure(Cause::Late)));
            }
            Part(paths) => {
                self.write(write, |path| paths.contains(&path.as_str()));
                return Err(WriteError::InDoubt(Paper::failure(Cause::NoAnswer)));
            }
            Half(fails) => {
                for (path, sent) in &write.set {
                    let held = write.current.as_ref().and_then(|it| it.reading.get(path));
                    let mut all = BTreeSet::new();
                    for it in [held, Some(sent)].into_iter().flatten() {
                        if let Some(Value::Set(set)) = it {
                            all.extend(set.iter().cloned());
                        }
                    }
                    self.set(path.as_str(), Some(Value::Set(all)));
                }
                return Err(fails(Paper::failure(Cause::Rejected)));
            }
            Denied => {
                self.write(write, |_| true);
                *self.hidden.lock().expect("whether it is hidden") = Some(Cause::NoAnswer);
                return Err(WriteError::Refused(Paper::failure(Cause::Rejected)));
            }
            Fails(error, records) => {
                self.held.lock().expect("the records").extend(records);
                return Err(error);
            }
        };
        Ok(Answer { at: at(1), body: id.expect("a record that is there") })
    }

    async fn delete(&self, write: &Write) -> Result<Answer<RecordId>, WriteError> {
        match self.fortune(write, vec!["all".to_owned()]) {
            Arrives => {
                let mut held = self.held.lock().expect("the records");
                held.retain(|it| {
                    write.current.as_ref().is_none_or(|current| it.key != current.key)
                });
            }
            Late(edits) => {
                self.edit(edits);
                return Err(WriteError::NoEffect(Paper::failure(Cause::Late)));
            }
            Part(_) => return Err(WriteError::InDoubt(Paper::failure(Cause::NoAnswer))),
            Denied | Half(_) | Turns(_) => {
                return Err(WriteError::Refused(Paper::failure(Cause::Rejected)));
            }
            Fails(error, _) => return Err(error),
        }
        Ok(Answer { at: at(1), body: RecordId::new("B1") })
    }

    async fn find(&self, sought: &Sought) -> Result<Answer<Found>, Failure> {
        self.note(sought.resource.side(), Ask::Find { max_age: sought.max_age });
        let mut unlisted = self.unlisted.lock().expect("what is listed");
        let records = match unlisted.checked_sub(1) {
            Some(left) => {
                *unlisted = left;
                Vec::new()
            }
            None => self.held.lock().expect("the records").clone(),
        };
        Ok(Answer { at: at(1), body: Found { records, proves_absence: self.proves_absence } })
    }
}

pub fn business(all: &str) -> Record {
    let mut reading = Reading::default();
    ["name", "phone", "email"].iter().for_each(|it| reading.set(Path::from(*it), text(all)));
    Record {
        key: key(),
        parent: None,
        name: "Acme".into(),
        stamp: None,
        reading,
        sight: Sight::Read,
    }
}

pub fn key() -> RecordKey {
    RecordKey::new(Resource::Business, "B1")
}

pub fn text(text: &str) -> Held {
    Some(Value::text(text))
}
