//! Audit trail in memory.

use std::sync::Mutex;

use async_trait::async_trait;
use oz_core::Result;
use oz_core::storage::port::AuditLog;
use oz_core::storage::{AuditEntry, AuditEvent};

use crate::locked;

/// Audit trail in process memory.
#[derive(Debug, Default)]
pub struct MemoryAuditLog {
    entries: Mutex<Vec<AuditEntry>>,
}

#[async_trait]
impl AuditLog for MemoryAuditLog {
    async fn append(&self, event: AuditEvent) -> Result<AuditEntry> {
        let mut entries = locked(&self.entries);
        let entry = AuditEntry::following(entries.last(), event);
        entries.push(entry.clone());
        Ok(entry)
    }

    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<AuditEntry>> {
        let skipped = usize::try_from(after).unwrap_or(usize::MAX);
        Ok(locked(&self.entries).iter().skip(skipped).take(limit).cloned().collect())
    }

    async fn last(&self) -> Result<Option<AuditEntry>> {
        Ok(locked(&self.entries).last().cloned())
    }
}
