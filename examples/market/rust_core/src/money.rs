use crate::CoreError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount in whole cents. The price of a contract that pays one dollar is between 1 and 99 cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cents(pub i64);

impl Cents {
    /// Checks that the amount can be the price of a contract.
    pub fn as_price(self) -> Result<Self, CoreError> {
        if (1..=99).contains(&self.0) {
            Ok(self)
        } else {
            Err(CoreError::PriceOutOfRange(self.0))
        }
    }

    /// The price that a probability is worth, kept inside the range of prices.
    pub fn from_probability(probability: f64) -> Self {
        Cents(((probability * 100.0).round() as i64).clamp(1, 99))
    }

    pub fn probability(self) -> f64 {
        self.0 as f64 / 100.0
    }

    pub fn times(self, quantity: u32) -> Self {
        Cents(self.0.saturating_mul(i64::from(quantity)))
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}${}.{:02}", self.0.abs() / 100, self.0.abs() % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probability_becomes_a_price_inside_the_range() {
        assert_eq!(Cents::from_probability(0.574), Cents(57));
        assert_eq!(Cents::from_probability(0.0), Cents(1));
        assert_eq!(Cents::from_probability(1.0), Cents(99));
    }

    #[test]
    fn a_price_outside_the_range_is_refused() {
        assert_eq!(Cents(100).as_price(), Err(CoreError::PriceOutOfRange(100)));
        assert_eq!(Cents(99).as_price(), Ok(Cents(99)));
    }

    #[test]
    fn amounts_are_written_in_dollars() {
        assert_eq!(Cents(1234).to_string(), "$12.34");
        assert_eq!(Cents(-5).to_string(), "-$0.05");
    }
}
