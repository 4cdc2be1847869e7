//! Analysis jobs: examine the media of a group, search, judge, and store the results.

use std::collections::HashMap;

use oz_core::Error;
use oz_core::account::Scope;
use oz_core::collection::Candidate;
use oz_core::face::FeatureVector;
use oz_core::folder::judgement::Evidence;
use oz_core::folder::{
    Analysis, AnalysisKind, AnalysisResult, AnalysisResults, GroupId, MediaId, Preview, Resolution,
    StoredMedia,
};
use oz_core::storage::{BlobKey, Failure, Lease, LeasedJob};
use oz_core::system::Timestamp;

use super::context::Context;
use super::media::{Examined, erased, examine_all};
use super::preview::MadePreview;
use super::request::has_preview;
use super::search;
use super::setback::Setback;
use super::target::target;
use crate::dto::words::failure;

/// Carries out the analyses of the group that the job names.
///
/// # Errors
/// Retryable errors, unless this is the last attempt; errors of storing the results.
pub(super) async fn run(context: &Context, leased: &LeasedJob) -> Result<(), Setback> {
    let group: GroupId = target(&leased.job, "group")?;
    let analyses = context.ports.folders.group(group).await?;
    let Some(first) = analyses.first() else {
        return Ok(context.discard(&leased.lease).await?);
    };
    let media = context.ports.folders.media_of(&Scope::Everything, &[first.folder]).await?;

    let is_last_attempt = leased.job.attempts >= leased.job.max_attempts;
    let sources = sources(&analyses, &media);
    let mut examined = examine_all(context, &sources, is_last_attempt).await?;
    let previews = take_previews(context, &sources, &mut examined);

    let judge = Judge { context, examined: &examined, is_last_attempt };
    let mut results = GroupResults::new(group);
    let mut metrics = Vec::with_capacity(analyses.len());
    for analysis in &analyses {
        let judged = judge.judge(analysis).await?;
        metrics.push(Metrics::new(analysis, &judged.result));
        results.add(judged);
    }
    results.add_previews(previews);

    store(context, &leased.lease, &results).await?;
    metrics.iter().for_each(|metrics| metrics.record(context.now()));
    Ok(())
}

/// Media that any of the analyses uses, each once.
fn sources<'a>(analyses: &[Analysis], media: &'a [StoredMedia]) -> Vec<&'a StoredMedia> {
    let is_source =
        |media: &&StoredMedia| analyses.iter().any(|analysis| analysis.sources.contains(&media.id));
    media.iter().filter(is_source).collect()
}

/// Takes the preview pictures of newly examined media out of the examinations.
fn take_previews(
    context: &Context,
    media: &[&StoredMedia],
    examined: &mut Examined,
) -> Vec<(MediaId, MadePreview)> {
    let mut previews = Vec::new();
    for media in media.iter().filter(|media| !has_preview(media)) {
        if let Some(Ok(examination)) = examined.get_mut(&media.id) {
            previews.push((media.id, MadePreview::take(context, media, examination)));
        }
    }
    previews
}

/// Counters and duration of a finished analysis. Recorded only after its result has been stored.
struct Metrics {
    kind: AnalysisKind,
    resolution: &'static str,
    ordered: Timestamp,
}

impl Metrics {
    fn new(analysis: &Analysis, result: &AnalysisResult) -> Self {
        let resolution = result.outcome.as_ref().map_or("failed", |(resolution, _)| resolution.name());
        Self { kind: analysis.kind, resolution, ordered: analysis.created }
    }

    fn record(&self, now: Timestamp) {
        let kind = self.kind.name().to_owned();
        metrics::counter!("oz_analyses_total", "kind" => kind.clone(), "resolution" => self.resolution)
            .increment(1);
        let elapsed = now.since(self.ordered).as_secs_f64();
        metrics::histogram!("oz_analysis_seconds", "kind" => kind).record(elapsed);
    }
}

/// Best shots by media, with the blob keys under which they will be stored.
type Shots = HashMap<MediaId, (BlobKey, Vec<u8>)>;

type Outcome = Result<(Resolution, AnalysisResults), Failure>;

/// Result of an analysis with the best shots that it references.
struct Judged {
    result: AnalysisResult,
    shots: Vec<(BlobKey, Vec<u8>)>,
}

/// Judges the analyses of a group from the examinations of its media.
struct Judge<'a> {
    context: &'a Context,
    examined: &'a Examined,
    is_last_attempt: bool,
}

