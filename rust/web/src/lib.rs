//! cyclorama-web
