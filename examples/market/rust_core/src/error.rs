use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::Json;

/// Why a request could not be answered. Everything here is the caller's mistake and is answered with 400.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum CoreError {
    #[error("a price must lie between 1 and 99 cents, not {0}")]
    PriceOutOfRange(i64),
    #[error("an order needs a quantity above zero")]
    EmptyOrder,
    #[error("`{0}` is not a number")]
    NotANumber(String),
    #[error("at least {needed} prices are needed, {given} were given")]
    TooFewPrices { needed: usize, given: usize },
    #[error("there are no shards to assign markets to")]
    NoShards,
}

impl IntoResponse for CoreError {
    fn into_response(self) -> Response {
        let body = serde_json::json!({ "error": self.to_string() });
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    }
}
