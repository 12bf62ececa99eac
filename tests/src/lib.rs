//! What do the laws and the stories need? Worlds written as text, an oracle for the merge table, and
//! the record of the bugs that were seeded to see whether a test turns red. And nights: the real
//! program against two simulated systems.

pub mod absence_by_the_book;
pub mod acme;
pub mod by_the_book;
pub mod deeds;
pub mod faulty_listings;
pub mod fuzz;
pub mod kill;
pub mod lives;
pub mod natives;
pub mod neighbours;
pub mod night;
pub mod operator;
pub mod paper;
pub mod replicas_by_the_book;
pub mod rows;
pub mod seeded;
pub mod shelf;
pub mod simulate;
pub mod slices;
pub mod told;
pub mod town;
pub mod unattended;
pub mod watch;
pub mod wild;
mod wishes;
pub mod witness;
pub mod world;
pub mod zoo;
