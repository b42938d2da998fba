use crate::{Cents, CoreError};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    Buy,
    Sell,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub id: String,
    pub side: Side,
    pub price: Cents,
    pub quantity: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fill {
    pub maker: String,
    pub taker: String,
    pub price: Cents,
    pub quantity: u32,
}

/// Orders that wait, by price and then by time. Fills happen at the price of the order that waited.
#[derive(Debug, Default)]
pub struct Book {
    buys: BTreeMap<Cents, VecDeque<Order>>,
    sells: BTreeMap<Cents, VecDeque<Order>>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Top {
    pub best_buy: Option<Cents>,
    pub best_sell: Option<Cents>,
    pub waiting: usize,
}

impl Book {
    /// Matches the order against what waits; the rest of it waits then.
    pub fn submit(&mut self, mut order: Order) -> Result<Vec<Fill>, CoreError> {
        order.price.as_price()?;
        if order.quantity == 0 {
            return Err(CoreError::EmptyOrder);
        }
        let mut fills = Vec::new();
        while order.quantity > 0 {
            let Some(price) = self.best_against(&order) else { break };
            let Some(fill) = self.take(price, &mut order) else { break };
            fills.push(fill);
        }
        if order.quantity > 0 {
            let waiting = match order.side {
                Side::Buy => &mut self.buys,
                Side::Sell => &mut self.sells,
            };
            waiting.entry(order.price).or_default().push_back(order);
        }
        Ok(fills)
    }

    pub fn top(&self) -> Top {
        let count = |side: &BTreeMap<Cents, VecDeque<Order>>| side.values().map(VecDeque::len).sum::<usize>();
        Top {
            best_buy: self.buys.keys().next_back().copied(),
            best_sell: self.sells.keys().next().copied(),
            waiting: count(&self.buys) + count(&self.sells),
        }
    }

    fn best_against(&self, order: &Order) -> Option<Cents> {
        match order.side {
            Side::Buy => self.sells.keys().next().copied().filter(|price| *price <= order.price),
            Side::Sell => self.buys.keys().next_back().copied().filter(|price| *price >= order.price),
        }
    }

    fn take(&mut self, price: Cents, order: &mut Order) -> Option<Fill> {
        let side = match order.side {
            Side::Buy => &mut self.sells,
            Side::Sell => &mut self.buys,
        };
        let queue = side.get_mut(&price)?;
        let maker = queue.front_mut()?;
        let quantity = maker.quantity.min(order.quantity);
        maker.quantity -= quantity;
        order.quantity -= quantity;
        let fill = Fill { maker: maker.id.clone(), taker: order.id.clone(), price, quantity };
        if maker.quantity == 0 {
            queue.pop_front();
        }
        if queue.is_empty() {
            side.remove(&price);
        }
        Some(fill)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(id: &str, side: Side, price: i64, quantity: u32) -> Order {
        Order { id: id.to_owned(), side, price: Cents(price), quantity }
    }

    #[test]
    fn the_cheapest_offer_is_taken_first_at_its_own_price() {
        let mut book = Book::default();
        assert!(book.submit(order("a", Side::Sell, 55, 10)).unwrap().is_empty());
        assert!(book.submit(order("b", Side::Sell, 53, 10)).unwrap().is_empty());
        let fills = book.submit(order("c", Side::Buy, 60, 15)).unwrap();
        let seen: Vec<_> = fills.iter().map(|f| (f.maker.as_str(), f.price, f.quantity)).collect();
        assert_eq!(seen, [("b", Cents(53), 10), ("a", Cents(55), 5)]);
        assert_eq!(book.top(), Top { best_buy: None, best_sell: Some(Cents(55)), waiting: 1 });
    }

    #[test]
    fn what_is_not_filled_waits() {
        let mut book = Book::default();
        book.submit(order("a", Side::Buy, 40, 5)).unwrap();
        assert!(book.submit(order("b", Side::Sell, 41, 5)).unwrap().is_empty());
        assert_eq!(book.top(), Top { best_buy: Some(Cents(40)), best_sell: Some(Cents(41)), waiting: 2 });
    }

    #[test]
    fn an_order_without_a_proper_price_is_refused() {
        let mut book = Book::default();
        assert_eq!(book.submit(order("a", Side::Buy, 0, 1)), Err(CoreError::PriceOutOfRange(0)));
        assert_eq!(book.submit(order("a", Side::Buy, 5, 0)), Err(CoreError::EmptyOrder));
    }
}
