//! Job queue. The state transitions are those of [`Job`]; a job is locked, read, changed by them and written
//! back.
//!
//! The functions that take a connection are steps of their caller's transaction. Lock order: a job before its
//! folder.

use std::time::Duration;

use async_trait::async_trait;
use oz_core::Result;
use oz_core::folder::{JobKind, ended_group};
use oz_core::storage::port::JobQueue;
use oz_core::storage::{Failure, Fence, Job, JobId, JobState, Lease, LeasedJob, NewJob, Retry};
use oz_core::system::Timestamp;

use super::{
    Columns as _, Connection, During as _, Row, Selection, Store, count, end, folder, for_update,
    for_update_of_free, json, text, time, uuid,
};

/// Maximum number of expired leases reclaimed per query.
const BATCH: i64 = 100;

#[async_trait]
impl JobQueue for Store {
    async fn enqueue(&self, job: NewJob, _now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = insert(&mut tx, job).await;
        end(done, tx).await
    }

    async fn lease(&self, kinds: &[&str], duration: Duration, now: Timestamp) -> Result<Option<LeasedJob>> {
        // Usually there is no work; a read finds that out without waiting for writers.
        if kinds.is_empty() || !has_work(&mut *self.read().await?, kinds, now).await? {
            return Ok(None);
        }

        let mut tx = self.begin().await?;
        let steps = async {
            reclaim(&mut tx, kinds, now).await?;
            lease_next(&mut tx, kinds, now.after(duration), now).await
        };
        end(steps.await, tx).await
    }

    async fn heartbeat(&self, lease: &Lease, duration: Duration, now: Timestamp) -> Result<Lease> {
        let mut tx = self.begin().await?;
        let prolong = |job: &mut Job| job.prolong(lease.fence, now.after(duration), now);
        let prolonged = change(&mut tx, lease.job, now, prolong).await;
        end(prolonged, tx).await
    }

    async fn complete(&self, lease: &Lease, result: &[u8], now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = complete(&mut tx, lease, result, now).await;
        end(done, tx).await
    }

    async fn fail(&self, lease: &Lease, failure: &Failure, retry: Retry, now: Timestamp) -> Result<JobState> {
        let mut tx = self.begin().await?;
        let state = fail(&mut tx, lease, failure, retry, now).await;
        end(state, tx).await
    }

    async fn cancel(&self, id: JobId, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let cancel = |job: &mut Job| {
            job.cancel(now);
            Ok(())
        };
        let done = change(&mut tx, id, now, cancel).await;
        end(done, tx).await
    }

    async fn revive(&self, id: JobId, now: Timestamp) -> Result<()> {
        let mut tx = self.begin().await?;
        let done = change(&mut tx, id, now, |job| job.revive(now)).await;
        end(done, tx).await
    }

    async fn job(&self, id: JobId) -> Result<Job> {
        let found = sqlx::query("SELECT * FROM job WHERE id = $1").bind(uuid(id.uuid()));
        let found = found.fetch_optional(&mut *self.read().await?).await.during("reading a job")?;
        found.as_ref().map(job).ok_or_else(|| id.not_found())?
    }

    async fn dead(&self, limit: usize) -> Result<Vec<Job>> {
        let mut dead = Selection::new("SELECT * FROM job");
        dead.and("state = 'dead'").push(" ORDER BY finished_at, number LIMIT ").bind(count(limit as u64));
        dead.records(&mut *self.read().await?, "listing dead jobs", job).await
    }

