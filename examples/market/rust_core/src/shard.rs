use crate::CoreError;
use serde::Serialize;
use std::collections::BTreeMap;

/// Which markets each shard looks after.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Assignment(pub BTreeMap<String, Vec<String>>);

/// Gives each market to the shard with the highest weight for it (rendezvous hashing), so that a shard that comes or
/// goes moves only its own markets.
pub fn assign(markets: &[String], shards: &[String]) -> Result<Assignment, CoreError> {
    if shards.is_empty() {
        return Err(CoreError::NoShards);
    }
    let mut assignment = Assignment::default();
    for shard in shards {
        assignment.0.insert(shard.clone(), Vec::new());
    }
    for market in markets {
        let best = shards.iter().max_by_key(|shard| (weight(market, shard), shard.as_str()));
        if let Some(list) = best.and_then(|shard| assignment.0.get_mut(shard)) {
            list.push(market.clone());
        }
    }
    Ok(assignment)
}

/// FNV-1a over both names, then mixed: the same on every machine and in every version.
fn weight(market: &str, shard: &str) -> u64 {
    let bytes = market.bytes().chain(std::iter::once(0)).chain(shard.bytes());
    let hash = bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(prefix: &str, count: usize) -> Vec<String> {
        (0..count).map(|i| format!("{prefix}{i}")).collect()
    }

    #[test]
    fn each_market_is_given_to_exactly_one_shard() {
        let assignment = assign(&names("market", 100), &names("shard", 4)).unwrap();
        assert_eq!(assignment.0.values().map(Vec::len).sum::<usize>(), 100);
        assert!(assignment.0.values().all(|list| !list.is_empty()));
    }

    #[test]
    fn a_new_shard_takes_markets_but_moves_none_between_the_others() {
        let markets = names("market", 200);
        let before = assign(&markets, &names("shard", 3)).unwrap();
        let after = assign(&markets, &names("shard", 4)).unwrap();
        for (shard, list) in &before.0 {
            assert!(after.0[shard].iter().all(|market| list.contains(market)));
        }
    }

    #[test]
    fn without_shards_there_is_no_assignment() {
        assert_eq!(assign(&names("market", 1), &[]), Err(CoreError::NoShards));
    }
}
