//! Random gestures from a seed.

use sha2::{Digest, Sha256};

use super::{Challenge, ChallengeRules, ensure};
use crate::Result;
use crate::face::gesture::Gesture;
use crate::system::Uuid;

pub(super) struct Drawn {
    pub(super) id: Uuid,
    pub(super) gestures: Vec<Gesture>,
}

/// Draws an ID and a sequence of gestures; every sequence without equal neighbours is equally likely.
pub(super) fn draw(seed: u128, rules: &ChallengeRules) -> Result<Drawn> {
    let mut among = rules.among.clone();
    among.sort();
    among.dedup();
    ensure((1..=Challenge::MAX_GESTURES).contains(&rules.length), "the length must be in 1..=12")?;
    ensure(
        among.len() >= 2 || (among.len() == 1 && rules.length == 1),
        "needs at least two gestures to choose from",
    )?;

    let mut random = SeededBytes::new(seed);
    let id = Uuid::from_random_bits(u128::from_be_bytes(std::array::from_fn(|_| random.byte())));

    let mut gestures: Vec<Gesture> = Vec::with_capacity(rules.length);
    while gestures.len() < rules.length {
        let gesture = among[random.below(among.len())];
        if gestures.last() != Some(&gesture) {
            gestures.push(gesture);
        }
    }

    Ok(Drawn { id, gestures })
}

/// Pseudorandom bytes that do not reveal the seed: SHA-256 over the seed and a counter, block by block.
struct SeededBytes {
    seed: u128,
    block: u32,
    bytes: Vec<u8>,
}

impl SeededBytes {
    fn new(seed: u128) -> Self {
        Self { seed, block: 0, bytes: Vec::new() }
    }

    fn byte(&mut self) -> u8 {
        if self.bytes.is_empty() {
            let digest = Sha256::new()
                .chain_update(b"oz.challenge")
                .chain_update(self.seed.to_be_bytes())
                .chain_update(self.block.to_be_bytes())
                .finalize();
            self.bytes = digest.to_vec();
            self.block += 1;
        }
        self.bytes.pop().expect("a digest is not empty")
    }

    /// A uniform number below `count` (1 to 256), without bias: bytes beyond the last whole multiple are
    /// rejected.
    fn below(&mut self, count: usize) -> usize {
        let fair = 256 / count * count;
        loop {
            let byte = usize::from(self.byte());
            if byte < fair {
                return byte % count;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(length: usize, among: &[Gesture]) -> ChallengeRules {
        ChallengeRules { length, among: among.to_vec(), ..ChallengeRules::default() }
    }

    #[test]
    fn neighbours_differ() {
        for seed in 0..200 {
            let drawn = draw(seed, &rules(12, &[Gesture::Left, Gesture::Right, Gesture::Up])).unwrap();
            assert_eq!(drawn.gestures.len(), 12);
            assert!(drawn.gestures.windows(2).all(|pair| pair[0] != pair[1]));
        }
    }

    #[test]
    fn gestures_are_equally_likely() {
        let rules = ChallengeRules::default();
        let drawn: Vec<_> = (0..2_000).flat_map(|seed| draw(seed, &rules).unwrap().gestures).collect();
        for gesture in &rules.among {
            let share = drawn.iter().filter(|other| *other == gesture).count() as f64 / drawn.len() as f64;
            assert!((share - 0.2).abs() < 0.03, "{gesture}: {share}");
        }
    }

    #[test]
    fn unsatisfiable_rules_are_refused() {
        assert!(draw(1, &rules(0, &Gesture::ALL)).is_err());
        assert!(draw(1, &rules(2, &[Gesture::Up, Gesture::Up])).is_err());
        assert!(draw(1, &rules(1, &[Gesture::Up])).is_ok());
    }
}
