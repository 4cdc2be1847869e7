//! The service under load, compared with the library in the same run.
//!
//! `cargo test --release --test serve load -- --ignored --nocapture` takes five minutes per test, or
//! `OZ_LOAD_SECONDS`.

use std::fs::DirEntry;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::client::{Client, File, company_with};
use crate::server::{Server, Start};
use oz::{AnalysisRequest, Oz};
use oz_core::media::{DecodeLimits, Image};
use serde_json::{Value, json};

const CLIENTS: usize = 32;
/// Library and service alternate, so that other load on the machine affects both.
const ROUNDS: u32 = 5;
const BETWEEN_READS: Duration = Duration::from_millis(50);

fn seconds() -> Duration {
    let seconds = std::env::var("OZ_LOAD_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(300))
}

#[test]
#[ignore = "takes five minutes: cargo test --release --test serve load -- --ignored --nocapture"]
fn throughput_is_close_to_the_library_on_small_photos() {
    compare_throughput(&crate::small_portrait());
}

#[test]
#[ignore = "takes five minutes: cargo test --release --test serve load -- --ignored --nocapture"]
fn throughput_is_close_to_the_library_on_phone_photos() {
    compare_throughput(&phone_photo());
}

/// The portrait in 3 megapixels.
fn phone_photo() -> Vec<u8> {
    let small = oz_media::decode_image(crate::small_portrait(), &DecodeLimits::default()).unwrap();
    let large = Image::from_fn(small.width() * 7 / 2, small.height() * 7 / 2, |x, y| {
        small.pixel(x * 2 / 7, y * 2 / 7)
    });
    oz_media::encode_jpeg(&large, 85).unwrap()
}

fn compare_throughput(portrait: &[u8]) {
    println!("{} bytes per photo", portrait.len());
    let folder = tempfile::tempdir().unwrap();
    let server = Start::in_folder(folder.path()).with("OZ__SERVICE__LOG", "error").run();
    let (_, client) = company_with(&server.administrator(), "load", &json!({}));
    let (run, oz) = (Run::default(), Oz::builder().build().unwrap());
    let (mut alone, mut memory) = (0.0, Vec::new());
    for round in 0..ROUNDS {
        alone += library_alone(&oz, portrait, seconds() / 5 / ROUNDS) / f64::from(ROUNDS);
        memory.extend(run.go(&server, &client, portrait, seconds() / ROUNDS * round));
    }

    let served = run.answered.load(Ordering::SeqCst) as f64 / seconds().as_secs_f64();
    let refused = run.refused.load(Ordering::SeqCst);
    let mut reads = run.reads.into_inner().unwrap();
    reads.sort();
    let p99 = reads[reads.len() * 99 / 100];
    let slope = slope_per_minute(&memory);

    println!("library alone: {alone:.1} analyses/s");
    println!(
        "service, {CLIENTS} clients: {served:.1} analyses/s, ratio {:.2}; {refused} responses 503 or 429",
        served / alone
    );
    println!("{} concurrent reads: median {:?}, p99 {p99:?}", reads.len(), reads[reads.len() / 2]);
    println!(
        "memory of the service and its children: {slope:.2} MB per minute after warm-up, last {:.0} MB",
        memory.last().unwrap().1
    );
    assert!(served / alone >= 0.85, "throughput");
    assert!(p99 <= Duration::from_millis(50), "reads");
    assert!(slope < 1.0, "memory");
}

/// Analyses per second of the library with one thread per core.
fn library_alone(oz: &Oz, portrait: &[u8], duration: Duration) -> f64 {
    oz.analyze(portrait, &AnalysisRequest::default()).unwrap();
    let (count, start) = (AtomicU64::new(0), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().unwrap().get() {
            scope.spawn(|| {
                while start.elapsed() < duration {
                    oz.analyze(portrait, &AnalysisRequest::default()).unwrap();
                    count.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    count.into_inner() as f64 / start.elapsed().as_secs_f64()
}

#[derive(Default)]
struct Run {
    ended: AtomicBool,
    answered: AtomicU64,
    refused: AtomicU64,
    reads: Mutex<Vec<Duration>>,
}

impl Run {
    /// Runs a round with clients that analyse and one that reads. Returns memory in MB by time in seconds.
    fn go(&self, server: &Server, client: &Client, portrait: &[u8], before: Duration) -> Vec<(f64, f64)> {
        let start = Instant::now();
        let mut memory = Vec::new();
        self.ended.store(false, Ordering::SeqCst);
        std::thread::scope(|scope| {
            (0..CLIENTS).for_each(|_| drop(scope.spawn(|| self.analyse(client, portrait))));
            scope.spawn(|| self.read(client));
            while start.elapsed() < seconds() / ROUNDS {
                std::thread::sleep(Duration::from_secs(1));
                memory.push(((before + start.elapsed()).as_secs_f64(), resident(server.id())));
            }
            self.ended.store(true, Ordering::SeqCst);
        });
        memory
    }

    fn analyse(&self, client: &Client, portrait: &[u8]) {
        while !self.ended.load(Ordering::SeqCst) {
            let file = File { key: "p", name: "p.jpg", content: portrait };
            let answer = client.upload("/api/folders/", &[file], &order());
            match answer.status {
                201 | 200 => {
                    assert_eq!(answer.body["analyses"][0]["state"], "FINISHED", "{}", answer.body);
                    // Responses after the end of the round do not count.
                    let counts = !self.ended.load(Ordering::SeqCst);
                    self.answered.fetch_add(u64::from(counts), Ordering::SeqCst);
                }
                429 | 503 => {
                    assert!(answer.retry_after.is_some(), "{}", answer.body);
                    self.refused.fetch_add(1, Ordering::SeqCst);
                }
                status => panic!("{status} {}", answer.body),
            }
        }
    }

    fn read(&self, client: &Client) {
        while !self.ended.load(Ordering::SeqCst) {
            let start = Instant::now();
            client.get("/api/folders/?limit=10&sorting=time_created{desc}").good();
            self.reads.lock().unwrap().push(start.elapsed());
            // Like the page of an operator. Without a pause, the reads would be a load themselves.
            std::thread::sleep(BETWEEN_READS);
        }
    }
}

/// Uploads from more clients than the queue has room for. Refused clients retry.
#[test]
fn overload_is_refused_without_losing_accepted_uploads() {
    const EACH: usize = 3;
    let (folder, portrait) = (tempfile::tempdir().unwrap(), crate::small_portrait());
    let server = Start::in_folder(folder.path()).with("OZ__SERVICE__API__WORK__MAX_QUEUED", "2").run();
    let (_, client) = company_with(&server.administrator(), "overload", &json!({}));
    let (accepted, refused) = (Mutex::new(Vec::new()), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS / 2 {
            scope.spawn(|| {
                for _ in 0..EACH {
                    let (folder, refusals) = upload_with_retries(&client, &portrait);
                    accepted.lock().unwrap().push(folder);
                    refused.fetch_add(refusals, Ordering::SeqCst);
                }
            });
        }
    });
    let (accepted, refused) = (accepted.into_inner().unwrap(), refused.into_inner());
    println!("{} uploads accepted, {refused} refused", accepted.len());
    assert!(refused > 0, "the queue was never full");
    for folder in &accepted {
        assert_eq!(client.finished(folder)["analyses"][0]["state"], "FINISHED");
    }
    let kept = client.get("/api/folders/?limit=1000").good();
    assert_eq!(kept.as_array().unwrap().len(), accepted.len(), "refused uploads are not stored");
}

/// Analyses requested for a photo.
fn order() -> Value {
    json!({"media:tags": {"p": ["photo_selfie"]}, "analyses": [{"type": "quality"}]})
}

/// Uploads until the service accepts; returns the folder and the number of refusals.
fn upload_with_retries(client: &Client, portrait: &[u8]) -> (String, u64) {
    let mut refusals = 0;
    loop {
        let file = File { key: "p", name: "p.jpg", content: portrait };
        let answer = client.upload("/api/folders/", &[file], &order());
        match answer.status {
            503 | 429 => assert!(answer.retry_after.is_some_and(|seconds| seconds > 0), "{}", answer.body),
            _ => return (answer.good()["folder_id"].as_str().unwrap().to_owned(), refusals),
        }
        refusals += 1;
        std::thread::sleep(BETWEEN_READS);
    }
}

/// Resident memory of a process and its children, in MB.
fn resident(id: u32) -> f64 {
    let own = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = own.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().unwrap_or(0.0);
    kilobytes / 1024.0 + children(id).into_iter().map(resident).sum::<f64>()
}

/// Child processes. The kernel lists each of them with the thread that started it.
fn children(id: u32) -> Vec<u32> {
    let threads = std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let of_thread = |thread: DirEntry| std::fs::read_to_string(thread.path().join("children")).ok();
    let listed: Vec<String> = threads.filter_map(of_thread).collect();
    listed.iter().flat_map(|line| line.split_whitespace()).filter_map(|child| child.parse().ok()).collect()
}

/// Slope of the regression line through the second half of the points, per minute.
fn slope_per_minute(points: &[(f64, f64)]) -> f64 {
    let points = &points[points.len() / 2..];
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (time, memory) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|point| (point.0 - time).powi(2)).sum();
    60.0 * points.iter().map(|point| (point.0 - time) * (point.1 - memory)).sum::<f64>() / spread.max(1e-9)
}

#[test]
fn slope_of_a_line_is_computed() {
    let points: Vec<(f64, f64)> =
        (0..100).map(|second| (f64::from(second), 50.0 + f64::from(second) / 60.0)).collect();
    assert!((slope_per_minute(&points) - 1.0).abs() < 1e-9);
}
