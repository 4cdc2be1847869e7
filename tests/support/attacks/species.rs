//! Every kind of presentation, by name and seed.

use oz::{Challenge, ChallengeRules, Gesture, Image, Timestamp};

use super::{Head, Random, Script, flat, flow, identity, motion::Play, screen};

/// What is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Species {
    /// A head that does as asked: the control.
    Live,
    Print,
    Bent,
    Waved,
    Replay,
    Loop,
    Splice,
    WrongGesture,
    Frozen,
}

impl Species {
    pub const ATTACKS: [Self; 8] = [
        Self::Print,
        Self::Bent,
        Self::Waved,
        Self::Replay,
        Self::Loop,
        Self::Splice,
        Self::WrongGesture,
        Self::Frozen,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Print => "print",
            Self::Bent => "bent",
            Self::Waved => "waved",
            Self::Replay => "replay",
            Self::Loop => "loop",
            Self::Splice => "splice",
            Self::WrongGesture => "wrong_gesture",
            Self::Frozen => "frozen",
        }
    }
}

/// One presentation and what was asked of it.
pub struct Presentation {
    pub species: Species,
    /// Number of the generated face.
    pub identity: u64,
    pub challenge: Challenge,
    pub pictures: Vec<Image>,
    /// What the head does, where one moves as it is told.
    pub plays: Vec<Play>,
}

/// Faces that presentations are made of.
pub const IDENTITIES: u64 = 25;
const ISSUED: Timestamp = Timestamp::from_secs(1_767_225_600);

impl Presentation {
    /// The presentation number `seed` of a species: another face, another challenge, other numbers throughout.
    pub fn new(species: Species, seed: u64) -> Self {
        let identity = seed % IDENTITIES;
        let mut random = Random::new(1_000 * seed + species as u64);
        let challenge =
            Challenge::draw(u128::from(random.next()), ISSUED, &ChallengeRules::default()).unwrap();
        let head = identity::generated(identity);
        let (pictures, plays) = made(species, &head, challenge.gestures(), &mut random);
        Self { species, identity, challenge, pictures, plays }
    }
}

fn made(species: Species, head: &Head, asked: &[Gesture], random: &mut Random) -> (Vec<Image>, Vec<Play>) {
    let acted = |gestures: &[Gesture], random: &mut Random| {
        let script = Script::of(gestures, random);
        (script.pictures(head, random), script.plays)
    };
    let attack = |pictures| (pictures, Vec::new());
    match species {
        Species::Live => acted(asked, random),
        Species::Print => attack(flat::print(&flow::still(head), random)),
        Species::Bent => attack(flat::bent(&flow::still(head), random)),
        Species::Waved => attack(flat::waved(&flow::still(head), random)),
        Species::Replay => {
            let recorded = acted(&other_than(asked, random), random).0;
            attack(screen::replay(&recorded, random))
        }
        Species::Loop => attack(flow::looped(head, asked[0], random)),
        Species::Splice => attack(flow::spliced(head, asked, random)),
        Species::WrongGesture => acted(&other_than(asked, random), random),
        Species::Frozen => attack(flow::frozen(head, asked[0], random)),
    }
}

/// The gestures of a challenge that somebody else was given.
fn other_than(asked: &[Gesture], random: &mut Random) -> Vec<Gesture> {
    let rules = ChallengeRules { length: asked.len(), ..ChallengeRules::default() };
    loop {
        let other = Challenge::draw(u128::from(random.next()), ISSUED, &rules).unwrap();
        if other.gestures() != asked {
            return other.gestures().to_vec();
        }
    }
}
