//! The program as its users run it.

mod errors;
mod segment;
mod workplace;
