//! What do two CSV files differ in, by the crate that `qsv diff` is made of? Prints how many rows are new, gone and
//! changed, and how many fields.

use std::error::Error;
use std::fs::File;

use csv_diff::csv::Csv;
use csv_diff::csv_diff::CsvByteDiffLocal;
use csv_diff::diff_row::DiffByteRecord;

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let [old, new] = &files[..] else { return Err("OLD NEW".into()) };
    let differ = CsvByteDiffLocal::new()?;
    let found =
        differ.diff(Csv::with_reader_seek(File::open(old)?), Csv::with_reader_seek(File::open(new)?))?;
    let (mut added, mut gone, mut changed, mut fields) = (0, 0, 0, 0);
    for row in found.as_slice() {
        match row {
            DiffByteRecord::Add(_) => added += 1,
            DiffByteRecord::Delete(_) => gone += 1,
            DiffByteRecord::Modify { field_indices, .. } => {
                changed += 1;
                fields += field_indices.len();
            }
        }
    }
    println!("{added} {gone} {changed} {fields}");
    Ok(())
}
