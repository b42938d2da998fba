//! Decides which shard looks after which market.

use axum::extract::Query;
use axum::routing::get;
use axum::{Json, Router};
use rust_core::shard::{assign, Assignment};
use rust_core::{http, market, CoreError};
use serde::Deserialize;
use std::process::ExitCode;

#[derive(Deserialize)]
struct AssignmentsQuery {
    /// Names with commas between; without it, the shards of the compose file.
    shards: Option<String>,
}

async fn assignments(Query(query): Query<AssignmentsQuery>) -> Result<Json<Assignment>, CoreError> {
    let shards = query.shards.unwrap_or_else(|| http::name_from_env("SHARDS", "shard_01,shard_02"));
    let markets: Vec<String> = market::catalogue().into_iter().map(|market| market.id).collect();
    assign(&markets, &split_names(&shards)).map(Json)
}

fn split_names(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[tokio::main]
async fn main() -> ExitCode {
    let routes = Router::new().route("/assignments", get(assignments));
    http::serve(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), routes).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_names_are_left_out() {
        assert_eq!(split_names("a, b,,"), ["a", "b"]);
    }
}
