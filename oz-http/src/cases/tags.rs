//! Media tags with a meaning in the Oz API. All other tags are stored without interpretation.

use oz_core::face::gesture::Gesture;
use oz_core::folder::StoredMedia;

/// Tags of photos of a document, of its front and of its back.
const DOCUMENTS: [&str; 3] = ["photo_id", "photo_id_front", "photo_id_back"];

/// Tags of recordings in which the person was asked for a gesture.
const GESTURES: [(&str, Gesture); 7] = [
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
    let gesture = |tag: &String| GESTURES.iter().find(|(name, _)| name == tag).map(|(_, gesture)| *gesture);
    tags.iter().filter_map(gesture).collect()
}

/// Whether the tags say that the media shows a document.
pub(crate) fn shows_document(media: &StoredMedia) -> bool {
    DOCUMENTS.into_iter().any(|tag| media.is_tagged(tag))
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