    async fn ready(&self, kind: &str, now: Timestamp) -> Result<u64> {
        let counted = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM job WHERE kind = $1 AND state = 'waiting' AND due <= $2) \
                  + (SELECT COUNT(*) FROM job WHERE kind = $1 AND state = 'leased' AND leased_until <= $2 \
                     AND attempts < max_attempts AND NOT cancel_requested) AS count",
        );
        let counted = counted.bind(text(kind)).bind(time(now)).fetch_one(&mut *self.read().await?).await;
        counted.during("counting jobs")?.number("count")
    }

    async fn purge(&self, finished_before: Timestamp) -> Result<u64> {
        let mut tx = self.begin().await?;
        let delete = sqlx::query("DELETE FROM job WHERE state IN ('done', 'cancelled') AND finished_at < $1");
        let deleted = delete.bind(time(finished_before)).execute(&mut *tx).await;
        let purged = deleted.map(|deleted| deleted.rows_affected()).during("purging jobs");
        end(purged, tx).await
    }
}

/// Enqueues a job; `storage.conflict` when its ID is taken.
pub(super) async fn insert(connection: &mut Connection, new: NewJob) -> Result<()> {
    let job = Job::from(new);
    let insert = sqlx::query(
        "INSERT INTO job \
         (id, kind, payload, priority, max_attempts, due, state, attempts, fence, cancel_requested) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(uuid(job.id.uuid()))
    .bind(text(&job.kind))
    .bind(&job.payload)
    .bind(i64::from(job.priority))
    .bind(i64::from(job.max_attempts))
    .bind(time(job.due))
    .bind(job.state.name())
    .bind(i64::from(job.attempts))
    .bind(count(job.fence.0))
    .bind(job.cancel_requested);
    insert.execute(connection).await.map(drop).unless_taken("enqueueing a job", || job.id.conflict())
}

/// Stores the result of a job, and ends its group if [`ended_group`] says so.
pub(super) async fn complete(
    connection: &mut Connection,
    lease: &Lease,
    result: &[u8],
    now: Timestamp,
) -> Result<()> {
    change(connection, lease.job, now, |job| job.complete(lease.fence, result.to_vec(), now)).await
}

/// Records a failed attempt. If the job gives up, ends its group too.
pub(super) async fn fail(
    connection: &mut Connection,
    lease: &Lease,
    failure: &Failure,
    retry: Retry,
    now: Timestamp,
) -> Result<JobState> {
    change(connection, lease.job, now, |job| job.fail(lease.fence, failure.clone(), retry, now)).await
}

/// Changes a job. If the job ends, ends its group too.
pub(super) async fn change<T>(
    connection: &mut Connection,
    id: JobId,
    now: Timestamp,
    change: impl FnOnce(&mut Job) -> Result<T> + Send,
) -> Result<T> {
    let mut job = locked(connection, id).await?.ok_or_else(|| id.not_found())?;
    let changed = change(&mut job)?;
    store(connection, &job, now).await?;
    Ok(changed)
}

/// Reads a job and locks it until the transaction ends.
pub(super) async fn locked(connection: &mut Connection, id: JobId) -> Result<Option<Job>> {
    let found = sqlx::query(for_update!("SELECT * FROM job WHERE id = $1")).bind(uuid(id.uuid()));
    let found = found.fetch_optional(connection).await.during("reading a job")?;
    found.as_ref().map(job).transpose()
}

/// Deletes a job whose object is deleted, or requests its cancellation if it is leased.
pub(super) async fn discard(connection: &mut Connection, id: JobId, now: Timestamp) -> Result<()> {
    match locked(connection, id).await? {
        Some(mut job) if job.state == JobState::Leased => {
            job.cancel(now);
            store(connection, &job, now).await
        }
        _ => {
            let delete = sqlx::query("DELETE FROM job WHERE id = $1").bind(uuid(id.uuid()));
            delete.execute(connection).await.map(drop).during("deleting a job")
        }
    }
}

/// Lists the jobs of a kind with this payload.
pub(super) async fn with_payload(
    connection: &mut Connection,
    kind: JobKind,
    payload: &str,
) -> Result<Vec<JobId>> {
    let mut found = Selection::new("SELECT id FROM job");
    found.and("payload = ").bind(payload.as_bytes()).and("kind = ").bind(kind.name());
    found.records(connection, "searching for jobs", |row| row.id("id")).await
}

/// Whether a job may be ready to lease or to reclaim.
async fn has_work(connection: &mut Connection, kinds: &[&str], now: Timestamp) -> Result<bool> {
    for condition in ["state = 'waiting' AND due <= ", "state = 'leased' AND leased_until <= "] {
        let mut found = Selection::new("SELECT number FROM job");
        found
            .and(condition)
            .bind(time(now))
            .and("kind IN ")
            .list(kinds.iter().map(|kind| text(kind)))
            .push(" LIMIT 1");
        if found.first(connection, "searching for jobs", |_| Ok(())).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reclaims the jobs with an expired lease.
async fn reclaim(connection: &mut Connection, kinds: &[&str], now: Timestamp) -> Result<()> {
    loop {
        let mut expired = Selection::new("SELECT * FROM job");
        expired.and("state = 'leased' AND leased_until <= ").bind(time(now));
        expired
            .and("kind IN ")
            .list(kinds.iter().map(|kind| text(kind)))
            .push(" ORDER BY leased_until, number LIMIT ")
            .bind(BATCH);
        expired.push(for_update_of_free!(""));
        let expired = expired.records(connection, "reclaiming jobs", job).await?;

        let is_last = (expired.len() as i64) < BATCH;
        for mut job in expired {
            job.reclaim(now);
            store(connection, &job, now).await?;
        }

        if is_last {
            return Ok(());
        }
    }
}

async fn lease_next(
    connection: &mut Connection,
    kinds: &[&str],
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<Option<LeasedJob>> {
    let mut next = Selection::new("SELECT * FROM job");
    next.and("state = 'waiting' AND due <= ")
        .bind(time(now))
        .and("kind IN ")
        .list(kinds.iter().map(|kind| text(kind)));
    next.push(" ORDER BY priority DESC, due, number LIMIT 1").push(for_update_of_free!(""));
    let Some(mut job) = next.first(connection, "searching for a job", job).await? else { return Ok(None) };

    let lease = job.lease(expires_at);
    store(connection, &job, now).await?;
    Ok(Some(LeasedJob { job, lease }))
}

/// Writes the mutable columns of a job, and ends its group if [`ended_group`] says so.
async fn store(connection: &mut Connection, job: &Job, now: Timestamp) -> Result<()> {
    let update = sqlx::query(
        "UPDATE job SET due = $2, state = $3, attempts = $4, fence = $5, leased_until = $6, \
         cancel_requested = $7, failure = $8, result = $9, finished_at = $10 WHERE id = $1",
    )
    .bind(uuid(job.id.uuid()))
    .bind(time(job.due))
    .bind(job.state.name())
    .bind(i64::from(job.attempts))
    .bind(count(job.fence.0))
    .bind(job.leased_until.map(time))
    .bind(job.cancel_requested)
    .bind(job.failure.as_ref().map(json).transpose()?)
    .bind(job.result.as_deref())
    .bind(job.finished_at.map(time));
    update.execute(&mut *connection).await.during("changing a job")?;

    match ended_group(job) {
        Some((group, failure)) => folder::end_group(connection, group, &failure, now).await,
        None => Ok(()),
    }
}

fn job(row: &Row) -> Result<Job> {
    Ok(Job {
        id: row.id("id")?,
        kind: row.text("kind")?,
        payload: row.get_value("payload")?,
        priority: row.number("priority")?,
        max_attempts: row.number("max_attempts")?,
        due: row.time("due")?,
        state: row.word("state", JobState::named)?,
        attempts: row.number("attempts")?,
        fence: Fence(row.number("fence")?),
        leased_until: row.optional_time("leased_until")?,
        cancel_requested: row.flag("cancel_requested")?,
        failure: row.optional_json("failure")?,
        result: row.get_value("result")?,
        finished_at: row.optional_time("finished_at")?,
    })
}
