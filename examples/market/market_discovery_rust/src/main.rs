//! Finds the markets that are worth watching.

use axum::extract::Query;
use axum::routing::get;
use axum::{Json, Router};
use rust_core::market::catalogue;
use rust_core::{http, Market};
use serde::Deserialize;
use std::cmp::Reverse;
use std::process::ExitCode;

#[derive(Default, Deserialize)]
#[serde(default)]
struct MarketsQuery {
    min_depth: u32,
    max_spread: Option<i64>,
}

async fn markets(Query(query): Query<MarketsQuery>) -> Json<Vec<Market>> {
    Json(discover(catalogue(), &query))
}

/// The markets that pass the query, the most attractive ones first.
fn discover(mut markets: Vec<Market>, query: &MarketsQuery) -> Vec<Market> {
    markets.retain(|market| {
        market.depth >= query.min_depth && query.max_spread.is_none_or(|limit| market.spread().0 <= limit)
    });
    markets.sort_by_key(|market| (Reverse(market.score()), market.id.clone()));
    markets
}

#[tokio::main]
async fn main() -> ExitCode {
    let routes = Router::new().route("/markets", get(markets));
    http::serve(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), routes).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrow_and_deep_markets_come_first() {
        let found = discover(catalogue(), &MarketsQuery::default());
        assert_eq!(found[0].id, "nfl-kc-buf");
        assert!(found.windows(2).all(|pair| pair[0].score() >= pair[1].score()));
    }

    #[test]
    fn wide_and_thin_markets_are_left_out() {
        let found = discover(catalogue(), &MarketsQuery { min_depth: 1000, max_spread: Some(2) });
        assert!(found.iter().all(|market| market.depth >= 1000 && market.spread().0 <= 2));
        assert_eq!(found.len(), 2);
    }
}
