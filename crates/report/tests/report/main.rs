//! Do the renderers say what is meant, byte for byte, and stay harmless whatever a side holds?

mod compared;
mod documents;
mod files;
mod golden;
mod hostile;
mod sample;
mod sample_absence;
mod sample_explain;
mod sample_history;
mod sample_requests;
