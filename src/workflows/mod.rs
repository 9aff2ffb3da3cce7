//! What spans several domains. A workflow here is one transaction over the facades that it needs; what has to
//! survive a crash between several will be written down step by step.

pub mod checkout;
pub mod demo;
pub mod import;
pub mod orders;
pub mod products;
pub mod seed;
