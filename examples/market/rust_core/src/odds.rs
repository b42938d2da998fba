/// The state of a game from the view of the home side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GameState {
    pub home_score: u32,
    pub away_score: u32,
    pub seconds_left: u32,
}

/// Points by which a lead typically moves over a whole game, as a standard deviation.
const GAME_DEVIATION: f64 = 12.0;
const GAME_SECONDS: f64 = 2880.0;

/// The chance that the home side wins: the lead against what can still happen in the time left.
pub fn home_win_probability(state: GameState) -> f64 {
    let lead = f64::from(state.home_score) - f64::from(state.away_score);
    if state.seconds_left == 0 {
        return if lead > 0.0 {
            1.0
        } else if lead < 0.0 {
            0.0
        } else {
            0.5
        };
    }
    let left = f64::from(state.seconds_left) / GAME_SECONDS;
    logistic(1.702 * lead / (GAME_DEVIATION * left.sqrt()))
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chance(home_score: u32, away_score: u32, seconds_left: u32) -> f64 {
        home_win_probability(GameState { home_score, away_score, seconds_left })
    }

    #[test]
    fn an_even_game_is_even() {
        assert!((chance(50, 50, 600) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn a_lead_is_worth_more_when_less_time_is_left() {
        assert!(chance(60, 54, 60) > chance(60, 54, 1200));
    }

    #[test]
    fn a_finished_game_is_certain() {
        assert_eq!(chance(90, 91, 0), 0.0);
        assert_eq!(chance(92, 91, 0), 1.0);
    }
}
