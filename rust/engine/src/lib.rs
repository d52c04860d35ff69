//! cyclorama-engine
