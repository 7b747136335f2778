//! The program `keyward`.
fn main() {}
