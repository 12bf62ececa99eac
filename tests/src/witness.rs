//! Can a plan be carried out without being checked? No: only `guard::check` makes a [`CheckedPlan`].
//!
//! ```
//! use concordat_model::{CheckedPlan, Limits, guard};
//! let plan = concordat_tests::world::World::default().plan();
//! let checked: CheckedPlan = guard::check(plan, &Limits::default(), &[]).expect("does nothing");
//! assert!(checked.plan().is_empty());
//! ```
//!
//! ```compile_fail,E0451
//! use concordat_model::CheckedPlan;
//! let plan = concordat_tests::world::World::default().plan();
//! let checked = CheckedPlan { plan, used: Vec::new() };
//! ```
//!
//! ```compile_fail,E0277
//! let checked: concordat_model::CheckedPlan = serde_json::from_str("{}").unwrap();
//! ```
//!
//! [`CheckedPlan`]: concordat_model::CheckedPlan
