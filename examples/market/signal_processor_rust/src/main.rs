//! Turns a series of prices into a trading signal.

use axum::extract::Query;
use axum::routing::get;
use axum::{Json, Router};
use rust_core::signal::{evaluate, Signal};
use rust_core::{http, CoreError};
use serde::Deserialize;
use std::process::ExitCode;

#[derive(Deserialize)]
struct SignalQuery {
    /// Prices with commas between, the newest last.
    prices: String,
}

async fn signal(Query(query): Query<SignalQuery>) -> Result<Json<Signal>, CoreError> {
    evaluate(&parse_prices(&query.prices)?).map(Json)
}

fn parse_prices(text: &str) -> Result<Vec<f64>, CoreError> {
    text.split(',')
        .map(str::trim)
        .map(|word| {
            let number = word.parse::<f64>().ok().filter(|number| number.is_finite());
            number.ok_or_else(|| CoreError::NotANumber(word.to_owned()))
        })
        .collect()
}

#[tokio::main]
async fn main() -> ExitCode {
    let routes = Router::new().route("/signal", get(signal));
    http::serve(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), routes).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_numbers_with_commas_between() {
        assert_eq!(parse_prices("0.5, 0.25"), Ok(vec![0.5, 0.25]));
        assert_eq!(parse_prices("0.5,x"), Err(CoreError::NotANumber("x".to_owned())));
        assert_eq!(parse_prices("inf"), Err(CoreError::NotANumber("inf".to_owned())));
    }
}
