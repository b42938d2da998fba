use crate::Cents;
use serde::{Deserialize, Serialize};

/// One question that can be traded: "does the home side win this game?"
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Market {
    pub id: String,
    pub home: String,
    pub away: String,
    pub bid: Cents,
    pub ask: Cents,
    /// Contracts offered within five cents of the best price.
    pub depth: u32,
}

impl Market {
    pub fn spread(&self) -> Cents {
        Cents(self.ask.0 - self.bid.0)
    }

    pub fn mid_probability(&self) -> f64 {
        (self.bid.probability() + self.ask.probability()) / 2.0
    }

    /// How attractive the market is: deep and narrow markets first.
    pub fn score(&self) -> u64 {
        u64::from(self.depth) / (self.spread().0.max(1) as u64)
    }
}

/// The markets that the example knows. A real service would ask an exchange.
pub fn catalogue() -> Vec<Market> {
    let rows = [
        ("nba-bos-nyk", "Celtics", "Knicks", 61, 63, 900),
        ("nba-den-lal", "Nuggets", "Lakers", 55, 56, 1200),
        ("nba-mia-phi", "Heat", "76ers", 44, 49, 250),
        ("nhl-edm-tor", "Oilers", "Maple Leafs", 52, 55, 400),
        ("nfl-kc-buf", "Chiefs", "Bills", 50, 51, 5000),
        ("nfl-sf-dal", "49ers", "Cowboys", 66, 70, 1500),
    ];
    rows.into_iter()
        .map(|(id, home, away, bid, ask, depth)| Market {
            id: id.to_owned(),
            home: home.to_owned(),
            away: away.to_owned(),
            bid: Cents(bid),
            ask: Cents(ask),
            depth,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_market_has_its_own_id_and_a_positive_spread() {
        let markets = catalogue();
        let ids: std::collections::BTreeSet<_> = markets.iter().map(|m| m.id.as_str()).collect();
        assert_eq!(ids.len(), markets.len());
        assert!(markets.iter().all(|m| m.spread() > Cents(0)));
    }
}
