//! Answering a group of analyses: examine, search, judge, write.

use std::collections::HashMap;

use oz_core::Error;
use oz_core::account::Scope;
use oz_core::collection::Candidate;
use oz_core::face::FeatureVector;
use oz_core::folder::judgement::{Evidence, judge};
use oz_core::folder::{
    Analysis, AnalysisKind, AnalysisResult, AnalysisResults, GroupId, MediaId, Preview, Resolution,
    StoredMedia,
};
use oz_core::license::Feature;
use oz_core::storage::{BlobKey, Failure, Lease, LeasedJob};
use oz_core::system::Timestamp;

use super::context::Context;
use super::media::{Examined, examine_all, gone, is_unseen};
use super::preview::Made;
use super::search;
use super::setback::{Next, Setback};
use super::worker::group_of;

/// Answers the group of a job.
pub(super) async fn answer(context: &Context, leased: &LeasedJob) -> Result<(), Setback> {
    let group = group_of(&leased.job)
        .ok_or_else(|| Setback::new("input.invalid_value", "the job names no group", Next::GiveUp))?;
    let analyses = context.ports.folders.group(group).await?;
    let Some(first) = analyses.first() else {
        return Ok(context.discard(&leased.lease).await?);
    };
    let stored = context.ports.folders.media_of(&Scope::Everything, &[first.folder]).await?;
    let (is_last, wanted) = (leased.job.attempts >= leased.job.max_attempts, wanted(&analyses, &stored));
    let mut examined = examine_all(context, &wanted, is_last).await?;
    let previews = previews(context, &wanted, &mut examined);
    let bench = Bench { context, examined: &examined, is_last };
    let mut answers = Vec::with_capacity(analyses.len());
    for analysis in &analyses {
        answers.push(bench.answer(analysis).await?);
    }
    let outcomes: Vec<_> =
        analyses.iter().zip(&answers).map(|(one, answer)| answer.measurement(one)).collect();
    write(context, &leased.lease, Findings::new(group, answers, previews)).await?;
    outcomes.iter().for_each(|outcome| outcome.record(context.now()));
    Ok(())
}

/// The media that any of the analyses looks at, each once.
fn wanted<'a>(analyses: &[Analysis], stored: &'a [StoredMedia]) -> Vec<&'a StoredMedia> {
    let is_wanted =
        |media: &&StoredMedia| analyses.iter().any(|analysis| analysis.sources.contains(&media.id));
    stored.iter().filter(is_wanted).collect()
}

/// Previews of media that nobody had looked at before.
fn previews(context: &Context, media: &[&StoredMedia], examined: &mut Examined) -> Vec<(MediaId, Made)> {
    let unseen = media.iter().filter(|media| is_unseen(media));
    let mut made = |media: &&&StoredMedia| {
        let examination = examined.get_mut(&media.id)?.as_mut().ok()?;
        Some((media.id, Made::of(context, media, examination)))
    };
    unseen.filter_map(|media| made(&media)).collect()
}

/// An answer with the pictures that belong to it.
struct Answer {
    result: AnalysisResult,
    shots: Vec<(BlobKey, Vec<u8>)>,
}

impl Answer {
    fn measurement(&self, analysis: &Analysis) -> Outcome {
        let resolution = self.result.outcome.as_ref().map_or("failed", |(resolution, _)| resolution.name());
        Outcome { kind: analysis.kind.name(), resolution, started: analysis.created }
    }
}

/// What analyses are counted by.
struct Outcome {
    kind: &'static str,
    resolution: &'static str,
    started: Timestamp,
}

impl Outcome {
    /// Counts it, and how long it took from the request for it.
    fn record(&self, now: Timestamp) {
        metrics::counter!("oz_analyses_total", "kind" => self.kind, "resolution" => self.resolution)
            .increment(1);
        let elapsed = now.since(self.started).as_secs_f64();
        metrics::histogram!("oz_analysis_seconds", "kind" => self.kind).record(elapsed);
    }
}

/// What answers are made of.
struct Bench<'a> {
    context: &'a Context,
    examined: &'a Examined,
    is_last: bool,
}

type Judged = Result<(Resolution, AnalysisResults), Failure>;

