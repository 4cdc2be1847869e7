//! Media tags that name the gestures requested from the person.

use oz_core::face::gesture::Gesture;

const TAGS: [(&str, Gesture); 7] = [
    ("video_selfie_left", Gesture::Left),
    ("video_selfie_right", Gesture::Right),
    ("video_selfie_down", Gesture::Down),
    ("video_selfie_high", Gesture::Up),
    ("video_selfie_smile", Gesture::Smile),
    ("video_selfie_eyes", Gesture::Eyes),
    ("video_selfie_scan", Gesture::Scan),
];

/// Gestures named by the tags, in the order of the tags. Other tags are ignored.
pub(crate) fn requested_gestures(tags: &[String]) -> Vec<Gesture> {
    let gesture = |tag: &String| TAGS.iter().find(|(name, _)| name == tag).map(|(_, gesture)| *gesture);
    tags.iter().filter_map(gesture).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_gestures_are_recognized_in_order() {
        let tags = [
            "video_selfie",
            "video_selfie_high",
            "video_selfie_blank",
            "orientation_portrait",
            "video_selfie_smile",
        ];

        let gestures = requested_gestures(&tags.map(str::to_owned));
        assert_eq!(gestures, [Gesture::Up, Gesture::Smile]);
    }
}
