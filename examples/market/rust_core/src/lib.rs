//! What all services of the market share.

pub mod book;
pub mod error;
pub mod http;
pub mod market;
pub mod money;
pub mod odds;
pub mod shard;
pub mod signal;

pub use error::CoreError;
pub use market::Market;
pub use money::Cents;
