//! Previews of media.

use oz_core::Result;
use oz_core::account::Scope;
use oz_core::folder::{MediaId, Preview};
use oz_core::system::Timestamp;

use super::State;

impl State {
    /// Checks that a preview can be stored: its blobs are on the erasure list, unless the media was deleted.
    pub(super) fn check_preview(&mut self, id: MediaId, preview: &Preview) -> Result<()> {
        match self.folders.holder_of_media(&Scope::Everything, id) {
            Ok(_) => self.erasures.check(preview.blobs()),
            Err(_) => Ok(()),
        }
    }

    /// Stores a preview that was checked. If the media was deleted, stages the preview's blobs for erasure.
    pub(super) fn set_preview(&mut self, id: MediaId, preview: &Preview, now: Timestamp) {
        let holder = self.folders.holder_of_media(&Scope::Everything, id).ok();
        let Some((folder, Ok(media))) = holder.map(|record| (record.folder.id, record.media_mut(id))) else {
            return self.erasures.stage(preview.blobs(), now);
        };

        let replaced = std::mem::replace(&mut media.preview, preview.clone());
        media.updated = now;
        self.erasures.take(preview.blobs());
        self.erasures.stage(replaced.blobs(), now);
        self.refresh(folder, None, now);
    }
}