impl Bench<'_> {
    /// # Errors
    /// What may pass, unless this is the last attempt.
    async fn answer(&self, analysis: &Analysis) -> Result<Answer, Error> {
        let mut shots = self.shots(analysis);
        let outcome = match self.outcome(analysis, &shots).await {
            Err(error) if error.is_retryable() && !self.is_last => return Err(error),
            Err(error) => Err(Failure::from(&error)),
            Ok(outcome) => outcome,
        };
        let named: Vec<BlobKey> = outcome.iter().flat_map(|(_, results)| results.blobs()).collect();
        shots.retain(|_, (key, _)| named.contains(key));
        let result = AnalysisResult { analysis: analysis.id, outcome };
        Ok(Answer { result, shots: shots.into_values().collect() })
    }

    async fn outcome(&self, analysis: &Analysis, shots: &Shots) -> Result<Judged, Error> {
        self.take_licence(analysis).await?;
        let candidates = self.candidates(analysis).await?;
        let missing = gone();
        let evidence: Vec<Evidence<'_>> = analysis
            .sources
            .iter()
            .map(|media| Evidence {
                media: *media,
                examination: self.examined.get(media).map_or(Err(&missing), Result::as_ref),
                best_shot: shots.get(media).map(|(key, _)| *key),
                candidates: candidates.get(media).map(Vec::as_slice).unwrap_or_default(),
            })
            .collect();
        let calibration = &self.context.state.engine().calibration;
        Ok(judge(analysis.kind, &analysis.params, &evidence, calibration))
    }

    /// Searches take theirs with every probe.
    async fn take_licence(&self, analysis: &Analysis) -> Result<(), Error> {
        let feature = match analysis.kind {
            AnalysisKind::Liveness => Feature::Liveness,
            AnalysisKind::Matching => Feature::Verification,
            AnalysisKind::Search => return Ok(()),
        };
        self.context.ports.license.consume(feature, 1, self.context.now()).await.map(drop)
    }

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

    /// Names for the best shots of an analysis. Analyses share none, so that one can go without the other.
    fn shots(&self, analysis: &Analysis) -> Shots {
        let is_wanted = analysis.kind == AnalysisKind::Liveness && analysis.params.best_shot;
        let sources = analysis.sources.iter().filter(|_| is_wanted);
        let shot = |media: &MediaId| {
            let subject = self.examined.get(media)?.as_ref().ok()?.subject.as_ref()?;
            Some((*media, (self.context.blob_key(analysis.company), subject.best_shot.0.clone())))
        };
        sources.filter_map(shot).collect()
    }
}

type Shots = HashMap<MediaId, (BlobKey, Vec<u8>)>;

/// Everything that came of a group: what is written at once.
struct Findings {
    group: GroupId,
    results: Vec<AnalysisResult>,
    previews: Vec<(MediaId, Preview)>,
    pictures: Vec<(BlobKey, Vec<u8>)>,
}

impl Findings {
    fn new(group: GroupId, answers: Vec<Answer>, made: Vec<(MediaId, Made)>) -> Self {
        let mut findings = Self { group, results: Vec::new(), previews: Vec::new(), pictures: Vec::new() };
        for answer in answers {
            findings.results.push(answer.result);
            findings.pictures.extend(answer.shots);
        }
        for (media, made) in made {
            findings.previews.push((media, made.preview));
            findings.pictures.extend(made.pictures);
        }
        findings
    }
}

/// Writes what was found, and tells whoever waits.
async fn write(context: &Context, lease: &Lease, findings: Findings) -> Result<(), Setback> {
    if let Err(error) = commit(context, lease, &findings).await {
        let keys: Vec<BlobKey> = findings.pictures.iter().map(|(key, _)| *key).collect();
        context.give_up(&keys).await;
        return Err(error.into());
    }
    let signals = context.state.signals();
    signals.group_ended(findings.group);
    signals.notice_queued();
    // For pictures of analyses that were deleted meanwhile.
    signals.blobs_to_erase();
    Ok(())
}

async fn commit(context: &Context, lease: &Lease, findings: &Findings) -> Result<(), Error> {
    let blobs: Vec<_> = findings.pictures.iter().map(|(key, bytes)| (*key, bytes.as_slice())).collect();
    context.write(&blobs).await?;
    let Findings { group, results, previews, .. } = findings;
    context.ports.folders.finish(lease, *group, results, previews, context.now()).await
}
