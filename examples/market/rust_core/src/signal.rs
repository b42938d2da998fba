use crate::CoreError;
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    Buy,
    Sell,
    Hold,
}

/// What a series of prices suggests.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Signal {
    pub average: f64,
    pub deviations: f64,
    pub action: Action,
}

/// Fewer prices than this say nothing.
pub const MIN_PRICES: usize = 3;
const THRESHOLD: f64 = 1.5;

/// Compares the last price with the exponential average of those before it, in standard deviations.
pub fn evaluate(prices: &[f64]) -> Result<Signal, CoreError> {
    if prices.len() < MIN_PRICES {
        return Err(CoreError::TooFewPrices { needed: MIN_PRICES, given: prices.len() });
    }
    let (past, last) = (&prices[..prices.len() - 1], prices[prices.len() - 1]);
    let average = exponential_average(past, 0.3);
    let deviation = standard_deviation(past).max(1e-6);
    let deviations = (last - average) / deviation;
    let action = if deviations > THRESHOLD {
        Action::Sell
    } else if deviations < -THRESHOLD {
        Action::Buy
    } else {
        Action::Hold
    };
    Ok(Signal { average, deviations, action })
}

fn exponential_average(values: &[f64], alpha: f64) -> f64 {
    let first = values.first().copied().unwrap_or(0.0);
    values.iter().fold(first, |average, value| alpha * value + (1.0 - alpha) * average)
}

fn standard_deviation(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_far_above_its_average_is_sold() {
        assert_eq!(evaluate(&[0.50, 0.51, 0.49, 0.50, 0.60]).unwrap().action, Action::Sell);
    }

    #[test]
    fn a_price_near_its_average_is_held() {
        assert_eq!(evaluate(&[0.50, 0.52, 0.48, 0.50]).unwrap().action, Action::Hold);
    }

    #[test]
    fn two_prices_are_too_few() {
        assert_eq!(evaluate(&[0.5, 0.6]), Err(CoreError::TooFewPrices { needed: 3, given: 2 }));
    }
}
