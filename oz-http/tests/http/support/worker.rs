//! Synchronous worker: runs queued analyses on request, like the workers of a service.

use std::collections::HashMap;
use std::time::Duration;

use oz_core::account::Scope;
use oz_core::analysis::{Examination, ExaminationRequest};
use oz_core::collection::{Candidate, SearchQuery};
use oz_core::folder::judgement::Evidence;
use oz_core::folder::{Analysis, AnalysisResult, GroupId, JobKind, MediaId};
use oz_core::storage::{BlobKey, Failure};

use super::Service;

const LEASE: Duration = Duration::from_secs(60);

/// Examination of media, with the derived data of its analyses.
struct Examined {
    examination: Result<Examination, Failure>,
    best_shot: Option<BlobKey>,
    candidates: Vec<Candidate>,
}

impl Service {
    /// Runs all queued groups and returns their number.
    pub(crate) async fn work(&self) -> usize {
        let mut done = 0;
        while self.work_once().await {
            done += 1;
        }
        done
    }

    /// Runs one queued group. Returns false if the queue is empty.
    pub(crate) async fn work_once(&self) -> bool {
        let ports = self.ports();
        let kinds = [JobKind::Analysis.name()];
        let Some(leased) = ports.jobs.lease(&kinds, LEASE, self.state.now()).await.unwrap() else {
            return false;
        };
        let group: GroupId = std::str::from_utf8(&leased.job.payload).unwrap().parse().unwrap();
        let analyses = ports.folders.group(group).await.unwrap();

        let mut examined: HashMap<MediaId, Examined> = HashMap::new();
        for analysis in &analyses {
            for id in &analysis.sources {
                if !examined.contains_key(id) {
                    examined.insert(*id, self.examine(*id, &analyses).await);
                }
            }
        }

        let results: Vec<AnalysisResult> =
            analyses.iter().map(|analysis| self.judge(analysis, &examined)).collect();
        ports.folders.finish(&leased.lease, group, &results, &[], self.state.now()).await.unwrap();
        self.state.signals().group_ended(group);
        true
    }

    async fn examine(&self, id: MediaId, analyses: &[Analysis]) -> Examined {
        let ports = self.ports();
        let media = ports.folders.media(&Scope::Everything, id).await.unwrap();
        let bytes = ports.blobs.read(media.blob.unwrap()).await.unwrap();
        let request = ExaminationRequest::default();
        let outcome = self.state.engine().examiner.examine(bytes.into(), &request, LEASE).await;
        let examination = outcome.map_err(|error| Failure::from(&error));
        let subject = examination.as_ref().ok().and_then(|examination| examination.subject.clone());
        let mut examined = Examined { examination, best_shot: None, candidates: Vec::new() };
        let Some(subject) = subject else { return examined };

        if analyses.iter().any(|analysis| analysis.params.best_shot) {
            let key = BlobKey { owner: media.company, id: ports.ids.next_id() };
            ports.erasures.stage(&[key], self.state.now().after(LEASE)).await.unwrap();
            ports.blobs.put(key, &subject.best_shot.0).await.unwrap();
            examined.best_shot = Some(key);
        }
        for search in analyses.iter().filter_map(|analysis| analysis.params.search) {
            let calibration = &self.state.engine().calibration;
            let probe = subject.features.as_ref().unwrap();
            let query = SearchQuery::default();
            let found = ports.collections.identify(search.collection, probe, calibration, &query).await;
            examined.candidates.extend(found.unwrap().candidates);
        }
        examined
    }

    fn judge(&self, analysis: &Analysis, examined: &HashMap<MediaId, Examined>) -> AnalysisResult {
        let evidence: Vec<Evidence<'_>> = analysis
            .sources
            .iter()
            .map(|id| Evidence {
                media: *id,
                examination: examined[id].examination.as_ref(),
                best_shot: examined[id].best_shot,
                candidates: &examined[id].candidates,
            })
            .collect();
        let engine = self.state.engine();
        let outcome = engine.judges.judge(analysis.kind, &analysis.params, &evidence, &engine.calibration);
        let outcome = outcome.map_err(Failure::from);
        AnalysisResult { analysis: analysis.id, outcome }
    }
}
