//! Takes orders, matches them and tells what was filled.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use rust_core::book::{Book, Fill, Order, Side, Top};
use rust_core::{http, Cents, CoreError};
use serde::{Deserialize, Serialize};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::info;
use uuid::Uuid;

type SharedBook = Arc<Mutex<Book>>;

#[derive(Deserialize)]
struct NewOrder {
    side: Side,
    price: Cents,
    quantity: u32,
}

#[derive(Serialize)]
struct Receipt {
    order: Uuid,
    fills: Vec<Fill>,
    paid: Cents,
}

async fn submit(State(book): State<SharedBook>, Json(new): Json<NewOrder>) -> Result<Json<Receipt>, CoreError> {
    let order = Uuid::new_v4();
    let NewOrder { side, price, quantity } = new;
    let fills = lock(&book).submit(Order { id: order.to_string(), side, price, quantity })?;
    info!(%order, fills = fills.len(), "order taken");
    let paid = Cents(fills.iter().map(|fill| fill.price.times(fill.quantity).0).sum());
    Ok(Json(Receipt { order, fills, paid }))
}

async fn top(State(book): State<SharedBook>) -> Json<Top> {
    Json(lock(&book).top())
}

/// A request that panicked leaves the book as it was between two orders.
fn lock(book: &SharedBook) -> std::sync::MutexGuard<'_, Book> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

#[tokio::main]
async fn main() -> ExitCode {
    let routes = Router::new().route("/orders", get(top).post(submit)).with_state(SharedBook::default());
    http::serve(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), routes).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_order_that_crosses_is_filled_and_paid() {
        let book = SharedBook::default();
        let order = |side, price, quantity| Json(NewOrder { side, price: Cents(price), quantity });
        let Json(waiting) = submit(State(book.clone()), order(Side::Sell, 40, 3)).await.unwrap();
        assert!(waiting.fills.is_empty());
        let Json(receipt) = submit(State(book.clone()), order(Side::Buy, 45, 2)).await.unwrap();
        assert_eq!(receipt.paid, Cents(80));
        assert_eq!(top(State(book)).await.0.waiting, 1);
    }
}
