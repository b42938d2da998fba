//! Follows games and quotes the chance that the home side wins. Several containers run this one image, each with a
//! `SHARD_ID` of its own.

use axum::extract::Query;
use axum::routing::get;
use axum::{Json, Router};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rust_core::odds::{home_win_probability, GameState};
use rust_core::{http, Cents};
use serde::{Deserialize, Serialize};
use std::process::ExitCode;

#[derive(Deserialize)]
struct QuoteQuery {
    home: u32,
    away: u32,
    seconds_left: u32,
}

#[derive(Serialize)]
struct Quote {
    shard: String,
    probability: f64,
    fair: Cents,
}

async fn quote(Query(query): Query<QuoteQuery>) -> Json<Quote> {
    let state = GameState { home_score: query.home, away_score: query.away, seconds_left: query.seconds_left };
    let probability = home_win_probability(state);
    let shard = http::name_from_env("SHARD_ID", "shard_00");
    Json(Quote { shard, probability, fair: Cents::from_probability(probability) })
}

#[derive(Deserialize)]
struct ReplayQuery {
    seed: u64,
}

#[derive(Serialize)]
struct Step {
    seconds_left: u32,
    home: u32,
    away: u32,
    fair: Cents,
}

async fn replay(Query(query): Query<ReplayQuery>) -> Json<Vec<Step>> {
    Json(simulate(query.seed))
}

/// A made-up game, one step per minute; the same seed gives the same game.
fn simulate(seed: u64) -> Vec<Step> {
    let mut random = StdRng::seed_from_u64(seed);
    let (mut home, mut away) = (0, 0);
    (0..48)
        .rev()
        .map(|minute| {
            home += random.random_range(0..=5);
            away += random.random_range(0..=5);
            let seconds_left = minute * 60;
            let state = GameState { home_score: home, away_score: away, seconds_left };
            Step { seconds_left, home, away, fair: Cents::from_probability(home_win_probability(state)) }
        })
        .collect()
}

#[tokio::main]
async fn main() -> ExitCode {
    let routes = Router::new().route("/quote", get(quote)).route("/replay", get(replay));
    http::serve(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), routes).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_game_is_the_same_for_the_same_seed_and_ends() {
        let scores = |seed| simulate(seed).iter().map(|step| (step.home, step.away)).collect::<Vec<_>>();
        assert_eq!(scores(7), scores(7));
        assert_ne!(scores(7), scores(8));
        assert_eq!(simulate(7).last().unwrap().seconds_left, 0);
    }
}