impl Judge<'_> {
    /// # Errors
    /// Retryable errors, unless this is the last attempt.
    async fn judge(&self, analysis: &Analysis) -> Result<Judged, Error> {
        let mut shots = self.best_shots(analysis);
        let outcome = match self.outcome(analysis, &shots).await {
            Err(error) if error.is_retryable() && !self.is_last_attempt => return Err(error),
            Err(error) => Err(Failure::from(&error)),
            Ok(outcome) => outcome,
        };

        let referenced: Vec<BlobKey> = outcome.iter().flat_map(|(_, results)| results.blobs()).collect();
        shots.retain(|_, (key, _)| referenced.contains(key));
        let result = AnalysisResult { analysis: analysis.id, outcome };
        Ok(Judged { result, shots: shots.into_values().collect() })
    }

    async fn outcome(&self, analysis: &Analysis, shots: &Shots) -> Result<Outcome, Error> {
        if analysis.sources.iter().all(|media| self.is_stored(*media)) {
            self.consume_license(analysis).await?;
        }
        let candidates = self.candidates(analysis).await?;

        let erased = erased();
        let evidence: Vec<Evidence<'_>> = analysis
            .sources
            .iter()
            .map(|media| Evidence {
                media: *media,
                examination: self.examined.get(media).map_or(Err(&erased), Result::as_ref),
                best_shot: shots.get(media).map(|(key, _)| *key),
                candidates: candidates.get(media).map(Vec::as_slice).unwrap_or_default(),
            })
            .collect();

        let engine = self.context.state.engine();
        let judged = engine.judges.judge(analysis.kind, &analysis.params, &evidence, &engine.calibration);
        Ok(judged.map_err(failure))
    }

    /// Whether the content of a media item was found, whatever its examination resulted in.
    fn is_stored(&self, media: MediaId) -> bool {
        match self.examined.get(&media) {
            None => false,
            Some(Ok(_)) => true,
            Some(Err(failure)) => failure.code != Failure::MEDIA_GONE,
        }
    }

    /// Counts the analysis against the licence. Searches are counted per probe by [`search::candidates`].
    async fn consume_license(&self, analysis: &Analysis) -> Result<(), Error> {
        let judge = self.context.state.engine().judges.of(analysis.kind);
        let Some(feature) = judge.and_then(|judge| judge.feature()) else { return Ok(()) };
        self.context.ports.license.consume(feature, 1, self.context.now()).await.map(drop)
    }

    /// Candidate lists of a search, by media. Media without a feature vector have none.
    async fn candidates(&self, analysis: &Analysis) -> Result<HashMap<MediaId, Vec<Candidate>>, Error> {
        let mut found = HashMap::new();
        if analysis.kind != AnalysisKind::Search {
            return Ok(found);
        }

        for media in &analysis.sources {
            if let Some(probe) = self.features(*media) {
                found.insert(*media, search::candidates(self.context, &analysis.params, probe).await?);
            }
        }
        Ok(found)
    }

    fn features(&self, media: MediaId) -> Option<&FeatureVector> {
        self.examined.get(&media)?.as_ref().ok()?.subject.as_ref()?.features.as_ref()
    }

    /// Best shots of a liveness analysis under new keys. Analyses never share a best shot, so that each can
    /// be deleted independently.
    fn best_shots(&self, analysis: &Analysis) -> Shots {
        if analysis.kind != AnalysisKind::Liveness || !analysis.params.best_shot {
            return Shots::new();
        }

        let shot = |media: &MediaId| {
            let subject = self.examined.get(media)?.as_ref().ok()?.subject.as_ref()?;
            Some((*media, (self.context.blob_key(analysis.company), subject.best_shot.0.clone())))
        };
        analysis.sources.iter().filter_map(shot).collect()
    }
}

/// Results of a group, stored in one transaction.
struct GroupResults {
    group: GroupId,
    results: Vec<AnalysisResult>,
    previews: Vec<(MediaId, Preview)>,
    pictures: Vec<(BlobKey, Vec<u8>)>,
}

impl GroupResults {
    fn new(group: GroupId) -> Self {
        Self { group, results: Vec::new(), previews: Vec::new(), pictures: Vec::new() }
    }

    fn add(&mut self, judged: Judged) {
        self.results.push(judged.result);
        self.pictures.extend(judged.shots);
    }

    fn add_previews(&mut self, made: Vec<(MediaId, MadePreview)>) {
        for (media, made) in made {
            self.previews.push((media, made.preview));
            self.pictures.extend(made.pictures);
        }
    }
}

/// Stores the results and wakes whatever waits for them. On failure the written pictures are erased.
async fn store(context: &Context, lease: &Lease, results: &GroupResults) -> Result<(), Setback> {
    if let Err(error) = commit(context, lease, results).await {
        let keys: Vec<BlobKey> = results.pictures.iter().map(|(key, _)| *key).collect();
        context.give_up(&keys).await;
        return Err(error.into());
    }

    let signals = context.state.signals();
    signals.group_ended(results.group);
    signals.notice_queued();
    // Pictures of analyses that were deleted meanwhile are already due for erasure.
    signals.blobs_to_erase();
    Ok(())
}

async fn commit(context: &Context, lease: &Lease, results: &GroupResults) -> Result<(), Error> {
    let blobs: Vec<_> = results.pictures.iter().map(|(key, bytes)| (*key, bytes.as_slice())).collect();
    context.write(&blobs).await?;
    let GroupResults { group, results, previews, .. } = results;
    context.ports.folders.finish(lease, *group, results, previews, context.now()).await
}
