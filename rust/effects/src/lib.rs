//! cyclorama-effects
