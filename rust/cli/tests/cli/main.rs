//! The program as its users run it.

mod errors;
mod evaluate;
mod segment;
mod workplace;
