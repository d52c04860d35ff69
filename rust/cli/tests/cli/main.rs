//! The program as its users run it.

mod bench;
mod compare;
mod errors;
mod evaluate;
mod segment;
mod workplace;
